"""`bounded`: the commands, their text and JSON faces, and the exit codes 0, 1 (an anticipated error) and 2 (usage)."""

from __future__ import annotations

import io
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from agent.terminal import narrate, print_json, print_markdown, print_result, progress, show
from tools import limits
from warehouse.errors import BlogError
from warehouse.settings import load_settings

if TYPE_CHECKING:
    from tools.blog import BlogTools
    from warehouse.snapshot import Snapshots

app = typer.Typer(
    name="bounded",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Ask a technical blog anything: short answers, every sentence proved by a quote.\n\n"
    'Example: `bounded ask "Why does Real NVP use masks?"`',
)

Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]
SiteOption = Annotated[
    str | None,
    typer.Option(
        "--site", help="Blog to use, e.g. https://bjlkeng.io [default: BOUNDED_SITE, else the one synced last]."
    ),
]


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="A question in plain words.")],
    thread: Annotated[str, typer.Option(help="Name of a conversation to start or continue.")] = "",
    site: SiteOption = None,
    as_json: Json = False,
) -> None:
    """Answer a question, with proof.

    Example: `bounded ask "What is bits-back coding?"`
    """
    from agent.ask import Assistant

    record = Assistant(_blog(site)).record(question, thread=thread, listener=narrate)
    if as_json:
        print_json(record.as_json())
    else:
        show(question, record.answer)


@app.command()
def chat(
    thread: Annotated[str, typer.Option(help="Name of the conversation to start or continue.")] = "chat",
    site: SiteOption = None,
) -> None:
    """Talk with the blog: follow-up questions understand what came before.

    Example: `bounded chat --thread flows`
    """
    from agent.ask import Assistant
    from agent.chat import chat as converse

    blog = _blog(site)
    assistant = Assistant(blog)
    converse(
        lambda question: show(question, assistant.ask(question, thread=thread, listener=narrate)),
        blog.snapshots.home / "chat-history",
    )


@app.command()
def threads(
    delete: Annotated[str, typer.Option(help="Name of a conversation to forget.")] = "",
    as_json: Json = False,
) -> None:
    """List the stored conversations, or delete one.

    Example: `bounded threads --delete flows`
    """
    from agent.threads import Threads

    kept = Threads(load_settings().home.expanduser())
    if delete:
        kept.delete(delete)
    found = kept.all()
    if as_json:
        print_json([asdict(thread) for thread in found])
        return
    for stored in found:
        print(f"{stored.name}: {stored.questions} questions, last {stored.updated[:16]}: {stored.last_question}")
    if not found:
        print("no thread is stored; `bounded ask QUESTION --thread NAME` starts one", file=sys.stderr)


@app.command()
def verify(
    file: Annotated[typer.FileText, typer.Argument(help="What `bounded ask --json` printed; - for standard input.")],
    site: SiteOption = None,
    as_json: Json = False,
) -> None:
    """Check the quotes of a stored answer again, without any model; exit 1 when one does not hold.

    Example: `bounded verify answer.json`
    """
    from agent.verify import verify as check

    checked = check(file.read(), _snapshots(site).current())
    if as_json:
        print_json(asdict(checked))
    else:
        for quote in checked.quotes:
            where = "in the evidence" if quote.in_evidence else "NOT in the evidence"
            where += ", in the blog as stored now" if quote.in_blog else ", not in the blog as stored now"
            print(f'{where}: "{quote.quote}" ({quote.url})')
        print(f"{len(checked.quotes)} quotes: {'all hold' if checked.holds else 'not all hold'}")
        if checked.note:
            print(checked.note)
    if not checked.holds:
        raise typer.Exit(1)


@app.command()
def graph() -> None:
    """Print the agent's graph as a Mermaid diagram.

    Example: `bounded graph > agent.mmd`
    """
    from agent.ask import Assistant

    print(Assistant(_blog(None)).graph().get_graph().draw_mermaid(), end="")


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="Keywords or a question.")],
    limit: Annotated[int, typer.Option(min=1, max=limits.SEARCH_HITS_MAX, help="Hits to show.")] = limits.SEARCH_HITS,
    tag: Annotated[str, typer.Option(help="Only posts with this tag.")] = "",
    since: Annotated[str, typer.Option(help="Only posts from this ISO date on.")] = "",
    until: Annotated[str, typer.Option(help="Only posts up to this ISO date.")] = "",
    site: SiteOption = None,
    as_json: Json = False,
) -> None:
    """Search the sections of the posts.

    Example: `bounded search "leapfrog integrator" --limit 3`
    """
    blog = _blog(site)
    found = blog.search_posts(query, limit, tag, since, until)
    if sys.stdout.isatty() and not as_json:
        index = blog.snapshots.current().index
        found = replace(found, hits=[replace(hit, snippet=index.marked(query, hit.snippet)) for hit in found.hits])
    print_result(found, as_json)


@app.command()
def sql(
    query: Annotated[
        str, typer.Argument(help="One DuckDB SELECT over posts, topics, sections, post_links, ...", show_default=False)
    ] = "",
    schema: Annotated[bool, typer.Option("--schema", help="Show every table and column instead.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the rows as CSV.")] = False,
    site: SiteOption = None,
    as_json: Json = False,
) -> None:
    """Query the metadata with SQL; read-only.

    Example: `bounded sql "SELECT year, count(*) FROM posts GROUP BY year ORDER BY year"`
    """
    blog = _blog(site)
    if schema == bool(query) or (as_csv and as_json):
        raise typer.BadParameter("give one query or --schema, and at most one of --csv and --json")
    if schema and as_json:
        print_json([asdict(relation) for relation in blog.snapshots.current().warehouse.schema()])
    elif schema:
        print_markdown(blog.schema())
    elif as_csv:
        from tools.render import csv_table

        rows = blog.query_metadata(query)
        print(csv_table(rows.columns, rows.rows), end="")
        if rows.note:
            print(f"Note: {rows.note}", file=sys.stderr)
    else:
        print_result(blog.query_metadata(query), as_json)


@app.command()
def fetch(
    post: Annotated[str, typer.Argument(help="Slug, title or URL of a post.")],
    section: Annotated[str, typer.Option(help="Only this section: anchor, number or heading.")] = "",
    start: Annotated[int, typer.Option(min=0, help="Character to begin at.")] = 0,
    max_chars: Annotated[
        int, typer.Option(min=limits.PAGE_CHARS_MIN, max=limits.PAGE_CHARS_MAX, help="Size of one part.")
    ] = limits.PAGE_CHARS,
    site: SiteOption = None,
    as_json: Json = False,
) -> None:
    """Read a post from the live site as Markdown.

    Example: `bounded fetch hamiltonian-monte-carlo --section motivation`
    """
    print_result(_blog(site).fetch_post(post, section, start, max_chars), as_json)


@app.command()
def sync(
    full: Annotated[bool, typer.Option("--full", help="Parse every page again, changed or not.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Publish even if more than a third of the posts go.")] = False,
    site: SiteOption = None,
    as_json: Json = False,
) -> None:
    """Read the blog and index it, only what changed since the last time; it becomes the default blog.

    Example: `bounded sync --site https://bjlkeng.io`
    """
    from warehouse.build import sync as sync_blog

    snapshots = _snapshots(site)
    with progress(snapshots.site) as said:
        report = sync_blog(
            snapshots,
            said,
            full=full,
            force=force,
            waiting=lambda holder: print(f"waiting for another sync to end: {holder}", file=sys.stderr),
        )
    if as_json:
        print_json(asdict(report))
        return
    from tools.render import sync_summary

    print(sync_summary(report))


@app.command()
def status(site: SiteOption = None, as_json: Json = False) -> None:
    """Show which blog, snapshot and model would answer.

    Example: `bounded status --json`
    """
    from agent.settings import ModelSettings

    facts = {**_blog(site).status(), "model": ModelSettings().name}
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        print(f"{name:12} {', '.join(map(str, value)) if isinstance(value, list) else value}")


@app.command()
def mcp(
    http: Annotated[str, typer.Option(metavar="HOST:PORT", help="Serve streamable HTTP there, at /mcp.")] = "",
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Host name by which clients reach the HTTP server; may be repeated.")
    ] = None,
    site: SiteOption = None,
) -> None:
    """Serve tools, resources and prompts to MCP clients, over standard input and output or HTTP.

    Example: `bounded mcp --http 127.0.0.1:8000`
    """
    if http:
        from agent.mcp.http import serve_http

        serve_http(_snapshots(site), http, allow_host or ())
    else:
        from agent.mcp.server import serve_stdio

        serve_stdio(_snapshots(site))


@app.command()
def install(
    client: Annotated[
        list[str], typer.Option(help="claude-desktop, claude-code, cursor, vscode, ...; may be repeated.")
    ],
    project: Annotated[bool, typer.Option("--project", help="Its file in this folder, not the user's own.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the change and make none.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the server out again.")] = False,
) -> None:
    """Add the MCP server to a client's configuration; all else in it stays, and a backup is kept.

    Example: `bounded install --client cursor --dry-run`
    """
    from agent.install.command import install_into

    install_into(client, in_project=project, dry_run=dry_run, remove=remove)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False) -> None:
    if version:
        from importlib.metadata import version as installed

        print(installed("bounded-rationality"))
        raise typer.Exit


def main() -> None:
    """Entry point: an anticipated error is one line on stderr and exit 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a pipe that is not UTF-8 must not end in a traceback
    try:
        app()
    except BlogError as error:
        print(f"bounded: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(1)


def _snapshots(site: str | None) -> Snapshots:
    from agent.models import build_embedder
    from agent.settings import ModelSettings
    from warehouse.snapshot import Snapshots

    return Snapshots(load_settings(site=site), build_embedder(ModelSettings()))


def _blog(site: str | None) -> BlogTools:
    from tools.blog import BlogTools

    return BlogTools(_snapshots(site))
