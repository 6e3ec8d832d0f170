"""What an untrusted statement may be: one SELECT over the snapshot's own tables, judged on DuckDB's own syntax tree.

Whatever is not known to be harmless is refused: kinds of query, of table reference and of expression are allowlists,
functions too (`functions.py`), and a table is one of ours or a WITH query in whose scope its name stands.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, NoReturn

from warehouse.errors import QueryError
from warehouse.sql.functions import CALLS, TABLES

_QUERIES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_TABLE_REFS = {"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EMPTY", "EXPRESSION_LIST", "PIVOT", "SHOW_REF"}
_EXPRESSIONS = set(
    "COLUMN_REF CONSTANT FUNCTION WINDOW COMPARISON CONJUNCTION CAST CASE OPERATOR STAR SUBQUERY BETWEEN LAMBDA"
    " LAMBDA_REF COLLATE POSITIONAL_REFERENCE TYPE DEFAULT".split()
)
_SYSTEM = ("pg_", "duckdb_", "sqlite_", "pragma_", "information_schema")
_READ_ONLY = "only one SELECT (or WITH ... SELECT) is accepted: the blog's tables are read-only"


def admit(serialized: str, relations: Collection[str], *, pivots: bool = False) -> None:
    """Passes a statement, given as DuckDB's `json_serialize_sql` gives it, over tables named `relations`.

    `pivots` says whether its words include PIVOT, which a statement that cannot be serialized does not tell.

    Raises QueryError, naming the remedy, for any other.
    """
    try:
        tree: dict[str, Any] = json.loads(serialized)
        if tree.get("error"):
            _refuse_unserializable(tree, pivots)
        if len(tree["statements"]) != 1:
            raise QueryError("one statement at a time: send a single SELECT")
        statement = tree["statements"][0]
        if statement.get("named_param_map"):
            raise QueryError("parameters have no values here; write the values into the query")
        _Gate({name.lower() for name in relations}).query(statement["node"], frozenset())
    except RecursionError as error:
        raise QueryError("the query is nested too deeply; write it with WITH queries or joins") from error


def _refuse_unserializable(tree: dict[str, Any], pivots: bool) -> NoReturn:
    message = str(tree.get("error_message", "")).strip()
    if "depth limit" in message:
        raise QueryError("the query is nested too deeply (depth limit); write it with WITH queries or joins")
    if tree.get("error_type") == "parser":
        raise QueryError(f"the SQL does not parse: {message.splitlines()[0] if message else 'unknown error'}")
    hint = "; a PIVOT names its values, as in ON year IN (2016, 2017)" if pivots else ""
    raise QueryError(_READ_ONLY + hint)


class _Gate:
    """Walks a statement; every method raises QueryError for what it does not let through."""

    def __init__(self, relations: set[str]) -> None:
        self._relations = relations

    def query(self, node: dict[str, Any], scope: frozenset[str]) -> None:
        if node["type"] not in _QUERIES:
            raise QueryError(_READ_ONLY)
        for entry in (node.get("cte_map") or {}).get("map") or []:
            name = str(entry["key"]).lower()
            if name.startswith(_SYSTEM):
                raise QueryError(f"a WITH query may not be named like a system table ({name})")
            inner = entry["value"]["query_node"]
            recursive = inner["type"] == "RECURSIVE_CTE_NODE"
            # A name can be used after its definition; inside it only where it is recursive.
            self._walk(entry["value"], scope | {name} if recursive else scope)
            scope |= {name}
        if node["type"] == "RECURSIVE_CTE_NODE":
            scope |= {str(node.get("cte_name", "")).lower()}
        for name, value in node.items():
            if name != "cte_map":
                self._walk(value, scope, is_table=name == "from_table")

    def _walk(self, value: Any, scope: frozenset[str], *, is_table: bool = False) -> None:
        if isinstance(value, list):
            for part in value:
                self._walk(part, scope)
        elif isinstance(value, dict):
            named = value.get("type")
            kind = named if isinstance(named, str) else ""
            if "class" in value:
                self._expression(value, scope)
            elif kind.endswith("_NODE"):
                self.query(value, scope)
            elif is_table or kind in _TABLE_REFS:
                self._table_ref(value, scope)
            else:
                for part in value.values():
                    self._walk(part, scope)

    def _expression(self, node: dict[str, Any], scope: frozenset[str]) -> None:
        if node["class"] not in _EXPRESSIONS:
            raise QueryError(f"{str(node['class']).lower()} expressions are not available; write a plain SELECT")
        if "function_name" in node:
            self._function(node, CALLS)
        for part in node.values():
            self._walk(part, scope)

    def _function(self, node: dict[str, Any], allowed: Collection[str]) -> None:
        name = str(node["function_name"]).lower()
        path = [str(part).lower() for part in (node.get("qualified_name") or {}).get("path") or [name]]
        if name not in allowed or path not in ([name], ["main", name]):
            raise QueryError(f"the function {name!r} is not available; text, date, list and JSON functions are")

    def _table_ref(self, node: dict[str, Any], scope: frozenset[str]) -> None:
        kind = node.get("type")
        parts = dict(node)
        if kind not in _TABLE_REFS:
            raise QueryError(_READ_ONLY)
        if kind == "BASE_TABLE":
            self._table(node, scope)
        elif kind == "SHOW_REF":
            self._shown(node)
        elif kind == "TABLE_FUNCTION":
            function = parts.pop("function")
            self._function(function, TABLES)
            self._walk([part for name, part in function.items() if name != "function_name"], scope)
        for name, part in parts.items():
            inner = (kind == "JOIN" and name in ("left", "right")) or (kind == "PIVOT" and name == "source")
            self._walk(part, scope, is_table=inner and isinstance(part, dict))

    def _table(self, node: dict[str, Any], scope: frozenset[str]) -> None:
        name = str(node.get("table_name", ""))
        path = [str(part).lower() for part in (node.get("qualified_name") or {}).get("path") or []]
        own = name.lower() in self._relations and path in ([name.lower()], ["main", name.lower()])
        if not own and not (path == [name.lower()] and name.lower() in scope):
            raise QueryError(f"there is no table {'.'.join(path) or name!r}; {self._tables()}")

    def _shown(self, node: dict[str, Any]) -> None:
        """SHOW TABLES, and SHOW, DESCRIBE and SUMMARIZE of our tables and of queries over them."""
        name = str(node.get("table_name") or "").strip('"').lower()
        if name and name != "tables" and name not in self._relations:
            raise QueryError(f"only SHOW TABLES and DESCRIBE of the blog's tables are available; {self._tables()}")

    def _tables(self) -> str:
        return f"the tables are {', '.join(sorted(self._relations))}"
