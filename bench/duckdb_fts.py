"""DuckDB's full-text extension as an engine of `bench/search.py speed`, in a process and an environment of its own.

The package duckdb-extension-fts on PyPI holds the extension, but for one version of DuckDB that is not ours:
`python -m venv other && other/bin/pip install duckdb-extension-fts`, then `bench/search.py speed SNAPSHOT --duckdb
other/bin/python`. Reads rows as JSON lines from the file named first, keeps its database in the folder named second,
then answers each query on standard input, a JSON string on a line, with the number of hits.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb
import duckdb_extension_fts  # type: ignore[import-not-found]  # only in that other environment

(extension,) = Path(duckdb_extension_fts.__file__).parent.rglob("fts.duckdb_extension")
rows, folder = sys.argv[1:]
base = duckdb.connect(str(Path(folder, "fts.duckdb")))
base.execute(f"LOAD '{extension}'")
base.execute(
    "CREATE TABLE s AS SELECT row_number() OVER () AS id, title, heading, body"
    f" FROM read_json('{rows}', columns = {{title: 'VARCHAR', heading: 'VARCHAR', body: 'VARCHAR'}})"
)
base.execute("PRAGMA create_fts_index('s', 'id', 'title', 'heading', 'body')")
base.execute("CHECKPOINT")
print("ready", flush=True)
sql = "SELECT *, fts_main_s.match_bm25(id, ?) AS score FROM s WHERE score IS NOT NULL ORDER BY score DESC LIMIT 8"
for line in sys.stdin:
    print(len(base.execute(sql, [json.loads(line)]).fetchall()), flush=True)
