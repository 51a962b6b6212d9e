"""The few shapes that modules pass to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import duckdb

# Named as text, so that reading this file does not load DuckDB.
Db: TypeAlias = "duckdb.DuckDBPyConnection"
Relation: TypeAlias = "duckdb.DuckDBPyRelation"

STAGES = ("collect", "link", "detect", "measure", "govern")


@dataclass(frozen=True, slots=True)
class Param:
    """One keyword of a method: its name, type as written, default, whether it has one, and what is said of it."""

    name: str
    type: str
    default: object
    required: bool
    help: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """What the folder says of a method, read without importing it."""

    stage: str
    name: str
    summary: str
    doc: str
    needs: tuple[str, ...] = ()
    sensitive: bool = False
    harm: str | None = None
    risks: tuple[str, ...] = ()  # ids of data/risks.csv that it looks at
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Records of one hub page, each the text of one JSON object, and where to go on.

    `next` is None on the last page; otherwise any text that `collect` accepts as `start`.
    `hub` and `kind` say what the records are: huggingface model, huggingface dataset, civitai model,
    file model, file dataset. `complete`, on the last page, says that the hub has nothing else.
    """

    lines: Sequence[str | bytes]
    next: str | None
    hub: str
    kind: str
    complete: bool = False


@dataclass(slots=True)
class Run:
    """What `runs/<id>.json` records: who made which rows, from what, and how it ended."""

    id: str
    stage: str
    method: str
    version: str
    params: dict[str, Any]
    started: str
    status: str = "running"  # running, done or failed
    finished: str | None = None
    seconds: float = 0.0
    rows: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    hub: str | None = None
    kind: str | None = None
    pages: int = 0
    cursor: str | None = None
    complete: bool = False  # a listing of everything the hub has, so what is absent is gone
    observed: str | None = None
    inputs: dict[str, str] = field(default_factory=dict)  # sha256 of each file that a parameter names
    replaces: list[str] = field(default_factory=list)  # part files that a compaction made superfluous
