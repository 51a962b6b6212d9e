"""The columns that artifacts are found, counted and sorted by, as arrays in memory.

A count of three million rows by seven facets takes tens of milliseconds of them, where SQL over the same rows takes
half a second of both cores. The refs are held as DuckDB holds text in memory: looking through them there takes half of
what it takes in a file, where they are packed.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.shapes import Db
from headgate.workspace import quoted

if TYPE_CHECKING:
    from headgate.web.snapshot import Kept, Snapshot

Array: TypeAlias = npt.NDArray[Any]
_CREATED = "CASE WHEN year(created) BETWEEN 1 AND 9999 THEN created END"
FACETS = {
    "kind": "kind", "hub": "hub", "licence": "licence", "family": "family", "author": "author", "pipeline": "pipeline",
    "year": f"year({_CREATED})::VARCHAR", "window": "downloads_window",
}  # fmt: skip
NUMBERS = {
    "downloads": "downloads", "likes": "likes", "derived": "children",
    "newest": f"floor(epoch({_CREATED}))::BIGINT",
}  # fmt: skip
TEXTS = 64  # answers to words of ids that are kept, as one bit an artifact
_PARTED = b"\xff"  # is in no UTF-8
_CODES = """
WITH counted AS (SELECT {column} AS value, count(*) AS n FROM shelf.artifacts WHERE {column} IS NOT NULL GROUP BY ALL),
     coded AS (SELECT value, (row_number() OVER (ORDER BY n DESC, value) - 1)::INTEGER AS code FROM counted)
"""


@dataclass(frozen=True, slots=True, eq=False)
class Facet:
    """`codes` has a number for each artifact: the place of its value among all by frequency, their number for none."""

    codes: Array
    text: bytes
    starts: Array

    @property
    def size(self) -> int:
        """How many values there are."""
        return len(self.starts)

    def value(self, code: int) -> str | None:
        """The value that has `code`; None for none."""
        if code >= self.size:
            return None
        start = int(self.starts[code])
        return self.text[start : self.text.index(_PARTED, start)].decode()

    def code(self, value: str) -> int:
        """The code of `value`; -1 where no artifact has it."""
        found = self.text.find(_PARTED + value.encode(errors="replace") + _PARTED)
        return int(np.searchsorted(self.starts, found + 1)) if found >= 0 else -1


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Arrays by id: facets, numbers to sort by, whether it is listed; and the ids that each check flags.

    An unknown number is one below the smallest of all, `unknown`, so that it sorts last. `refs` has a table `refs` of
    the folded refs, whose row ids are the ids.
    """

    refs: Db

    facets: dict[str, Facet]
    numbers: dict[str, Array]
    unknown: dict[str, int]
    listed: npt.NDArray[np.bool_]
    flags: dict[str, Array]
    texts: OrderedDict[tuple[str, ...], Array] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def having(self, words: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        """For each artifact whether its folded ref holds all of `words`."""
        with self.lock:  # one at a time: each takes every core, and memory for a number a hit
            packed = self.texts.get(words)
            if packed is None:
                said = " AND ".join(f"contains(folded, $w{n})" for n in range(len(words)))
                bound = {f"w{n}": word for n, word in enumerate(words)}
                found = self.refs.execute(f"SELECT rowid::INTEGER AS id FROM refs WHERE {said}", bound).fetchnumpy()
                hits = np.zeros(len(self.listed), bool)
                hits[found["id"]] = True
                self.texts[words] = packed = np.packbits(hits)
                while len(self.texts) > TEXTS:
                    self.texts.popitem(last=False)
        return np.unpackbits(packed, count=len(self.listed)).view(bool)


_HELD: weakref.WeakKeyDictionary[Kept, Columns] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


def of(snapshot: Snapshot) -> Columns:
    """The columns of `snapshot`, read once; about 40 bytes an artifact."""
    with _LOCK:
        if snapshot.kept not in _HELD:
            _HELD[snapshot.kept] = _read(snapshot.cursor())
        return _HELD[snapshot.kept]


def _read(db: Db) -> Columns:
    size = int(db.execute("SELECT count(*) FROM shelf.artifacts").fetchall()[0][0])
    facets = {name: _facet(db, column, size) for name, column in FACETS.items()}
    numbers, unknown = dict[str, Array](), dict[str, int]()
    for name, column in NUMBERS.items():
        sql = f"SELECT id, {column} AS n FROM shelf.artifacts WHERE {column} IS NOT NULL"
        ids, values = _pairs(db, sql)
        unknown[name] = int(values.min(initial=0)) - 1
        numbers[name] = _narrow(_placed(ids, values, size, unknown[name]))
    listed = np.ones(size, bool)
    listed[db.execute("SELECT id FROM shelf.artifacts WHERE depicts_person").fetchnumpy()["id"]] = False
    checks = [row[0] for row in db.execute('SELECT DISTINCT "check" FROM shelf.flags ORDER BY 1').fetchall()]
    sql = 'SELECT id FROM shelf.flags WHERE "check" = ? ORDER BY id'
    flags = {check: np.asarray(db.execute(sql, [check]).fetchnumpy()["id"]) for check in checks}
    return Columns(_refs(db), facets, numbers, unknown, listed, flags)


def _refs(db: Db) -> Db:
    import duckdb

    file = db.execute("SELECT path FROM duckdb_databases() WHERE database_name = 'shelf'").fetchall()[0][0]
    held = duckdb.connect()
    held.execute(f"ATTACH {quoted(file)} AS shelf (READ_ONLY)")
    held.execute("CREATE TABLE refs AS SELECT folded FROM shelf.artifacts")  # which are in the order of their ids
    held.execute("DETACH shelf")
    return held


def _facet(db: Db, column: str, size: int) -> Facet:
    coded = _CODES.format(column=column)
    values = [row[0].encode() for row in db.execute(f"{coded} SELECT value FROM coded ORDER BY code").fetchall()]
    ids, codes = _pairs(db, f"{coded} SELECT id, code FROM shelf.artifacts JOIN coded ON {column} = value")
    starts = np.cumsum([1, *(len(value) + 1 for value in values)])[:-1]
    text = _PARTED + b"".join(value + _PARTED for value in values)
    smallest = np.min_scalar_type(len(values))
    return Facet(_placed(ids, codes, size, len(values)).astype(smallest), text, starts)


def _pairs(db: Db, sql: str) -> tuple[Array, npt.NDArray[np.int64]]:
    ids, values = db.execute(sql).fetchnumpy().values()
    return np.asarray(ids), np.asarray(values, np.int64)


def _placed(ids: Array, values: Array, size: int, default: int) -> Array:
    placed = np.full(size, default, values.dtype)
    placed[ids] = values
    return placed


def _narrow(values: Array) -> Array:
    # half the memory where it is enough
    fits = not len(values) or (values.min() > -(2**31) and values.max() < 2**31)
    return values.astype(np.int32) if fits else values
