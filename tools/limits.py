"""How much a tool gives at once, so that no result floods a reader: 5,000 tokens by default, never 25,000."""

SEARCH_HITS = 8
SEARCH_HITS_MAX = 25
SQL_ROWS = 100
SQL_CHARS = 14_000
SQL_CELL = 2_000
SQL_SECONDS = 5.0
PAGE_CHARS = 14_000
PAGE_CHARS_MIN = 500
PAGE_CHARS_MAX = 60_000
SITE_DOWN_SECONDS = 60.0
"""How long a failed site is left alone before it is asked again."""
