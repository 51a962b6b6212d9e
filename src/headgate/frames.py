"""A table of people, predictions or answers read from one file into arrays: CSV, JSON lines or Parquet, by DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from headgate.errors import BadInput, UsageError
from headgate.plain import plain

if TYPE_CHECKING:
    from headgate.shapes import Db

Numbers = npt.NDArray[np.float64]
Words = npt.NDArray[np.str_]
Flags = npt.NDArray[np.bool_]

# the quote is not guessed: it may first stand below the rows that DuckDB looks at
_CSV = "header = true, all_varchar = true, quote = '\"', escape = '\"', strict_mode = true, parallel = false"
_READ = {
    ".csv": f"read_csv(?, {_CSV})",
    ".tsv": f"read_csv(?, {_CSV}, delim = '\t')",
    ".parquet": "read_parquet(?)",
    ".jsonl": "read_json(?, format = 'newline_delimited', ignore_errors = false)",
}
_YES, _NO = {"1", "1.0", "true", "yes", "t", "y"}, {"0", "0.0", "false", "no", "f", "n"}
_MOST = 2**31  # bytes of a file
MOST_GROUPS = 200


@dataclass(frozen=True, slots=True)
class Frame:
    """Columns of equal length by name, as they stand in the file; `ref` names its content."""

    path: Path
    ref: str
    columns: dict[str, npt.NDArray[Any]]
    rows: int

    def column(self, name: str) -> npt.NDArray[Any]:
        """The column `name` as it was read. Raises `UsageError` with the columns there are."""
        if name not in self.columns:
            there = ", ".join(plain(one, 40) for one in list(self.columns)[:20])
            msg = f"{plain(self.path)} has no column {plain(name, 60)}. It has {there}."
            raise UsageError(msg)
        return self.columns[name]

    def numbers(self, name: str, *, low: float = -np.inf, high: float = np.inf) -> Numbers:
        """The column `name` as numbers from `low` to `high`. Raises `BadInput` with the first row that holds none."""
        given = self.column(name)
        try:
            found = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError):
            found = np.array([_number(one) for one in given.tolist()], dtype=np.float64)
        wrong = ~(np.isfinite(found) & (found >= low) & (found <= high))
        if wrong.any():
            self._bad(
                name, int(wrong.argmax()), "no number" if np.isinf(low) else f"no number from {low:g} to {high:g}"
            )
        return found

    def flags(self, name: str, positive: str | None = None) -> Flags:
        """The column `name` as yes or no: whether it reads `positive`, or says yes or no. Raises `BadInput`."""
        words = self.words(name)
        if positive is not None:
            found = np.asarray(words == positive)
            if not found.any():
                msg = f"{plain(self.path)}: no row of the column {plain(name, 60)} reads {plain(positive, 40)!r}."
                raise BadInput(msg)
            return found
        small = np.char.lower(words)
        yes, no = np.isin(small, list(_YES)), np.isin(small, list(_NO))
        if not (yes | no).all():
            self._bad(name, int((~(yes | no)).argmax()), "neither yes nor no (1 or 0, true or false)")
        return np.asarray(yes)

    def words(self, name: str) -> Words:
        """The column `name` as texts without blanks around them; of a missing one the empty text."""
        return np.char.strip(
            np.array(["" if _missing(one) else str(one) for one in self.column(name).tolist()], dtype=str)
        )

    def groups(self, name: str) -> Words:
        """The column `name` as groups. Raises `BadInput` where a row names none, or they are more than 200."""
        words = self.words(name)
        if (words == "").any():
            self._bad(name, int((words == "").argmax()), "no group")
        if (many := len(np.unique(words))) > MOST_GROUPS:
            msg = (
                f"{plain(self.path)}: the column {plain(name, 60)} has {many:,} different words, more than "
                f"{MOST_GROUPS} groups. Name a column of groups."
            )
            raise BadInput(msg)
        return words

    def _bad(self, name: str, row: int, what: str) -> None:
        given = self.columns[name].tolist()[row]
        value = plain("" if _missing(given) else given, 40)
        msg = (
            f"{plain(self.path)}, row {row + 1}: {plain(name, 60)} is {value!r}, {what}. Correct or leave out the row."
        )
        raise BadInput(msg)


def read(path: Path) -> Frame:
    """The table in the file at `path`: .csv or .tsv with a header, .jsonl or .parquet.

    Raises `BadInput` in one line where it is none of these, cannot be read, or has no rows.
    """
    kind = _READ.get(path.suffix.lower())
    if kind is None or not path.is_file():
        why = "is no file" if kind else f"is none of {', '.join(_READ)}"
        msg = f"{plain(path)} {why}. Give a table with one row for each case."
        raise BadInput(msg)
    if path.stat().st_size > _MOST:
        msg = f"{plain(path)} has more than {_MOST:,} bytes, which are read into memory. Draw a sample of its rows."
        raise BadInput(msg)
    with path.open("rb") as file:
        ref = f"file:sha256:{file_digest(file, 'sha256').hexdigest()}"
    columns = _columns(path, kind)
    rows = len(next(iter(columns.values()), ()))
    if not rows:
        msg = f"{plain(path)} has no rows. Give a table with one row for each case."
        raise BadInput(msg)
    return Frame(path, ref, columns, rows)


def same_columns(frames: Sequence[Frame], names: Sequence[str]) -> None:
    """Raise `UsageError` where one of `frames` lacks one of `names`."""
    for frame in frames:
        for name in names:
            frame.column(name)


def _columns(path: Path, kind: str) -> dict[str, npt.NDArray[Any]]:
    import duckdb

    from headgate.workspace import exact

    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "memory_limit": "4GB",
        "autoinstall_known_extensions": "false",
    }
    db: Db
    with duckdb.connect(config=settings) as db:
        try:
            found = db.execute(f"FROM {kind}", [exact(path.resolve())]).fetchnumpy()
        except duckdb.Error as error:
            why = str(error).partition("\n")[0]
            msg = f"{plain(path)} cannot be read ({plain(why, 200)}). Save it as {', '.join(_READ)} again."
            raise BadInput(msg) from error
    return {name: _filled(values) for name, values in found.items()}


def _filled(values: Any) -> npt.NDArray[Any]:
    """`values` with None where DuckDB has NULL, which it gives as a masked array."""
    if not np.ma.isMaskedArray(values):
        return np.asarray(values)
    made = np.asarray(values.data).astype(object)
    made[np.ma.getmaskarray(values)] = None
    return made if np.ma.getmaskarray(values).any() else np.asarray(values.data)


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


def _missing(value: object) -> bool:
    return value is None or value != value  # NaN alone is not itself
