"""Where snapshots live, which one is current, and how the next takes its place without a reader noticing.

HOME/site                                      address of the blog synced last
HOME/sites/HOST/current                        id of the published snapshot, replaced atomically
HOME/sites/HOST/snapshots/ID/                  warehouse.duckdb, index/, manifest.json: never changed
HOME/catalogue/KEY/                            the same, built from the catalogue shipped with the package
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from pydantic import TypeAdapter

from warehouse.errors import SettingsError, SnapshotError
from warehouse.records import Manifest, Post
from warehouse.settings import DEFAULT_SITE, Settings, normal_site

if TYPE_CHECKING:
    from warehouse.index import SectionIndex
    from warehouse.store import Warehouse

FORMAT = 1
"""Raised when tables or index change shape; older snapshots then ask for a new sync."""
_PATIENCE = 120
"""Seconds a writer waits for another to finish."""


@dataclass(frozen=True)
class Snapshot:
    """A published snapshot; its parts are opened when first used and shared from then on."""

    folder: Path
    manifest: Manifest

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

    @property
    def as_of(self) -> str:
        """ISO date of what the snapshot shows."""
        return self.manifest.created[:10]

    @property
    def is_catalogue(self) -> bool:
        return self.manifest.source == "catalogue"


class Snapshots:
    """The snapshots of one site under one home folder."""

    def __init__(self, settings: Settings) -> None:
        self.home = settings.home.expanduser()
        self.site = settings.site or self._remembered() or DEFAULT_SITE
        parts = urlsplit(self.site)
        name = (parts.netloc + parts.path).replace(":", "_").replace("/", "_")
        self._folder = self.home / "sites" / name
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
                self._open = Snapshot(folder, _read_manifest(folder))
            return self._open

    def published(self) -> Snapshot | None:
        """The synced snapshot, None when there is none.

        Raises SnapshotError when it is damaged.
        """
        return self.current() if self._published() is not None else None

    def publish(
        self, posts: Sequence[Post], *, public_site: str, hosts: Sequence[str], notes: Sequence[str]
    ) -> Manifest:
        """Stores the posts as a new snapshot and makes it the current one.

        Raises SettingsError when the home folder cannot be written; what was published stays.
        """
        created = datetime.now(UTC)
        identity = f"{created:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
        manifest = Manifest(
            identity,
            self.site,
            public_site,
            sorted(hosts),
            created.isoformat(timespec="seconds"),
            len(posts),
            "site",
            FORMAT,
            list(notes),
        )
        with _writing(self.home):
            self._folder.mkdir(parents=True, exist_ok=True)
            # One writer at a time; publishing takes seconds, so the next one waits its turn.
            with FileLock(self._folder / "writer.lock", timeout=_PATIENCE):
                before = self._pointer()
                _build(self._folder / "snapshots" / identity, posts, manifest)
                _replace_text(self._folder / "current", identity)
                _replace_text(self.home / "site", self.site)
                self._collect_garbage({identity, before})
        return manifest

    def _pointer(self) -> str:
        try:
            return (self._folder / "current").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

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
            with _writing(self.home):
                _build(folder, posts, manifest)
        return folder

    def _collect_garbage(self, kept: set[str]) -> None:
        """Removes all snapshots but the current one and the one before it, which some reader may still hold."""
        for folder in (self._folder / "snapshots").iterdir():
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)  # what cannot go now goes another time


@cache
def _engines() -> str:
    """Versions that decide how files on disk look."""
    return "-".join(version(name) for name in ("bounded-rationality", "duckdb", "tantivy"))


class _writing:
    """Turns an unwritable home folder into the one line a user needs."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Timeout):
            raise SnapshotError(f"another sync holds {error.lock_file}; wait for it to end and try again") from error
        if isinstance(error, OSError):
            why = error.strerror or error
            raise SettingsError(
                f"{self._home} cannot be written ({why}); set BOUNDED_HOME to a folder you can write"
            ) from error


def _build(folder: Path, posts: Sequence[Post], manifest: Manifest) -> None:
    """Writes a snapshot beside its place, then moves it there whole: a reader never sees half of one."""
    from warehouse.index import build_index
    from warehouse.store import write_warehouse

    building = folder.with_name(f".building-{os.getpid()}-{uuid.uuid4().hex[:6]}")
    try:
        (building / "index").mkdir(parents=True)
        write_warehouse(building / "warehouse.duckdb", posts, manifest)
        build_index(building / "index", posts)
        (building / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
        for path in [*building.rglob("*"), building]:
            _sync_to_disk(path)
        try:
            building.rename(folder)
        except OSError:
            if not (folder / "manifest.json").exists():  # else another process built the same catalogue first
                raise
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _sync_to_disk(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot sync a folder
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace_text(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}-{uuid.uuid4().hex[:6]}")
    fresh.write_text(text + "\n", encoding="utf-8")
    _sync_to_disk(fresh)
    os.replace(fresh, path)


def _read_manifest(folder: Path) -> Manifest:
    try:
        manifest = TypeAdapter(Manifest).validate_json((folder / "manifest.json").read_bytes(), strict=True)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its manifest does not read"
        raise SnapshotError(f"the snapshot {folder.name} is damaged ({why}); run `bounded sync`") from error
    if manifest.format != FORMAT:
        raise SnapshotError("the snapshot was made by another version of bounded; run `bounded sync`")
    return manifest
