"""What can go wrong in a way the product expects, and says plainly.

    BlogError            anticipated: its message is for the user and names the remedy
    ├── SettingsError    a setting, environment variable or home folder cannot be used
    ├── SiteError        the site refused, failed, timed out or answered something unusable
    │   ├── SiteDown     it cannot be reached, does not answer in time, or fails altogether
    │   └── RefusedUrl   an address outside the one configured blog was asked for
    ├── ParseError       a page or listing could not be understood
    ├── UnknownPost      no post or section of that name
    ├── UnknownThread    no conversation of that name
    ├── QueryError       the SQL was refused, is wrong, or hit a limit
    ├── SnapshotError    the stored snapshot is missing, half-written or damaged
    ├── ModelError       the language model could not be reached or answered unusably
    └── EmbeddingError   the embeddings endpoint could not be reached or answered unusably

Any other exception is a bug and keeps its traceback.
"""


class BlogError(Exception):
    """Anticipated; the message is one line, fit for a user, and says what to do."""


class SettingsError(BlogError):
    """A setting, environment variable or home folder cannot be used."""


class SiteError(BlogError):
    """The site refused, failed, timed out or answered something unusable."""


class SiteDown(SiteError):
    """The site cannot be reached, does not answer in time, or fails altogether: other pages would fare the same."""


class RefusedUrl(SiteError):
    """An address outside the one configured blog was asked for; nothing was fetched."""


class ParseError(BlogError):
    """A page or listing could not be understood."""


class UnknownPost(BlogError):
    """No post or section of that name."""


class UnknownThread(BlogError):
    """No conversation of that name."""


class QueryError(BlogError):
    """The SQL was refused, is wrong, or hit a limit."""


class SnapshotError(BlogError):
    """The stored snapshot is missing, half-written or damaged."""


class ModelError(BlogError):
    """The language model could not be reached or answered unusably."""


class EmbeddingError(BlogError):
    """The embeddings endpoint could not be reached or answered unusably; all works without it."""
