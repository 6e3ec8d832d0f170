"""A metadata question understood: filters, measure, grouping, order and limit over the posts, and the SQL they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from agent.metadata.measures import PUBLISHED, TITLE, Group, Measure
from agent.metadata.orders import Order
from agent.metadata.periods import Condition
from agent.metadata.reading import where

Aggregate = Literal["", "count", "sum", "avg", "median", "max", "min", "share", "any"]
Form = Literal["number", "list", "top", "series", "value", "compare", "yes"]


@dataclass(frozen=True, slots=True)
class PostQuery:
    """Posts that fulfil `conditions`: listed, ranked, counted, measured, grouped."""

    conditions: Sequence[Condition] = ()
    order: Order | None = None
    aggregate: Aggregate = ""
    measure: Measure | None = None
    group: Group | None = None
    having: str = ""
    """Condition on a group, over its `value`."""
    count_groups: bool = False
    best_of_each: bool = False
    """The order's first of each group, not the groups."""
    most_first: bool | None = None
    """Whether groups come by value, largest first (True) or smallest (False); None: by name."""
    top_groups: int = 0
    skip_groups: int = 0
    base: Sequence[Condition] = ()
    """What a share is taken of."""
    alternatives: Sequence[Condition] = ()
    """Compared with each other: one row for each."""
    cumulative: bool = False
    then_by: Order | None = None
    """How the posts chosen by the order are arranged."""
    columns: Sequence[str] = field(default=())
    """Further columns of a list, SQL with its name."""

    def narrowed(self, conditions: Sequence[Condition]) -> PostQuery:
        return replace(self, conditions=[*self.conditions, *conditions])

    @property
    def form(self) -> Form:
        if self.alternatives:
            return "compare"
        if self.count_groups or (self.aggregate not in ("", "any") and self.group is None):
            return "number"
        if self.group is not None:
            return "top" if self.top_groups and not self.best_of_each else "series"
        if self.aggregate == "any":
            return "yes"
        return "top" if self.order is not None and self.order.limit else "list"

    @property
    def unit(self) -> str:
        if self.count_groups and self.group is not None:
            return f"{self.group.name}s"
        if self.aggregate in ("", "count", "any", "share") and self.group is None:
            return "posts"
        if self.measure is not None:
            return self.measure.name.replace("_", " ")
        return self.group.unit if self.group else "posts"

    def sql(self) -> str:
        if self.alternatives:
            return self._alternatives_sql()
        if self.group is not None:
            return self._best_sql(self.group) if self.best_of_each else self._groups_sql(self.group)
        if self.aggregate not in ("", "any"):
            return self._aggregate_sql()
        return self._list_sql()

    def slugs(self) -> str:
        """The SQL of the slug of the first post of a list, for use as a value."""
        order = self.order.sql() if self.order else "p.published"
        skip = f" OFFSET {self.order.skip}" if self.order and self.order.skip else ""
        return (
            f"(SELECT p.slug FROM posts p{where(self.conditions)} ORDER BY {order}, p.published, p.slug LIMIT 1{skip})"
        )

    def _list_sql(self) -> str:
        order = self.order
        shown = ["p.title", "p.published", *self.columns]
        if order is not None and order.measure not in (PUBLISHED, TITLE):
            shown.append(f"{order.measure.sql} AS {order.measure.name}")
        sql = f"SELECT {', '.join(dict.fromkeys(shown))} FROM posts p{where(self.conditions)}"
        if order is None:
            return f"{sql} ORDER BY p.published"
        if order.limit:
            # Ties are all named; a place further down counts distinct values, so the second longest is one below the longest.
            ranked = (
                f"dense_rank() OVER (ORDER BY {order.sql()})"
                if order.skip and order.measure is not PUBLISHED
                else f"rank() OVER (ORDER BY {order.sql()})"
            )
            last = order.skip + order.limit
            chosen = f"BETWEEN {order.skip + 1} AND {last}" if order.skip else f"<= {last}"
            sql += f" QUALIFY {ranked} {chosen}"
        if self.then_by is not None:
            return f"{sql} ORDER BY {self.then_by.sql()}, p.published"
        return f"{sql} ORDER BY {order.sql()}, p.published"

    def _value(self) -> str:
        if self.aggregate == "share" or self.measure is None:
            return "count(*)"
        if self.aggregate in ("avg", "median"):
            return f"round({self.aggregate}({self.measure.sql}), 1)"
        return f"{self.aggregate if self.aggregate not in ('', 'count') else 'sum'}({self.measure.sql})"

    def _value_name(self) -> str:
        if self.measure is None:
            return "posts"
        how = {"avg": "average_", "median": "median_", "max": "most_", "min": "fewest_"}.get(self.aggregate, "")
        return f"{how}{self.measure.name}"

    def _aggregate_sql(self) -> str:
        if self.aggregate == "share":
            met = " AND ".join(condition.sql for condition in self.conditions) or "true"
            share = f"round(100.0 * count(*) FILTER (WHERE {met}) / count(*), 1) AS percent"
            return f"SELECT {share}, count(*) FILTER (WHERE {met}) AS posts, count(*) AS of_posts FROM posts p{where(self.base)}"
        return f"SELECT {self._value()} AS {self._value_name()} FROM posts p{where(self.conditions)}"

    def _group_value(self, group: Group) -> tuple[str, str]:
        if self.measure is None:
            return group.counted, group.unit.replace(" ", "_")
        return self._value(), self._value_name()

    def _groups_sql(self, group: Group) -> str:
        value, name = self._group_value(group)
        having = f" HAVING {self.having.format(value=value)}" if self.having else ""
        by_key = f"min({group.order})" if group.order else "1"
        keyed = f"SELECT {group.key} AS {group.name}, {value} AS {name} FROM {group.source}{where(self.conditions)} GROUP BY 1{having}"
        if self.count_groups:
            return f"SELECT count(*) AS {group.name}s FROM ({keyed})"
        if self.cumulative:
            return f"SELECT {group.name}, sum({name}) OVER (ORDER BY {group.name}) AS {name}_so_far FROM ({keyed}) ORDER BY 1"
        if self.most_first is None:
            return f"{keyed} ORDER BY {by_key}"
        way = "DESC" if self.most_first else "ASC"
        if not self.top_groups:
            return f"{keyed} ORDER BY 2 {way}, {by_key}"
        first = self.skip_groups + 1
        return f"{keyed} QUALIFY {'dense_' if self.skip_groups else ''}rank() OVER (ORDER BY {value} {way}) BETWEEN {first} AND {first + self.top_groups - 1} ORDER BY 2 {way}, {by_key}"

    def _best_sql(self, group: Group) -> str:
        """The posts that come first within each group."""
        order = self.order or Order(PUBLISHED, False)
        shown = "p.published" if order.measure in (PUBLISHED, TITLE) else f"{order.measure.sql} AS {order.measure.name}"
        return (
            f"SELECT {group.key} AS {group.name}, {shown}, p.title FROM {group.source}{where(self.conditions)}"
            f" QUALIFY rank() OVER (PARTITION BY {group.key} ORDER BY {order.sql()}) <= {max(1, order.limit)}"
            f" ORDER BY {group.order or group.key}, {order.sql()}"
        )

    def _alternatives_sql(self) -> str:
        if self.measure is None:
            value, name = "count(*)", "posts"
        else:
            value, name = self._value(), self._value_name()
        rows = (
            f"SELECT '{condition.words.replace(chr(39), chr(39) * 2)}' AS which, {value} AS {name} FROM posts p{where([*self.conditions, condition])}"
            for condition in self.alternatives
        )
        return f"SELECT which, {name} FROM ({' UNION ALL '.join(rows)}) ORDER BY 2 DESC"
