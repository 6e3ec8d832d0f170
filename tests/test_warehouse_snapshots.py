"""What readers of snapshots notice: a new one, other readers, which site is read, damage, the built-in catalogue."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from conftest import Served, published, serving, slugs
from tiny_blog import NEW, NOTEBOOK, OLD, SLUGS, TinyBlog

from warehouse.build import sync
from warehouse.errors import SettingsError, SiteError, SnapshotError
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots
from warehouse.store import Warehouse


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshots]:
    """A synced tiny blog whose files are only copied; its site stays up."""
    with serving(TinyBlog().pages()) as served:
        snapshots = Snapshots(Settings(home=tmp_path_factory.mktemp("template"), site=served.url))
        sync(snapshots)
        yield snapshots


@pytest.fixture
def stored(template: Snapshots, tmp_path: Path) -> Snapshots:
    """A synced tiny blog of the test's own, nothing opened yet."""
    shutil.copytree(template.home, tmp_path / "stored")
    return Snapshots(Settings(home=tmp_path / "stored", site=template.site))


def again(snapshots: Snapshots) -> Snapshots:
    """The same home and site, opened anew."""
    return Snapshots(Settings(home=snapshots.home, site=snapshots.site))


# What readers notice


def test_a_reader_sees_the_new_snapshot_and_what_it_held_still_answers(
    tiny: TinyBlog, site: Served, snapshots: Snapshots
) -> None:
    sync(snapshots)
    reader = again(snapshots)
    held = reader.current()
    assert held.warehouse.slugs()["hamiltonian-walks"] == "Hamiltonian Walks"
    assert held.index.search("leapfrog", limit=1).total == 1
    assert reader.current() is held
    for title in ("Hamiltonian Strolls", "Hamiltonian Marches"):
        tiny.posts[2] = replace(NEW, title=title)
        site.pages = tiny.pages()
        report = sync(snapshots)
        assert reader.current().manifest.id == report.snapshot
        assert reader.current().warehouse.slugs()["hamiltonian-walks"] == title
        assert reader.current().index.search("leapfrog", limit=1).hits[0].title == title
    assert held.warehouse.slugs()["hamiltonian-walks"] == "Hamiltonian Walks"
    assert held.index.search("leapfrog", limit=1).hits[0].title == "Hamiltonian Walks"


def test_two_readers_in_one_process_read_the_same_snapshot(stored: Snapshots) -> None:
    assert slugs(stored) == SLUGS
    assert slugs(again(stored)) == SLUGS


def test_threads_that_open_a_database_at_once_all_read_it(stored: Snapshots) -> None:
    # Not through Snapshot: cached_property opens one at a time, but only up to Python 3.11.
    path, start = published(stored) / "warehouse.duckdb", Barrier(8)

    def run(_: int) -> list[str]:
        start.wait()
        return list(Warehouse(path).slugs())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(run, range(8))) == [SLUGS] * 8


def test_a_reader_in_the_same_process_does_not_hide_the_stored_posts_from_a_sync(
    tiny: TinyBlog, site: Served, snapshots: Snapshots
) -> None:
    sync(snapshots)
    assert slugs(snapshots) == SLUGS
    tiny.posts = [NOTEBOOK]
    site.pages = tiny.pages()
    with pytest.raises(SiteError, match="would lose"):
        sync(again(snapshots))


def test_what_a_killed_sync_left_is_removed(stored: Snapshots) -> None:
    dead = published(stored).with_name(".building-1-dead00") / "index"
    dead.mkdir(parents=True)
    sync(stored, full=True)
    assert published(stored).is_dir()
    for unfinished in (".building*", ".current*", ".site*", ".writer*"):
        assert not list(stored.home.rglob(unfinished))


def test_a_snapshot_goes_only_when_no_reader_can_be_about_to_open_it(stored: Snapshots) -> None:
    first = published(stored)
    long_ago, just_now = first.with_name("20200101T000000-aaaaaa"), first.with_name("20200101T000000-bbbbbb")
    shutil.copytree(first, long_ago)
    shutil.copytree(first, just_now)
    for folder in (first, long_ago):
        os.utime(folder, (0, 0))
    os.utime(just_now)
    sync(stored, full=True)
    assert {path.name for path in first.parent.iterdir()} == {published(stored).name, first.name, just_now.name}


def test_syncs_at_the_same_time_all_succeed(stored: Snapshots) -> None:
    start = Barrier(4)

    def run(snapshots: Snapshots) -> int:
        start.wait()
        return sync(snapshots).posts

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, [again(stored) for _ in range(4)])) == [3] * 4
    assert (published(stored) / "manifest.json").is_file()
    assert not list(stored.home.rglob(".building*"))


# Which site


def test_the_site_synced_last_is_remembered(stored: Snapshots) -> None:
    first = stored.site
    with serving(TinyBlog(posts=[OLD, NEW]).pages()) as served:
        sync(Snapshots(Settings(home=stored.home, site=served.url)))
        assert Snapshots(Settings(home=stored.home)).site == served.url
    assert slugs(Snapshots(Settings(home=stored.home))) == ["kelly-bets", "hamiltonian-walks"]
    assert slugs(Snapshots(Settings(home=stored.home, site=first))) == SLUGS


@pytest.mark.parametrize("text", ["", "ftp://tiny.example", "http://[bad"])
def test_a_damaged_memory_of_the_site_means_the_default_blog(tmp_path: Path, text: str) -> None:
    (tmp_path / "site").write_text(text, encoding="utf-8")
    assert Snapshots(Settings(home=tmp_path)).site == "https://bjlkeng.io"


def test_a_site_never_synced_names_the_command(snapshots: Snapshots) -> None:
    with pytest.raises(SnapshotError, match=f"`bounded sync --site {snapshots.site}`"):
        snapshots.current()
    assert snapshots.published() is None


# Damage


def _cut_database(folder: Path, share: float) -> None:
    path = folder / "warehouse.duckdb"
    os.truncate(path, int(path.stat().st_size * share))


def _remove(pattern: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        for path in folder.glob(pattern):
            path.unlink()

    return remove


def _point(text: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder.parents[1] / "current").write_bytes(text)


def _point_outside(folder: Path) -> None:
    """A pointer that leads out of the snapshots to what would otherwise be a good one."""
    shutil.copytree(folder, folder.parents[2] / "x")
    _point(b"../../x\n")(folder)


def _of_another_format(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": manifest["format"] + 1}), encoding="utf-8")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "folder gone": shutil.rmtree,
    "manifest gone": _remove("manifest.json"),
    "manifest cut": lambda folder: os.truncate(folder / "manifest.json", 20),
    "manifest of another format": _of_another_format,
    "database gone": _remove("warehouse.duckdb"),
    "database empty": lambda folder: _cut_database(folder, 0),
    "database cut early": lambda folder: _cut_database(folder, 0.01),
    "database cut in the middle": lambda folder: _cut_database(folder, 0.5),
    "index gone": lambda folder: shutil.rmtree(folder / "index"),
    "index without its texts": _remove("index/sections.texts"),
    "index without its vectors": _remove("index/sections.vectors"),
    "texts empty": lambda folder: os.truncate(folder / "index" / "sections.texts", 0),
    "texts cut": lambda folder: os.truncate(folder / "index" / "sections.texts", 1_000),
    "index without its positions": _remove("index/sections/*.pos"),
    "pointer empty": _point(b""),
    "pointer leading out": _point_outside,
    "pointer to nothing": _point(b"20200101T000000-000000"),
    "pointer not text": _point(b"\xff\xfe\0"),
}


def read_all(snapshots: Snapshots) -> list[str]:
    snapshot = snapshots.current()
    found = list(snapshot.warehouse.slugs())
    for slug in found:
        snapshot.warehouse.post(slug)
    assert snapshot.index.search("kelly", limit=1).hits
    return found


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_explained_and_repaired_by_a_sync(stored: Snapshots, damage: str) -> None:
    DAMAGES[damage](published(stored))
    with pytest.raises(SnapshotError, match="run `bounded sync`") as caught:
        read_all(stored)
    assert "\n" not in str(caught.value)
    sync(stored)
    assert read_all(stored) == SLUGS


def test_damage_that_only_a_search_can_see_is_explained_and_repaired_by_a_whole_sync(stored: Snapshots) -> None:
    texts = published(stored) / "index" / "sections.texts"
    whole = texts.read_bytes()
    lost = len(whole) * 9 // 10
    texts.write_bytes(bytes(lost) + whole[lost:])  # its end says that it is whole
    with pytest.raises(SnapshotError, match="run `bounded sync --full`"):
        read_all(stored)
    sync(stored, full=True)
    assert read_all(stored) == SLUGS


@pytest.mark.parametrize("use", [sync, Snapshots.current], ids=["sync", "read"])
@pytest.mark.parametrize("below", ["file", "file/home"])
def test_a_home_that_cannot_be_used_names_the_variable(
    site: Served, tmp_path: Path, below: str, use: Callable[[Snapshots], object]
) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    wanted = site.url if use is sync else None
    with pytest.raises(SettingsError, match="BOUNDED_HOME"):
        use(Snapshots(Settings(home=tmp_path / below, site=wanted)))
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


# The built-in catalogue


def test_threads_that_need_the_catalogue_at_once_all_get_it(tmp_path: Path) -> None:
    start = Barrier(3)

    def run(snapshots: Snapshots) -> tuple[str, Path]:
        start.wait()
        snapshot = snapshots.current()
        assert snapshot.index.search("probability", limit=1).hits
        return snapshot.manifest.source, snapshot.folder

    with ThreadPoolExecutor(3) as pool:
        found = set(pool.map(run, [Snapshots(Settings(home=tmp_path)) for _ in range(3)]))
    ((source, folder),) = found
    assert source == "catalogue" and list(folder.parent.iterdir()) == [folder]


def test_processes_that_need_the_catalogue_at_once_all_get_it(tmp_path: Path) -> None:
    code = (
        "from warehouse.settings import load_settings; from warehouse.snapshot import Snapshots;"
        "now = Snapshots(load_settings()).current();"
        "print(now.manifest.posts, len(now.warehouse.slugs()), bool(now.index.search('probability', limit=1).hits))"
    )
    command = [sys.executable, "-c", code]
    environment = os.environ | {"BOUNDED_HOME": str(tmp_path)}
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    posts, stored_posts, found = told[0].split()
    assert posts == stored_posts and found == "True" and told[0] == told[1]
    (folder,) = (tmp_path / "catalogue").iterdir()
    assert (folder / "manifest.json").is_file()
