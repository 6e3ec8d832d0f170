"""How much a tool gives at once, so that no result floods a reader: 5,000 tokens by default, never 25,000."""

from warehouse.sql.limits import Limits

SEARCH_HITS = 8
SEARCH_HITS_MAX = 25
SQL = Limits(max_rows=100, max_chars=14_000, max_cell=2_000, seconds=5.0)
PAGE_CHARS = 14_000
OUTLINE_CHARS = 10_000
"""Of an outline, and of a list of changed sections."""
HEADING_CHARS = 300
PAGE_CHARS_MIN = 500
PAGE_CHARS_MAX = 60_000
SITE_DOWN_SECONDS = 60.0
"""How long a failed site is left alone before it is asked again."""
