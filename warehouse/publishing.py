"""Writing the next snapshot beside the published ones, so that a writer may end at any instant and nobody notices."""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from warehouse.errors import SettingsError, SnapshotError
from warehouse.records import Manifest, Post

if TYPE_CHECKING:
    from warehouse.vectors import Embedder

FORMAT = 11
"""Raised when tables or index change shape; older snapshots then ask for a new sync."""
_GRACE = 600
"""Seconds for which a snapshot stays after another took its place: a reader may have looked it up just before."""
_PATIENCE = 120
"""Seconds a writer waits for another to finish."""


class Building:
    """A snapshot being written in a folder of its own; nobody reads it before `move_to`."""

    def __init__(self, beside: Path) -> None:
        from warehouse.index_writer import IndexWriter
        from warehouse.store import WarehouseWriter

        self.posts = 0
        self._folder = beside / f".building-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        (self._folder / "index").mkdir(parents=True)
        self._warehouse = WarehouseWriter(self._folder / "warehouse.duckdb")
        self._index = IndexWriter(self._folder / "index")

    def add(self, post: Post) -> None:
        """Takes a post in; its slug must be new. Raises SnapshotError when it cannot be written."""
        self._warehouse.add(post)
        self._index.add(post)
        self.posts += 1

    def keep(self, stored: Path, slugs: Iterable[str], hosts: Iterable[str]) -> None:
        """Takes posts over as another snapshot's folder has them. Raises SnapshotError when it cannot be written."""
        self._index.reuse(stored / "index")
        for post in self._warehouse.copy(stored / "warehouse.duckdb", slugs, hosts):
            self._index.add(post)
            self.posts += 1

    def embed(self, stored: Path | None, embedder: Embedder) -> int:
        """Gives each section its vector, once all posts are there; see `store_vectors`."""
        from warehouse.vectors import store_vectors

        self._index.finish()
        return store_vectors(self._folder, stored, embedder)

    def move_to(self, folder: Path, manifest: Manifest) -> None:
        """Completes the snapshot and puts it whole into its place, safe against a loss of power.

        A folder that already holds a snapshot stays: another process was first with the same one.
        """
        self._warehouse.finish(manifest)
        self._index.finish()
        (self._folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
        for path in [*self._folder.rglob("*"), self._folder]:
            _to_disk(path)
        try:
            self._folder.rename(folder)
        except OSError:
            if not (folder / "manifest.json").exists():
                raise
        _to_disk(folder.parent)

    def discard(self) -> None:
        """Removes what is left of it; nothing, once it was moved."""
        self._warehouse.close()
        try:
            self._index.close()
        except (ValueError, OSError):
            pass  # its files are what could not be written, and go now
        shutil.rmtree(self._folder, ignore_errors=True)


class SnapshotWriter:
    """What the one writer of a site may do: fill a new snapshot and publish it."""

    def __init__(self, home: Path, folder: Path, site: str) -> None:
        self._home, self._folder, self._site = home, folder, site
        self._building: Building | None = None

    def add(self, post: Post) -> None:
        """Takes a post into the next snapshot; its slug must be new. Raises SnapshotError when it cannot be written."""
        with _writable(self._home):
            self._begun().add(post)

    def keep(self, stored: Path, slugs: Iterable[str], hosts: Iterable[str]) -> None:
        """Takes posts into the next snapshot as the one in the folder `stored` has them.

        A link to one of `hosts` that led to no post may lead to one now. Raises SnapshotError when it cannot be written
        or the other one is damaged.
        """
        with _writable(self._home):
            self._begun().keep(stored, slugs, hosts)

    def embed(self, stored: Path | None, embedder: Embedder) -> int:
        """Gives each section its vector, once all posts are there; says how many of them the endpoint was asked for.

        Raises EmbeddingError when it fails; then the next snapshot has no vectors.
        """
        with _writable(self._home):
            return self._begun().embed(stored, embedder)

    def publish(self, *, public_site: str, hosts: Iterable[str], notes: Iterable[str]) -> Manifest:
        """Makes the posts added so far the current snapshot; readers see it with their next question."""
        created = datetime.now(UTC)
        with _writable(self._home):
            building = self._begun()
            manifest = Manifest(
                id=f"{created:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}",
                site=self._site,
                public_site=public_site,
                hosts=sorted(hosts),
                created=created.isoformat(timespec="seconds"),
                posts=building.posts,
                source="site",
                format=FORMAT,
                notes=list(notes),
            )
            building.move_to(self._folder / "snapshots" / manifest.id, manifest)
            before = self._pointer()
            if before and (superseded := self._folder / "snapshots" / before).is_dir():
                os.utime(superseded)  # from now on counts how long a reader may still be about to open it
            _replace_text(self._folder / "current", manifest.id)
            _replace_text(self._home / "site", self._site)
        self._collect_garbage({manifest.id, before})
        return manifest

    def discard(self) -> None:
        """Gives up what was added and not published."""
        if self._building is not None:
            self._building.discard()

    def _begun(self) -> Building:
        self._building = self._building or Building(self._folder / "snapshots")
        return self._building

    def _pointer(self) -> str:
        try:
            return (self._folder / "current").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def _collect_garbage(self, kept: set[str]) -> None:
        for folder in (self._folder / "snapshots").iterdir():
            try:
                if folder.name not in kept and time.time() - folder.stat().st_mtime > _GRACE:
                    # Renamed first: nobody is to find a snapshot of which half is gone.
                    shutil.rmtree(folder.rename(folder.with_name(f".gone-{folder.name}")), ignore_errors=True)
            except OSError:
                continue  # gone already, or held open by a reader where that matters: it goes another time


@contextmanager
def writing(home: Path, folder: Path, site: str, waiting: Callable[[str], None]) -> Iterator[SnapshotWriter]:
    """The right to write a site's next snapshot; see `Snapshots.writer`."""
    with _writable(home):
        (folder / "snapshots").mkdir(parents=True, exist_ok=True)
    with _exclusively(home, folder, waiting):
        for unfinished in (folder / "snapshots").glob(".*"):
            shutil.rmtree(unfinished, ignore_errors=True)  # built or removed by a writer that was killed
        writer = SnapshotWriter(home, folder, site)
        try:
            yield writer
        finally:
            writer.discard()


def store_once(home: Path, folder: Path, posts: Iterable[Post], manifest: Manifest) -> None:
    """Stores a snapshot that every process would make the same; who comes second leaves the first one's."""
    with _writable(home):
        building = Building(folder.parent)
        try:
            for post in posts:
                building.add(post)
            building.move_to(folder, manifest)
        finally:
            building.discard()


@contextmanager
def _writable(home: Path) -> Iterator[None]:
    """Turns a home folder that cannot be written into the one line a user needs."""
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise SettingsError(f"{home} cannot be written ({why}); set BOUNDED_HOME to a folder you can write") from error


@contextmanager
def _exclusively(home: Path, folder: Path, waiting: Callable[[str], None]) -> Iterator[None]:
    """Holds the folder's one right to write; waits for another holder, then names it in a SnapshotError."""
    lock, holder = FileLock(folder / "writer.lock"), folder / "writer"
    with _writable(home):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting(_named(holder))
            try:
                lock.acquire(timeout=_PATIENCE)
            except Timeout as error:
                who = _named(holder)
                raise SnapshotError(f"another sync is running: {who}; wait for it to end and try again") from error
    try:
        with _writable(home):
            _replace_text(holder, f"process {os.getpid()}, since {time.strftime('%H:%M:%S')}")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _named(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return "a process that has only just started"


def _replace_text(path: Path, text: str) -> None:
    """Gives a file a new text at once: a reader sees the old or the new one, also after a loss of power."""
    fresh = path.with_name(f".{path.name}-{uuid.uuid4().hex[:6]}")
    fresh.write_text(text + "\n", encoding="utf-8")
    _to_disk(fresh)
    os.replace(fresh, path)
    _to_disk(path.parent)


def _to_disk(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot sync a folder
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
