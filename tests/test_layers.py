"""The rules of imports: one direction, one home for each library, and nothing loaded before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("warehouse", "tools", "agent")
MODULES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}


def imported(tree: ast.Module) -> set[str]:
    """Top-level names a module imports anywhere in it, inside functions and for type checkers too."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports would escape this test"
            names.add(str(node.module).split(".")[0])
    return names


def importers(*libraries: str) -> set[str]:
    return {path for path, tree in MODULES.items() if imported(tree) & set(libraries)}


@pytest.mark.parametrize(("package", "above"), [("warehouse", ("tools", "agent")), ("tools", ("agent",))])
def test_imports_point_one_way(package: str, above: tuple[str, ...]) -> None:
    assert [path for path in importers(*above) if path.startswith(f"{package}/")] == []


def test_every_layer_stands_on_the_one_below() -> None:
    """What makes the rule above worth testing: the walk sees the imports that are allowed."""
    assert any(path.startswith("tools/") for path in importers("warehouse"))
    assert any(path.startswith("agent/") for path in importers("tools"))


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("requests", "warehouse/client.py"),
        ("protego", "warehouse/client.py"),
        ("bs4", "warehouse/markdown.py"),
        ("rapidfuzz", "warehouse/spelling.py"),
        ("markdownify", "warehouse/markdown.py"),
        ("openai", "agent/models.py"),
        ("langchain_openai", "agent/models.py"),
        ("uvicorn", "agent/mcp/http.py"),
        ("tomlkit", "agent/install/files.py"),
        ("typer", "agent/cli.py"),
        ("rich", "agent/terminal.py"),
    ],
)
def test_a_library_has_one_home(library: str, home: str) -> None:
    assert importers(library) == {home}


def test_the_engine_is_known_to_what_is_stored_and_to_the_module_of_untrusted_queries() -> None:
    assert importers("duckdb") == {"warehouse/store.py", "warehouse/vectors.py", "warehouse/sql/query.py"}


def test_the_full_text_engine_is_known_to_the_modules_of_the_index() -> None:
    modules = ("index", "index_schema", "index_writer", "query_words")
    assert importers("tantivy") == {f"warehouse/{module}.py" for module in modules}


@pytest.mark.parametrize("library", ["mcp", "starlette"])
def test_the_protocol_stays_in_its_package(library: str) -> None:
    found = importers(library)
    assert found and all(path.startswith("agent/mcp/") for path in found)


def test_agent_frameworks_stay_above_the_tools() -> None:
    frameworks = {name for tree in MODULES.values() for name in imported(tree) if name.startswith("lang")}
    assert {"langchain_core", "langgraph"} <= frameworks
    below = {path for path in importers(*frameworks) if not path.startswith("agent/")}
    assert below == {"tools/for_langgraph.py"}


def handlers() -> Iterator[tuple[str, ast.ExceptHandler]]:
    for path, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                yield path, node


def test_no_error_is_swallowed_unnamed() -> None:
    found = list(handlers())
    assert found
    assert [f"{path}:{handler.lineno}" for path, handler in found if handler.type is None] == []


def test_catching_everything_is_explained_on_its_line() -> None:
    unexplained = []
    for path, handler in handlers():
        caught = {name.id for name in ast.walk(handler.type or handler) if isinstance(name, ast.Name)}
        line = (ROOT / path).read_text(encoding="utf-8").splitlines()[handler.lineno - 1]
        if handler.type is not None and caught & {"Exception", "BaseException"} and "#" not in line:
            unexplained.append(f"{path}:{handler.lineno}")
    assert unexplained == []


@pytest.mark.parametrize(
    ("doing", "unneeded"),
    [
        (
            "import anyio; from agent.mcp.server import build_server;"
            "from warehouse.settings import load_settings; from warehouse.snapshot import Snapshots;"
            "assert len(anyio.run(build_server(Snapshots(load_settings())).list_tools)) == 4",
            {"langgraph", "langchain_core", "langchain_openai", "duckdb", "tantivy", "requests"},
        ),
        ("import agent.cli", {"mcp", "langgraph", "langchain_core", "duckdb", "requests", "rich"}),
        (
            "import sys; from agent.cli import app; app(['search', 'leapfrog'], standalone_mode=False)",
            {"mcp", "langgraph", "langchain_core", "requests"},
        ),
    ],
    ids=["listing the MCP tools", "starting the command line", "searching"],
)
def test_a_start_loads_only_what_it_needs(doing: str, unneeded: set[str]) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"{doing}; import sys; print('loaded', *sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    _, _, loaded = told.stdout.rpartition("loaded ")
    assert "typing" in loaded.split()
    assert unneeded & set(loaded.split()) == set()
