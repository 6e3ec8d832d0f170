"""Resources, templates, completions and what clients hear when a sync publishes, in both protocol eras."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import anyio
import pytest
from conftest import Served
from mcp import Client, MCPError, StdioServerParameters
from mcp.shared.exceptions import MCPDeprecationWarning
from mcp.types import INVALID_PARAMS, PromptReference, ResourcesCapability, ResourceTemplateReference
from tiny_blog import TinyBlog

from agent.mcp import updates
from agent.mcp.completion import ranked
from agent.mcp.server import build_server
from tools.blog import BlogTools
from warehouse.build import sync
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots

both_eras = pytest.mark.parametrize("era", ["auto", "legacy"])
FIXED = ["blog://posts", "blog://schema", "blog://status"]


def with_client(snapshots: Snapshots, do: Callable[[Client], Coroutine[Any, Any, Any]], era: str = "auto") -> Any:
    async def run() -> Any:
        async with Client(build_server(snapshots), mode=era) as client:  # type: ignore[arg-type]  # one of its modes
            return await do(client)

    return anyio.run(run)


def read(blog: BlogTools, uri: str, era: str = "auto") -> str:
    (content,) = with_client(blog.snapshots, lambda client: client.read_resource(uri), era).contents
    text: str = content.text
    return text


@both_eras
def test_the_fixed_resources_and_every_post_are_listed_newest_first(synced: BlogTools, era: str) -> None:
    listed = with_client(synced.snapshots, lambda client: client.list_resources(), era).resources
    posts = [f"blog://posts/{slug}" for slug in reversed(synced.snapshots.current().warehouse.slugs())]
    assert [resource.uri for resource in listed] == FIXED + posts
    assert all(resource.title and resource.mime_type for resource in listed)
    for resource in listed:
        assert read(synced, resource.uri, era)


@both_eras
def test_five_templates_are_listed(synced: BlogTools, era: str) -> None:
    listed = with_client(synced.snapshots, lambda client: client.list_resource_templates(), era).resource_templates
    assert {template.uri_template for template in listed} == {
        "blog://posts/{slug}",
        "blog://posts/{slug}/sections/{anchor}",
        "blog://posts/{slug}/equations",
        "blog://tags/{tag}",
        "blog://charts/{sql}",
    }
    assert all(template.title and template.description for template in listed)


def test_a_post_is_its_markdown_with_the_way_to_each_section(synced: BlogTools) -> None:
    text = read(synced, "blog://posts/hamiltonian-walks")
    post = synced.snapshots.current().warehouse.post("hamiltonian-walks")
    assert text.startswith(f"# {post.title}\n") and post.url in text and text.endswith(post.markdown)
    assert "blog://posts/hamiltonian-walks/sections/leapfrog" in text


def test_a_section_comes_by_anchor_number_or_heading_and_alone(synced: BlogTools) -> None:
    by_anchor = read(synced, "blog://posts/hamiltonian-walks/sections/leapfrog")
    assert "leapfrog integrator preserves volume" in by_anchor
    post = synced.snapshots.current().warehouse.post("hamiltonian-walks")
    assert len(by_anchor) < len(post.markdown)
    heading = next(section.heading for section in post.sections if section.anchor == "leapfrog")
    assert read(synced, f"blog://posts/hamiltonian-walks/sections/{heading.replace(' ', '%20')}") == by_anchor


def test_equations_are_numbered_under_their_sections(synced: BlogTools) -> None:
    warehouse = synced.snapshots.current().warehouse
    post = next(post for post in warehouse.posts(warehouse.slugs()) if post.equations)
    text = read(synced, f"blog://posts/{post.slug}/equations")
    for number, equation in enumerate(post.equations, start=1):
        assert f"({number})\n$$\n{equation.latex.strip()}\n$$" in text
    without = next(post.slug for post in warehouse.posts(warehouse.slugs()) if not post.equations)
    assert "No display equation" in read(synced, f"blog://posts/{without}/equations")


def test_the_list_of_posts_agrees_with_the_warehouse(catalogue: BlogTools) -> None:
    listed = json.loads(read(catalogue, "blog://posts"))["posts"]
    titles = catalogue.snapshots.current().warehouse.slugs()
    assert {post["slug"]: post["title"] for post in listed} == titles
    assert [post["published"] for post in listed] == sorted((post["published"] for post in listed), reverse=True)
    assert all(post["resource"] == f"blog://posts/{post['slug']}" for post in listed)


def test_a_tag_lists_its_posts_in_any_case(catalogue: BlogTools) -> None:
    found = json.loads(read(catalogue, "blog://tags/mcmc"))
    ((count,),) = catalogue.query_metadata("SELECT count(*) FROM topics WHERE tag = 'MCMC'").rows
    assert found["tag"] == "MCMC" and len(found["posts"]) == count > 0


@both_eras
def test_an_answer_that_is_a_series_offers_its_chart_to_be_read(catalogue: BlogTools, era: str) -> None:
    async def asking(client: Client) -> tuple[Any, Any]:
        answered = await client.call_tool("ask", {"question": "How many posts are there per year?"})
        (link,) = [block for block in answered.content if block.type == "resource_link"]
        return answered, (link, (await client.read_resource(link.uri)).contents[0])

    answered, (link, drawn) = with_client(catalogue.snapshots, asking, era)
    labels = {str(year) for year, _ in answered.structured_content["table"]["rows"]}
    texts = set(ElementTree.fromstring(drawn.text).itertext())
    assert link.mime_type == drawn.mime_type == "image/svg+xml" and link.annotations.audience == ["user"]
    assert len(labels) > 5 and labels <= texts


def test_an_answer_that_is_no_series_offers_no_chart(catalogue: BlogTools) -> None:
    answered = with_client(
        catalogue.snapshots, lambda client: client.call_tool("ask", {"question": "Which posts are tagged MCMC?"})
    )
    assert [block.type for block in answered.content] == ["text"]


@pytest.mark.parametrize("sql", ["SELECT title FROM posts", "SELECT 1 AS a, 2 AS b", "COPY posts TO 'x'", "SELECT"])
def test_a_query_that_is_no_series_or_not_allowed_draws_nothing(catalogue: BlogTools, sql: str) -> None:
    async def reading(client: Client) -> MCPError:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(f"blog://charts/{quote(sql, safe='')}")
        return caught.value

    assert "bug" not in with_client(catalogue.snapshots, reading).error.message


def test_the_schema_names_every_table_and_column(catalogue: BlogTools) -> None:
    text = read(catalogue, "blog://schema")
    for table in ("posts", "topics", "sections", "equations", "post_links"):
        columns = catalogue.query_metadata(f"SELECT * FROM {table} LIMIT 1").columns
        assert table in text and all(column in text for column in columns)


@both_eras
@pytest.mark.parametrize(
    "uri",
    [
        "blog://nowhere",
        "blog://posts/no-such-post",
        "blog://posts/hamiltonian-walks/sections/no-such-section",
        "blog://tags/no-such-tag",
        "blog://posts/..%2F..%2Fetc%2Fpasswd",
        "file:///etc/passwd",
    ],
)
def test_an_unknown_address_is_told_as_the_clients_mistake(synced: BlogTools, uri: str, era: str) -> None:
    async def reading(client: Client) -> MCPError:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(uri)
        return caught.value

    error = with_client(synced.snapshots, reading, era).error
    assert error.code == INVALID_PARAMS and error.data == {"uri": uri}


# What blog://status says


def test_the_state_of_a_fresh_machine_is_the_catalogue(catalogue: BlogTools) -> None:
    facts = json.loads(read(catalogue, "blog://status"))
    assert facts["ok"] is True and facts["source"] == "catalogue" and facts["model"] == "embedded"
    assert str(catalogue.snapshots.home) not in json.dumps(facts)


@pytest.mark.parametrize("damaged", ["warehouse.duckdb", "index/sections/meta.json", "manifest.json"])
def test_a_damaged_snapshot_is_served_as_such(synced: BlogTools, tmp_path: Path, damaged: str) -> None:
    shutil.copytree(synced.snapshots.home, tmp_path / "home")
    snapshots = Snapshots(Settings(home=tmp_path / "home", site=synced.snapshots.site))
    folder = next((tmp_path / "home").glob("sites/*/snapshots/*"))
    (folder / damaged).write_bytes(b"not what it was")
    facts = json.loads(read(BlogTools(snapshots), "blog://status"))
    assert facts["ok"] is False and "bounded sync" in facts["problem"]
    assert len(with_client(snapshots, lambda client: client.list_tools()).tools) == 4


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    snapshots = Snapshots(Settings(home=tmp_path / "home"))
    facts = json.loads(read(BlogTools(snapshots), "blog://status"))
    assert facts["ok"] is False and "BOUNDED_HOME" in facts["problem"] and str(tmp_path) not in facts["problem"]
    listed = with_client(snapshots, lambda client: client.list_resources()).resources
    assert [resource.uri for resource in listed] == FIXED


# Completion


def completed(blog: BlogTools, uri: str, name: str, typed: str, given: dict[str, str], era: str = "auto") -> list[str]:
    ref: Any = ResourceTemplateReference(type="ref/resource", uri=uri)
    if not uri.startswith("blog://"):
        ref = PromptReference(type="ref/prompt", name=uri)
    argument = {"name": name, "value": typed}
    done = with_client(blog.snapshots, lambda client: client.complete(ref, argument, context_arguments=given), era)
    values: list[str] = done.completion.values
    return values


POST, SECTION, TAG = "blog://posts/{slug}", "blog://posts/{slug}/sections/{anchor}", "blog://tags/{tag}"


@both_eras
@pytest.mark.parametrize(
    ("ref", "name", "typed", "given", "first"),
    [
        (POST, "slug", "hamiltonian-m", {}, "hamiltonian-monte-carlo"),
        (POST, "slug", "monte carlo", {}, "hamiltonian-monte-carlo"),
        (POST, "slug", "Hamltonian mote", {}, "hamiltonian-monte-carlo"),
        (SECTION, "anchor", "motiv", {"slug": "hamiltonian-monte-carlo"}, "motivation"),
        (SECTION, "anchor", "motivtion", {"slug": "hamiltonian-monte-carlo"}, "motivation"),
        (TAG, "tag", "mcm", {}, "MCMC"),
        (TAG, "tag", "bayesain", {}, "Bayesian"),
        ("explain", "level", "ex", {}, "expert"),
        ("explain", "topic", "mcm", {}, "MCMC"),
        ("implement", "post", "hamil", {}, "hamiltonian-monte-carlo"),
    ],
)
def test_an_argument_is_completed_by_beginning_and_by_likeness(
    catalogue: BlogTools, ref: str, name: str, typed: str, given: dict[str, str], first: str, era: str
) -> None:
    assert completed(catalogue, ref, name, typed, given, era)[0] == first


def test_completion_gives_all_for_nothing_typed_and_nothing_for_nonsense(catalogue: BlogTools) -> None:
    assert set(completed(catalogue, POST, "slug", "", {})) == set(catalogue.snapshots.current().warehouse.slugs())
    assert completed(catalogue, POST, "slug", "xqzxqz", {}) == []
    assert completed(catalogue, SECTION, "anchor", "", {}) == [], "an anchor of no post"
    assert completed(catalogue, POST, "unheard-of", "a", {}) == []


def test_no_more_than_a_hundred_values_come_at_once(catalogue: BlogTools) -> None:
    async def topics(client: Client) -> Any:
        ref = PromptReference(type="ref/prompt", name="explain")
        return (await client.complete(ref, {"name": "topic", "value": ""})).completion

    found = with_client(catalogue.snapshots, topics)
    assert len(found.values) == 100 < found.total and found.has_more


def test_what_begins_so_comes_before_what_holds_it_and_what_resembles_it() -> None:
    candidates = {"walks": "", "random-walk": "", "sidewalk": "", "wakls": "", "other": "a walk"}
    assert ranked("walk", candidates) == ["walks", "random-walk", "other", "sidewalk", "wakls"]


# Updates


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "EVERY", 0.02)


def rewrite(site: Served) -> None:
    path = next(path for path in site.pages if "kelly-bets" in path)
    kind, text = site.pages[path]
    site.pages[path] = (kind, text.replace("</p>", " And one more sentence.</p>", 1))


def test_a_listening_client_hears_of_the_posts_that_a_sync_changed(
    site: Served, tiny: TinyBlog, snapshots: Snapshots, quick: None
) -> None:
    sync(snapshots)
    changed, same = "blog://posts/kelly-bets", "blog://posts/coin-flips"

    async def listen(client: Client) -> list[str]:
        heard = []
        watched = ["blog://posts", changed, same, f"{changed}/equations"]
        async with client.listen(resources_list_changed=True, resource_subscriptions=watched) as events:
            rewrite(site)
            await anyio.to_thread.run_sync(lambda: sync(snapshots))
            with anyio.fail_after(30):
                async for event in events:
                    heard.append(getattr(event, "uri", type(event).__name__))
                    if heard[-1] == f"{changed}/equations":
                        return heard
        return heard

    heard = with_client(snapshots, listen)
    assert heard == ["ResourcesListChanged", "blog://posts", changed, f"{changed}/equations"]
    assert "And one more sentence." in read(BlogTools(snapshots), changed)


def test_a_subscriber_of_the_handshake_era_hears_of_them_too(site: Served, snapshots: Snapshots) -> None:
    """Over standard input and output, the one transport of that era with a way back to the client here."""
    sync(snapshots)
    environment = {"BOUNDED_HOME": str(snapshots.home), "BOUNDED_SITE": snapshots.site}
    command = StdioServerParameters(command=sys.executable, args=["-m", "agent", "mcp"], env=environment)
    heard: list[str] = []
    done = anyio.Event()

    async def hear(message: Any) -> None:
        heard.append(getattr(message.params, "uri", None) or message.method)
        if "blog://posts" in heard and "notifications/resources/list_changed" in heard:
            done.set()

    async def run() -> None:
        async with Client(command, mode="legacy", message_handler=hear) as client:
            assert client.server_capabilities.resources == ResourcesCapability(subscribe=True, list_changed=True)
            with pytest.warns(MCPDeprecationWarning):
                await client.subscribe_resource("blog://posts")
            rewrite(site)
            await anyio.to_thread.run_sync(lambda: sync(snapshots))
            with anyio.fail_after(30):
                await done.wait()

    anyio.run(run)
    assert "blog://schema" not in heard, "nobody subscribed to it"
