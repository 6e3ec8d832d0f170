"""Sections by meaning: a vector for each, made by an embeddings endpoint, and the sections nearest to a query's."""

from __future__ import annotations

import math
import threading
import time
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from hashlib import sha256
from operator import mul
from pathlib import Path
from typing import Protocol

import duckdb

from warehouse.errors import EmbeddingError
from warehouse.records import Near
from warehouse.section_texts import SectionText, SectionTexts
from warehouse.sql.query import open_readonly

FILE = "vectors.duckdb"
_CHARACTERS = 2_000
"""Of a section, its title and headings included, that its vector is made from: what models of 512 tokens can read."""
_BATCH = 64
_MOST_DIMENSIONS = 8_192
_NEAREST = 60
"""Sections that are found by meaning."""
_SYNC_SECONDS = 60.0
"""For one batch."""
_QUERY_SECONDS = 2.0
_REST = 60.0
"""Seconds for which an endpoint that failed is not asked for the vector of a query."""
_SAME = 0.99
"""Cosine of a text's vector and the one stored for it from which on the endpoint still has the model it had."""

Vector = Sequence[float]


class Embedder(Protocol):
    """An endpoint that turns texts into vectors; what it gives is untrusted."""

    @property
    def name(self) -> str:
        """Of the model: vectors of another one cannot be compared."""

    def embed(self, texts: Sequence[str], seconds: float) -> Sequence[Vector]:
        """A vector for each text, in order. Raises EmbeddingError when the endpoint fails or takes longer."""


def checked(embedder: Embedder, texts: Sequence[str], seconds: float, dimensions: int = 0) -> list[array[float]]:
    """The vectors of texts, each of length 1 and of one size, that of `dimensions` if given.

    Raises EmbeddingError when the endpoint fails or gives anything else.
    """
    given = embedder.embed(texts, seconds)
    try:
        vectors = [array("f", vector) for vector in given]
    except (TypeError, OverflowError) as error:
        raise EmbeddingError(f"the vectors of {embedder.name} are no numbers") from error
    sizes = {len(vector) for vector in vectors} | ({dimensions} if dimensions else set())
    if len(vectors) != len(texts):
        raise EmbeddingError(f"{embedder.name} gave {len(vectors)} vectors for {len(texts)} texts")
    if len(sizes) != 1 or not 0 < min(sizes) <= _MOST_DIMENSIONS:
        raise EmbeddingError(f"the vectors of {embedder.name} have {' and '.join(map(str, sorted(sizes)))} dimensions")
    return [_of_length_one(vector, embedder.name) for vector in vectors]


def _of_length_one(vector: array[float], name: str) -> array[float]:
    length = math.hypot(*vector)
    if not 0 < length < math.inf:  # false for NaN as well
        raise EmbeddingError(f"the vectors of {name} are not finite, or zero")
    return array("f", [number / length for number in vector])


def stored_model(folder: Path) -> str:
    """The model that the vectors of a snapshot are of, "" if it has none that can be read."""
    try:
        with closing(open_readonly(folder / FILE)) as connection:
            ((name,),) = connection.execute("SELECT name FROM model").fetchall()
            return str(name)
    except (duckdb.Error, ValueError):
        return ""


def store_vectors(folder: Path, stored: Path | None, embedder: Embedder) -> int:
    """Gives each section of a new snapshot's index its vector, and says how many of them were asked for.

    Those that the snapshot in the folder `stored` has for the same texts are taken over, if the endpoint still gives
    the same. Raises EmbeddingError when not all can be had; then there is no file of vectors.
    """
    try:
        with _known(stored, embedder) as known, closing(duckdb.connect(str(folder / FILE))) as connection:
            connection.execute("SET memory_limit='192MB'; SET threads=2")
            connection.execute("CREATE TABLE model AS SELECT $1::VARCHAR AS name", [embedder.name])
            return _Vectors(connection, known, embedder).fill(SectionTexts(folder / "index" / "sections.texts"))
    except BaseException as error:  # Ctrl-C as well: what is half done must not look done
        for path in folder.glob(f"{FILE}*"):
            path.unlink()
        if isinstance(error, duckdb.Error):
            raise EmbeddingError(f"the vectors cannot be stored: {str(error).splitlines()[0]}") from error
        raise


@contextmanager
def _known(stored: Path | None, embedder: Embedder) -> Iterator[duckdb.DuckDBPyConnection | None]:
    if stored is None or stored_model(stored) != embedder.name:
        yield None
        return
    with closing(open_readonly(stored / FILE)) as connection:
        yield connection


class _Vectors:
    """Fills the table of a new snapshot."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, known: duckdb.DuckDBPyConnection | None, embedder: Embedder
    ) -> None:
        self._connection, self._known, self._embedder = connection, known, embedder
        self._dimensions = self._asked = 0
        self._trusted = False

    def fill(self, texts: SectionTexts) -> int:
        for first in range(0, len(texts), _BATCH):
            numbers = range(first, min(first + _BATCH, len(texts)))
            passages = [_passage(texts.read(number)) for number in numbers]
            keys = [sha256(passage.encode()).hexdigest() for passage in passages]
            self._add(numbers, keys, passages)
        self._connection.execute("CHECKPOINT")
        return self._asked

    def _add(self, numbers: Sequence[int], keys: list[str], passages: list[str]) -> None:
        found: dict[str, Vector] = dict(self._taken_over(keys, passages))
        missing = [place for place, key in enumerate(keys) if key not in found]
        if missing:
            made = self._embed([passages[place] for place in missing])
            found.update(zip((keys[place] for place in missing), made, strict=True))
            self._asked += len(missing)
        table = f"vectors (number INTEGER, key VARCHAR, vector FLOAT[{self._dimensions}])"
        self._connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
        self._connection.execute(
            f"INSERT INTO vectors SELECT unnest($1), unnest($2), unnest($3)::FLOAT[{self._dimensions}]",
            [list(numbers), keys, [list(found[key]) for key in keys]],
        )

    def _taken_over(self, keys: list[str], passages: list[str]) -> Mapping[str, Vector]:
        if self._known is None:
            return {}
        sql = "SELECT key, vector FROM vectors WHERE key IN (SELECT unnest($1))"
        known: dict[str, Vector] = dict(self._known.execute(sql, [keys]).fetchall())
        if known and not self._trusted:  # the first: is it what the endpoint gives today?
            key, passage = next((key, text) for key, text in zip(keys, passages, strict=True) if key in known)
            (now,) = self._embed([passage])
            self._trusted = len(now) == len(known[key]) and sum(map(mul, now, known[key])) >= _SAME
        if not self._trusted:
            self._known = None if known else self._known
            return {}
        return known

    def _embed(self, passages: list[str]) -> list[array[float]]:
        vectors = checked(self._embedder, passages, _SYNC_SECONDS, self._dimensions)
        self._dimensions = len(vectors[0])
        return vectors


def _passage(section: SectionText) -> str:
    _, title, _, _, _, path, _ = section.facts
    return f"{' > '.join([title, *path])}\n{section.text}"[:_CHARACTERS]


class Vectors:
    """The vectors of one snapshot, searched with those of an endpoint; safe to share between threads."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._embedder = embedder
        self._resting = 0.0
        self._why = ""
        self._lock = threading.Lock()
        self._made = lru_cache(128)(self._vector_of)
        try:
            self._connection = open_readonly(folder / FILE)
            ((self._model, self._dimensions),) = self._connection.execute(
                "SELECT name, (SELECT len(vector) FROM vectors LIMIT 1) FROM model"
            ).fetchall()
        except (duckdb.Error, ValueError):
            self._model, self._dimensions = "", 0

    def nearest(self, query: str) -> Near:
        """The sections nearest to a query, or a note that says why there are none: never an error, and soon."""
        if self._model != self._embedder.name:
            what = f"its vectors are of {self._model}" if self._model else "it has no vectors"
            return Near(note=f"searched without the endpoint's vectors: {what}; run `bounded sync`")
        if time.monotonic() < self._resting:
            return Near(note=self._why)
        try:
            vector = self._made(query[:_CHARACTERS])
            with self._connection.cursor() as cursor:
                return Near(cursor.execute(_NEAREST_SQL.format(self._dimensions), [list(vector)]).fetchall())
        except (EmbeddingError, duckdb.Error) as error:
            with self._lock:
                self._why = f"searched without the endpoint's vectors: {str(error).splitlines()[0]}"
                self._resting = time.monotonic() + _REST
            return Near(note=self._why)

    def _vector_of(self, query: str) -> array[float]:
        (vector,) = checked(self._embedder, [query], _QUERY_SECONDS, self._dimensions)
        return vector


_NEAREST_SQL = (
    "SELECT number, array_inner_product(vector, $1::FLOAT[{}]) AS likeness FROM vectors"
    f" ORDER BY likeness DESC, number LIMIT {_NEAREST}"
)
