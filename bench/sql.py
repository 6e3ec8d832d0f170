"""What the query tool costs beside bare DuckDB, over MCP: `python bench/sql.py [ROUNDS]`.

Starts `bounded mcp` on the built-in catalogue and asks it the same queries as a bare connection. What the protocol
itself costs is measured by a tool that does nothing, on a server of the same SDK, and taken off: the ratio is (query
over MCP - nothing over MCP) / bare DuckDB. The three are timed
in turn, so that a busy machine slows all of them; there only the fastest tenth says much, for the slow moments of one
are not those of another.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import quantiles

import anyio
import duckdb
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from warehouse.settings import Settings
from warehouse.snapshot import Snapshots

QUERIES = {
    "count": "SELECT count(*) FROM posts",
    "years": "SELECT year, count(*) AS posts, sum(word_count) AS words FROM posts GROUP BY year ORDER BY year",
    "tags": "SELECT p.title, string_agg(t.tag, ', ' ORDER BY t.tag) AS tags FROM posts p JOIN topics t USING (slug)"
    " GROUP BY p.title, p.published ORDER BY p.published DESC LIMIT 10",
    "links": "SELECT target_slug, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS place FROM post_links"
    " GROUP BY ALL ORDER BY n DESC, target_slug LIMIT 10",
}
NOTHING = (
    "from mcp.server import MCPServer; from tools.results import Rows; server = MCPServer('nothing');"
    "exec('''def nothing(sql: str) -> Rows:\\n    return Rows(['n'], [[1]], 1, False)''');"
    "server.add_tool(nothing); server.run()"
)


async def timed(do: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    await do()
    return 1000 * (time.perf_counter() - began)


async def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        warehouse = Snapshots(Settings(home=Path(home))).current().folder / "warehouse.duckdb"
        bare = duckdb.connect(str(warehouse), read_only=True)
        env = {**os.environ, "BOUNDED_HOME": home, "BOUNDED_SITE": ""}
        env.pop("BOUNDED_SITE")
        command = StdioServerParameters(command=sys.executable, args=["-m", "agent", "mcp"], env=env)
        idle = StdioServerParameters(command=sys.executable, args=["-c", NOTHING], env=env)
        async with Client(stdio_client(command)) as blog, Client(stdio_client(idle)) as nothing:

            async def in_duckdb(sql: str) -> object:
                return bare.cursor().execute(sql).fetchall()

            print(f"{rounds} rounds; milliseconds, fastest tenth / p50 / p95")
            for name, sql in QUERIES.items():
                times: list[list[float]] = [[], [], []]
                for _ in range(rounds + 5):
                    for kept, do in zip(
                        times,
                        (
                            lambda: blog.call_tool("query_metadata", {"sql": sql}),  # noqa: B023  called at once
                            lambda: nothing.call_tool("nothing", {"sql": sql}),  # noqa: B023
                            lambda: in_duckdb(sql),  # noqa: B023
                        ),
                        strict=True,
                    ):
                        kept.append(await timed(do))
                marks = [(q[9], q[49], q[94]) for q in (quantiles(kept[5:], n=100) for kept in times)]
                shown = ", ".join(
                    f"{what} {p10:.2f} / {p50:.2f} / {p95:.2f}"
                    for what, (p10, p50, p95) in zip(("query", "nothing", "bare"), marks, strict=True)
                )
                ratios = " / ".join(f"{(marks[0][at] - marks[1][at]) / marks[2][at]:.2f}" for at in (0, 1, 2))
                print(f"{name:6} over MCP: {shown}; ratio beyond the protocol {ratios}")
        bare.close()


if __name__ == "__main__":
    anyio.run(main, int(sys.argv[1]) if len(sys.argv) > 1 else 300)
