"""The few shapes that modules pass to each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import numpy.typing as npt

# Named as text, so that reading this file does not load DuckDB.
Db: TypeAlias = "duckdb.DuckDBPyConnection"
Relation: TypeAlias = "duckdb.DuckDBPyRelation"
Floats: TypeAlias = "npt.NDArray[np.float32]"

STAGES = ("collect", "link", "detect", "screen", "measure", "trace", "remove", "protect", "prove", "govern")


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
    reads: str = ""  # of a screen method: texts, images, pairs or table
    whole: bool = False  # of a screen method: it needs the whole dataset at once; of a measure method: the workspace
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
    subject: str | None = None  # the one dataset that a screening was about
    inputs: dict[str, str] = field(default_factory=dict)  # sha256 of each file that a parameter names
    replaces: list[str] = field(default_factory=list)  # part files that a compaction made superfluous


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of a dataset, read together: columns of equal length, empty where nobody asked for them.

    An id is the sha256, in hex, of the text (UTF-8), of the image's bytes, or of the row as JSON with sorted keys.
    `more` holds every column of the rows by name, for methods that read tables or pairs.
    """

    ids: list[str]
    texts: list[str] = field(default_factory=list)
    images: list[bytes] = field(default_factory=list)
    more: dict[str, list[object]] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)  # where each stands: row, line or member of its file, from 0
    file: str = ""  # that they stand in; told to methods that need the whole dataset


@dataclass(frozen=True, slots=True)
class Scores:
    """What a screener says of n items: `score` (n), `axes` (n x k) and short words; NaN where it could not tell."""

    score: Floats
    axes: Floats
    evidence: Sequence[str | None] | None = None


@dataclass(frozen=True, slots=True)
class Errors:
    """How a screener did on labelled rows: `hits` of `positives` flagged, `passed` of `negatives` not.

    The axis "" is the headline.
    """

    axis: str
    hits: int
    positives: int
    passed: int
    negatives: int
    rows: str


@dataclass(frozen=True, slots=True)
class Screener:
    """A method that is loaded: it scores batches, whatever items fall together. From `threshold` on an item counts.

    `certain` names the axes that are facts, such as a letter that stands there, and no guesses with errors.
    """

    score: Callable[[Batch], Scores]
    axes: tuple[str, ...] = ()
    threshold: float = 0.5
    errors: tuple[Errors, ...] = ()
    certain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a dataset as a whole; axis "" is the headline of the method."""

    axis: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    evidence: str


@dataclass(frozen=True, slots=True)
class Screened:
    """What a method that needs the whole dataset gives: ids and scores in parts, then findings."""

    parts: Iterable[tuple[Sequence[str], Scores]]
    axes: tuple[str, ...]
    findings: Sequence[Finding] | Callable[[], Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A table to read beside findings: what its rows are, names of columns, rows of words, numbers and None."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a measurement of files gives: figures as findings, tables to read, and the answer to what was asked.

    `asked` is what was asked, in words, empty where nothing was; `met` says whether it holds, None where that could
    not be told, and `because` why. `ref` names what was measured by its content; `notes` are for the reader.
    """

    ref: str
    findings: Sequence[Finding]
    tables: Sequence[Shown] = ()
    asked: str = ""
    met: bool | None = None
    because: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class OwnPictures:
    """Pictures of one's own: `pixels` (n, height, width, 3) uint8, `labels` (n) int64 or None, and a name for each."""

    pixels: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64] | None
    names: Sequence[str]
    classes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Protected:
    """A protected copy: `pixels` as those of the pictures, and what was done to them, in one line."""

    pixels: npt.NDArray[np.uint8]
    how: str


@dataclass(frozen=True, slots=True)
class Items:
    """A dataset to stream as often as one likes, a folder for what memory does not hold, and the ref of its content."""

    batches: Callable[[], Iterator[Batch]]
    scratch: Path
    path: Path
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """What to read of each row: the column of the text and of the image (None: guess), and whether all others too."""

    reads: str = "texts"  # texts, images, pairs or table
    text: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Shard:
    """A piece of a dataset that one worker reads: rows, bytes or members `start` to `end` of `file` in its folder."""

    number: int
    file: str
    format: str  # parquet, jsonl, csv, text, arrow, tar or images
    start: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be read: the file, where in it (row, line or member; None: all of it), and why, in one line.

    `count` is how many items that is: 1, but for the last of a file with too many to list.
    """

    file: str
    where: str | None
    why: str
    count: int = 1
