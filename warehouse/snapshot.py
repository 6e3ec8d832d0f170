"""Where snapshots live, which one is current, and how the next takes its place without a reader noticing.

HOME/site                                      address of the blog synced last
HOME/sites/HOST/current                        id of the published snapshot, replaced atomically
HOME/sites/HOST/snapshots/ID/                  warehouse.duckdb, index/, manifest.json: never changed
HOME/catalogue/KEY/                            the same, built from the catalogue shipped with the package
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from warehouse.errors import SettingsError, SnapshotError
from warehouse.publishing import FORMAT, SnapshotWriter, store_once, writing
from warehouse.records import Manifest, Near
from warehouse.settings import DEFAULT_SITE, Settings, normal_site

if TYPE_CHECKING:
    from warehouse.index import SectionIndex
    from warehouse.page_cache import PageCache
    from warehouse.store import Warehouse
    from warehouse.vectors import Embedder


@dataclass(frozen=True)
class Snapshot:
    """A published snapshot; its parts are opened when first used and shared from then on."""

    folder: Path
    manifest: Manifest
    embedder: Embedder | None = None

    @cached_property
    def warehouse(self) -> Warehouse:
        """Raises SnapshotError when the database is damaged."""
        from warehouse.store import Warehouse

        return Warehouse(self.folder / "warehouse.duckdb")

    @cached_property
    def index(self) -> SectionIndex:
        """Raises SnapshotError when the index is damaged."""
        from warehouse.index import SectionIndex

        return SectionIndex(self.folder / "index")

    @cached_property
    def nearest(self) -> Callable[[str], Near]:
        """Finds the sections that mean what a query does, if an embeddings endpoint is set."""
        if self.embedder is None or self.is_catalogue:
            return lambda query: Near()
        from warehouse.vectors import Vectors

        return Vectors(self.folder, self.embedder).nearest

    @property
    def as_of(self) -> str:
        """ISO date of what the snapshot shows."""
        return self.manifest.created[:10]

    @property
    def is_catalogue(self) -> bool:
        return self.manifest.source == "catalogue"


class Snapshots:
    """The snapshots of one site under one home folder."""

    def __init__(self, settings: Settings, embedder: Embedder | None = None) -> None:
        self.home = settings.home.expanduser()
        self.site = settings.site or self._remembered() or DEFAULT_SITE
        parts = urlsplit(self.site)
        name = (parts.netloc + parts.path).replace(":", "_").replace("/", "_")
        self._folder = self.home / "sites" / name
        self.embedder = embedder
        self._open: Snapshot | None = None
        self._lock = threading.Lock()

    def current(self) -> Snapshot:
        """The published snapshot, or the built-in catalogue while the default blog was never synced.

        Cheap enough to call for every question: it opens again only when another snapshot was published. Raises
        SnapshotError when there is none or it is damaged, SettingsError when the home folder cannot be used.
        """
        with self._lock:
            folder = self._published()
            if folder is None:
                if self.site != DEFAULT_SITE:
                    raise SnapshotError(f"{self.site} was never synced; run `bounded sync --site {self.site}`")
                folder = self._catalogue()
            if self._open is None or self._open.folder != folder:
                self._open = Snapshot(folder, _read_manifest(folder), self.embedder)
            return self._open

    def published(self) -> Snapshot | None:
        """The synced snapshot, None when there is none.

        Raises SnapshotError when it is damaged.
        """
        return self.current() if self._published() is not None else None

    def identity(self) -> str:
        """Id of the published snapshot as far as it can be read now, "" otherwise: cheap, to notice a publication."""
        try:
            return (self._folder / "current").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def writer(self, waiting: Callable[[str], None] = lambda holder: None) -> AbstractContextManager[SnapshotWriter]:
        """The right to write the next snapshot, held by one process at a time.

        `waiting` is told who holds it while that is another one. Raises SnapshotError when it is not free within two
        minutes, SettingsError when the home folder cannot be written; what was published stays.
        """
        return writing(self.home, self._folder, self.site, waiting)

    @property
    def page_cache(self) -> PageCache:
        """The pages fetched so far, for all sites."""
        from warehouse.page_cache import PageCache

        return PageCache(self.home / "http-cache" / "pages.sqlite")

    def _published(self) -> Path | None:
        try:
            identity = (self._folder / "current").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (NotADirectoryError, PermissionError) as error:
            why = error.strerror
            raise SettingsError(f"{self.home} cannot be used ({why}); set BOUNDED_HOME to another folder") from error
        except (OSError, UnicodeDecodeError) as error:
            raise SnapshotError(f"{self._folder / 'current'} cannot be read ({error}); run `bounded sync`") from error
        if not identity or Path(identity).name != identity:
            raise SnapshotError(f"{self._folder / 'current'} is damaged; run `bounded sync`")
        return self._folder / "snapshots" / identity

    def _remembered(self) -> str | None:
        try:
            return normal_site((self.home / "site").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None  # never synced, or a file of someone else's: the default blog

    def _catalogue(self) -> Path:
        """The catalogue as a snapshot, built on first use for this version of the package and its engines."""
        from warehouse.catalogue import catalogue_key, load_catalogue

        folder = self.home / "catalogue" / f"{FORMAT}-{_engines()}-{catalogue_key()}"
        if not (folder / "manifest.json").exists():
            posts, public_site, hosts, created = load_catalogue()
            manifest = Manifest(
                "catalogue", self.site, public_site, hosts, created, len(posts), "catalogue", FORMAT, []
            )
            store_once(self.home, folder, posts, manifest)
        return folder


@cache
def _engines() -> str:
    """Versions that decide how files on disk look."""
    return "-".join(version(name) for name in ("bounded-rationality", "duckdb", "tantivy"))


def _read_manifest(folder: Path) -> Manifest:
    try:
        manifest = TypeAdapter(Manifest).validate_json((folder / "manifest.json").read_bytes(), strict=True)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its manifest does not read"
        raise SnapshotError(f"the snapshot {folder.name} is damaged ({why}); run `bounded sync`") from error
    if manifest.format != FORMAT:
        raise SnapshotError("the snapshot was made by another version of bounded; run `bounded sync`")
    return manifest
