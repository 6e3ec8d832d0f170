"""Everything between the live blog and the stored snapshot: fetch, parse, store, index."""
