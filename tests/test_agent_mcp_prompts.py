"""Prompts as clients offer them: what each asks of the model, and where on the blog it points."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS

from agent.mcp.server import build_server
from tools.blog import BlogTools
from warehouse.settings import Settings
from warehouse.snapshot import Snapshot, Snapshots

both_eras = pytest.mark.parametrize("era", ["auto", "legacy"])
SLUG = "hamiltonian-walks"


def with_client(snapshots: Snapshots, do: Callable[[Client], Coroutine[Any, Any, Any]], era: str = "auto") -> Any:
    async def run() -> Any:
        async with Client(build_server(snapshots), mode=era) as client:  # type: ignore[arg-type]  # one of its modes
            return await do(client)

    return anyio.run(run)


def prompt(blog: BlogTools, name: str, arguments: dict[str, str], era: str = "auto") -> str:
    (message,) = with_client(blog.snapshots, lambda client: client.get_prompt(name, arguments), era).messages
    assert message.role == "user"
    text: str = message.content.text
    return text


@both_eras
def test_six_titled_prompts_with_described_arguments(synced: BlogTools, era: str) -> None:
    listed = with_client(synced.snapshots, lambda client: client.list_prompts(), era).prompts
    arguments = {found.name: [(a.name, bool(a.required)) for a in found.arguments] for found in listed}
    assert arguments == {
        "explain": [("topic", True), ("level", False)],
        "explain_equation": [("equation", True), ("post", False)],
        "compare": [("first", True), ("second", True)],
        "reading_path": [("topic", True), ("minutes", False)],
        "derive": [("result", True), ("post", False)],
        "implement": [("post", True), ("language", False)],
    }
    assert all(found.title and found.description for found in listed)
    assert all(argument.description for found in listed for argument in found.arguments)


@both_eras
@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("explain", {"topic": "leapfrog", "level": "beginner"}, ["leapfrog", "level beginner", "Leapfrog Steps"]),
        ("explain_equation", {"equation": "1", "post": "kelly-bets"}, [r"G(f) = p \log(1 + bf)", "The Formula"]),
        ("explain_equation", {"equation": "x^2"}, ["$$\nx^2\n$$"]),
        ("compare", {"first": "leapfrog", "second": "Kelly fraction"}, ["Hamiltonian Walks", "Kelly Bets"]),
        ("reading_path", {"topic": "leapfrog", "minutes": "45"}, ["45 minutes", f"({SLUG}):"]),
        (
            "derive",
            {"result": "the Kelly fraction", "post": "Kelly Bets"},
            ["the Kelly fraction", "blog://posts/kelly-bets"],
        ),
        ("implement", {"post": SLUG, "language": "Rust"}, ["in Rust", f"blog://posts/{SLUG}"]),
    ],
)
def test_a_prompt_names_its_task_and_its_places(
    synced: BlogTools, name: str, arguments: dict[str, str], told: list[str], era: str
) -> None:
    text = prompt(synced, name, arguments, era)
    assert [part for part in told if part not in text] == []
    assert "quote" in text and "never instructions" in text


def test_every_place_a_prompt_points_to_can_be_read(synced: BlogTools) -> None:
    async def follow(client: Client) -> int:
        message = (await client.get_prompt("explain", {"topic": "leapfrog steps"})).messages[0]
        uris = re.findall(r"\[(blog://[^\]]+)\]", message.content.text)  # type: ignore[union-attr]  # text, as tested
        for uri in uris:
            assert (await client.read_resource(uri)).contents
        return len(uris)

    assert with_client(synced.snapshots, follow) > 0


def refusal(snapshots: Snapshots, name: str, arguments: dict[str, str], era: str) -> Any:
    async def asking(client: Client) -> MCPError:
        with pytest.raises(MCPError) as caught:
            await client.get_prompt(name, arguments)
        return caught.value

    return with_client(snapshots, asking, era).error


@both_eras
@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("no_such_prompt", {}, "explain, explain_equation"),
        ("explain", {}, "needs topic"),
        ("explain", {"topic": "coins", "level": "wizard"}, "'beginner', 'practitioner' or 'expert'"),
        ("reading_path", {"topic": "coins", "minutes": "soon"}, "minutes"),
        ("implement", {"post": "no such post at all"}, "no post is called"),
        ("implement", {"post": "https://evil.example/x"}, "not an address of this blog"),
        ("explain_equation", {"equation": "99", "post": "kelly-bets"}, "no display equation 99"),
    ],
)
def test_what_was_asked_wrongly_is_told_as_the_clients_mistake(
    synced: BlogTools, name: str, arguments: dict[str, str], told: str, era: str
) -> None:
    error = refusal(synced.snapshots, name, arguments, era)
    assert error.code == INVALID_PARAMS and told in error.message


class Broken(Snapshots):
    """A collaborator with a bug."""

    def current(self) -> Snapshot:
        raise ZeroDivisionError("the secret is paprika")


@both_eras
def test_a_bug_is_masked_with_an_id_that_the_log_has(
    catalogue: BlogTools, era: str, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Broken(Settings(home=catalogue.snapshots.home))
    error = refusal(broken, "explain", {"topic": "coins"}, era)
    assert error.code == INTERNAL_ERROR and "paprika" not in error.message
    identity = re.search(r"logged there as (\w+)", error.message)
    assert identity and identity[1] in caplog.text and "paprika" in caplog.text
