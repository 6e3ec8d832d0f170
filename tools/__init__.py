"""What the assistant can do, stated once: search, metadata by SQL, reading a post."""
