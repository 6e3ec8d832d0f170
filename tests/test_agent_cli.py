"""The command line: what goes to stdout, what to stderr, and what the exit code says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Served
from tiny_blog import PUBLIC, TinyBlog
from typer.testing import CliRunner

from agent.cli import app, main
from tools.blog import BlogTools

COMMANDS = ["ask", "chat", "threads", "verify", "graph", "search", "sql", "fetch", "sync", "status", "mcp"]
NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing listens there
LEAPFROG = "The leapfrog integrator preserves volume, so the acceptance rule needs no Jacobian."


@dataclass
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def bounded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the entry point with these arguments, as the shell would."""

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["bounded", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        told = capsys.readouterr()
        return Ran(int(left.value.code or 0), told.out, told.err)

    return run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where every command of a test keeps its things."""
    assert os.environ["BOUNDED_HOME"] == str(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def fresh(catalogue: BlogTools, home: Path) -> Path:
    """A home in which nothing was synced yet."""
    catalogue.snapshots.current()
    shutil.copytree(catalogue.snapshots.home / "catalogue", home / "catalogue")
    return home


@pytest.fixture
def tiny_home(synced: BlogTools, home: Path) -> Path:
    """A home in which the tiny blog was synced."""
    shutil.copytree(synced.snapshots.home, home)
    return home


def failed(ran: Ran, told: str) -> None:
    """An anticipated error: exit 1, nothing on stdout, and one line with the remedy."""
    assert (ran.code, ran.out) == (1, "")
    lines = [line for line in ran.err.splitlines() if line.startswith("bounded: ")]
    assert len(lines) == 1 and lines[0] == ran.err.splitlines()[-1]
    assert told in lines[0] and "Traceback" not in ran.err


# Usage


def test_help_lists_the_commands() -> None:
    told = CliRunner().invoke(app, ["--help"])
    assert told.exit_code == 0
    assert all(command in told.output for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    told = CliRunner().invoke(app, [command, "--help"])
    assert told.exit_code == 0
    example = told.output.partition("Example:")[2].splitlines()[0]
    assert f"bounded {command}" in example


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["search"],
        ["search", "coins", "--nonsense"],
        ["search", "coins", "--limit", "0"],
        ["search", "coins", "--limit", "26"],
        ["search", "coins", "--limit", "many"],
        ["fetch", "kelly-bets", "--start", "-1"],
        ["fetch", "kelly-bets", "--max-chars", "499"],
        ["fetch", "kelly-bets", "--max-chars", "60001"],
        ["sync", "everything"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(bounded: Run, arguments: list[str]) -> None:
    ran = bounded(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: " in ran.err and "Traceback" not in ran.err


# Anticipated errors


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ask", "  "], "the question is empty"),
        (["search", "coins", "--since", "yesterday"], "not an ISO date"),
        (["sql", "SELEC 1"], "does not parse"),
        (["sql", "SELECT nonsense FROM posts"], "slug, title, url"),
        (["sql", "DELETE FROM posts"], "read-only"),
        (["fetch", "https://evil.example/posts/kelly-bets/"], "only 127.0.0.1:"),
        (["fetch", "zzzzzzzz"], "no post is called 'zzzzzzzz'"),
        (["fetch", "kelly-bets", "--section", "epilogue"], "'Why Logarithms'"),
        (["search", "coins", "--site", NOWHERE], f"bounded sync --site {NOWHERE}"),
        (["search", "coins", "--site", "ftp://tiny.example"], "not an http or https address"),
        (["sync", "--site", NOWHERE], "check the address and the network"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_anticipated_error_is_one_line_and_exit_1(
    tiny_home: Path, bounded: Run, arguments: list[str], told: str
) -> None:
    failed(bounded(*arguments), told)


@pytest.mark.parametrize("command", [["search", "coins"], ["ask", "Why coins?"], ["status"]], ids=" ".join)
def test_a_home_that_cannot_be_used_is_explained(
    bounded: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("BOUNDED_HOME", str(tmp_path / "file" / "home"))
    failed(bounded(*command), "BOUNDED_HOME")


def test_syncing_into_a_home_that_cannot_be_used_is_explained(
    bounded: Run, site: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("BOUNDED_HOME", str(tmp_path / "file" / "home"))
    failed(bounded("sync", "--site", site.url), "BOUNDED_HOME")


@pytest.mark.parametrize(
    "address",
    ["ftp://blog.example", "https://ada@blog.example", "https://blog.example/?page=1", "https://blog.example:99999"],
)
def test_a_site_that_is_no_site_is_explained(bounded: Run, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("BOUNDED_SITE", address)
    failed(bounded("search", "coins"), "BOUNDED_SITE")


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", "{}", '{"format": 99}', "wrong type", "other format"],
)
def test_a_damaged_manifest_asks_for_a_sync(tiny_home: Path, bounded: Run, damage: str) -> None:
    (manifest,) = tiny_home.glob("sites/*/snapshots/*/manifest.json")
    whole = json.loads(manifest.read_text())
    changed = {"wrong type": whole | {"created": 20261123}, "other format": whole | {"format": whole["format"] + 1}}
    manifest.write_text(json.dumps(changed[damage]) if damage in changed else damage)
    failed(bounded("ask", "Why coins?"), "run `bounded sync`")


@pytest.mark.parametrize("part", ["warehouse.duckdb", "index/sections/meta.json"])
@pytest.mark.parametrize("damage", ["missing", "overwritten"])
def test_a_damaged_snapshot_asks_for_a_sync(tiny_home: Path, bounded: Run, part: str, damage: str) -> None:
    (file,) = tiny_home.glob(f"sites/*/snapshots/*/{part}")
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(b"paprika" * 100)
    failed(bounded("ask", "Why coins?"), "run `bounded sync`")


def test_a_sync_mends_what_is_damaged(tiny_home: Path, bounded: Run) -> None:
    (manifest,) = tiny_home.glob("sites/*/snapshots/*/manifest.json")
    manifest.write_text("{")
    assert bounded("sync").code == 0
    assert LEAPFROG in bounded("search", "leapfrog").out


# Results

FIELDS = {
    "ask": "answer refused citations tools table model as_of note question snapshot seconds tokens prompt evidence",
    "search": "query hits total note",
    "sql": "columns rows row_count truncated note",
    "fetch": "slug url title published outline markdown start next_start total_chars truncated as_of source changed"
    " read_before related note",
    "sync": "site snapshot posts added changed gone kept failed skipped unlisted unclear embedded without_vectors",
    "status": "site home source snapshot as_of posts public_site notes model",
}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["ask", "How many posts are there?"], {"refused": False, "model": "embedded", "note": ""}),
        (["search", "leapfrog", "--limit", "1"], {"query": "leapfrog"}),
        (["sql", "SELECT slug, 'λ' AS l FROM posts ORDER BY slug LIMIT 1"], {"rows": [["coin-flips", "λ"]]}),
        (["fetch", "kelly-bets", "--max-chars", "500"], {"slug": "kelly-bets", "source": "live", "truncated": True}),
        (["sync"], {"posts": 3, "failed": {}, "kept": {}}),
        (["status"], {"source": "site", "posts": 3, "public_site": PUBLIC, "model": "embedded"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_json_is_one_document_of_the_agreed_fields(
    tiny_home: Path, bounded: Run, arguments: list[str], expected: dict[str, Any]
) -> None:
    ran = bounded(*arguments, "--json")
    printed = json.loads(ran.out)
    assert ran.code == 0 and [*printed] == FIELDS[arguments[0]].split()
    assert printed | expected == printed


def test_an_answer_has_numbered_sources_and_what_was_done_goes_to_stderr(tiny_home: Path, bounded: Run) -> None:
    ran = bounded("ask", "Why does the leapfrog acceptance rule need no Jacobian?")
    assert ran.code == 0
    said, _, sources = ran.out.partition("\n\nSources:\n")
    assert "no Jacobian" in said and "[1]" in said
    link = f"[Hamiltonian Walks > Leapfrog Steps]({PUBLIC}/posts/hamiltonian-walks/#leapfrog)"
    assert sources.startswith("1. ") and link in sources and f'"{LEAPFROG}"' in sources
    assert "> search_posts(query=" in ran.err and "sections match" in ran.err
    assert "search_posts" not in ran.out


def test_an_answer_from_metadata_shows_its_table(tiny_home: Path, bounded: Run) -> None:
    ran = bounded("ask", "Which posts are tagged probability?")
    assert ran.code == 0 and "> query_metadata(sql=" in ran.err
    rows = [line for line in ran.out.splitlines() if line.startswith("| ")][2:]
    assert len(rows) == 3 and all(post.title in "".join(rows) for post in TinyBlog().posts)


def test_search_sql_and_fetch_print_text_alone(tiny_home: Path, bounded: Run) -> None:
    searched = bounded("search", "leapfrog", "--limit", "1")
    assert (searched.code, searched.err) == (0, "")
    assert searched.out.startswith("1. Hamiltonian Walks > Motivation > Leapfrog Steps (2021-12-23)")
    assert LEAPFROG in searched.out and "\x1b" not in searched.out


def test_sql_prints_a_table(tiny_home: Path, bounded: Run) -> None:
    ran = bounded("sql", "SELECT slug, year FROM posts ORDER BY year LIMIT 1")
    assert (ran.code, ran.out, ran.err) == (0, "| slug | year |\n| --- | --- |\n| coin-flips | 2015 |\n", "")


def test_fetch_prints_the_section_asked_for(tiny_home: Path, bounded: Run) -> None:
    ran = bounded("fetch", "hamiltonian-walks", "--section", "1.1")
    assert (ran.code, ran.err) == (0, "")
    assert "source: live" in ran.out and "### Leapfrog Steps" in ran.out and "Results" not in ran.out


# Syncing and the choice of the blog


def test_a_synced_blog_becomes_the_one_that_answers(fresh: Path, bounded: Run, site: Served) -> None:
    ran = bounded("sync", "--site", site.url)
    assert ran.code == 0 and f"3 posts of {site.url}: 3 added" in ran.out
    progress = ran.err.splitlines()
    assert progress[0] == f"reading {site.url}"
    paths = {f"/posts/{post.slug}/" for post in TinyBlog().posts}
    assert {line.partition(" ")[0] for line in progress[1:]} == {"1/3", "2/3", "3/3"}
    assert {line.partition(" ")[2] for line in progress[1:]} == paths
    assert "\x1b" not in ran.err
    answer = json.loads(bounded("ask", "Why does the leapfrog acceptance rule need no Jacobian?", "--json").out)
    assert {citation["slug"] for citation in answer["citations"]} == {"hamiltonian-walks"}
    assert "catalogue" not in answer["note"]


def test_the_blog_named_wins_over_the_one_synced_last(
    tiny_home: Path, bounded: Run, synced: BlogTools, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answering(*arguments: str) -> str:
        site: str = json.loads(bounded("status", "--json", *arguments).out)["site"]
        return site

    assert answering() == synced.snapshots.site
    assert answering("--site", "https://bjlkeng.io") == "https://bjlkeng.io"
    monkeypatch.setenv("BOUNDED_SITE", "https://bjlkeng.io")
    assert answering() == "https://bjlkeng.io"
    assert answering("--site", synced.snapshots.site) == synced.snapshots.site


def test_without_a_sync_the_catalogue_answers_and_says_so(fresh: Path, bounded: Run) -> None:
    ran = bounded("ask", "What is bits-back coding?")
    assert ran.code == 0 and "Sources:\n1. [" in ran.out and "https://bjlkeng.io/posts/" in ran.out
    note = ran.out.partition("Note: ")[2]
    assert "built-in catalogue" in note and "`bounded sync`" in note


def test_a_thread_goes_on_in_the_next_command(fresh: Path, bounded: Run) -> None:
    assert bounded("ask", "How many posts are there?", "--thread", "t").code == 0
    ran = bounded("ask", "And in 2017?", "--thread", "t", "--json")
    assert ran.code == 0, ran.err
    answer = json.loads(ran.out)
    told = json.loads(bounded("sql", "SELECT count(*) FROM posts WHERE year = 2017", "--json").out)
    assert answer["table"]["rows"] == told["rows"]


# As a process


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "agent", *arguments],
        capture_output=True,
        env={**os.environ, **environment},
        timeout=60,
    )


def test_the_module_runs_as_the_command(fresh: Path) -> None:
    ran = process("ask", "What is bits-back coding?", "--json")
    assert ran.returncode == 0 and json.loads(ran.stdout)["citations"]
    failed = process("sql", "SELEC")
    assert failed.returncode == 1 and failed.stderr.startswith(b"bounded: ") and failed.stderr.count(b"\n") == 1


def test_symbols_an_output_cannot_encode_are_no_crash(fresh: Path) -> None:
    """A pipe on Windows is cp1252, where most symbols of mathematics have no code."""
    ran = process("sql", "SELECT 'λ → ∞' AS symbols", PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert (ran.returncode, ran.stderr) == (0, b"") and b"symbols" in ran.stdout


def test_a_reader_that_leaves_early_is_no_crash(fresh: Path) -> None:
    command = [sys.executable, "-m", "agent", "sql", "SELECT repeat('x', 1000) FROM range(100)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as left:
        assert left.stdout and left.stderr
        left.stdout.close()
        assert left.stderr.read() == b""
