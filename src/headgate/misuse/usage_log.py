"""A provider's own usage log, read where it lies: streamed by DuckDB, never copied, never quoted.

Nothing of a row may reach an error, a file or a screen: messages of the reader are thrown away, since they quote rows,
and spilling to disk is turned off, since what spills are rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from headgate.errors import BadInput, UsageError
from headgate.plain import plain
from headgate.shapes import Db
from headgate.workspace import exact, quoted

MEMORY = "3GB"
_READ = {
    ".csv": "read_csv(?, header = true, all_varchar = true)",
    ".tsv": "read_csv(?, header = true, all_varchar = true, delim = '\t')",
    ".parquet": "read_parquet(?)",
    ".jsonl": "read_json(?, format = 'newline_delimited')",
}
_TIMES = {  # by the kind of column: a text is a time, or seconds since 1970
    "time": "{0}::TIMESTAMP",
    "number": "make_timestamp(try_cast({0} * 1e6 AS BIGINT))",
    "text": "coalesce(try_cast({0}::VARCHAR AS TIMESTAMP), "
            "make_timestamp(try_cast(try_cast({0}::VARCHAR AS DOUBLE) * 1e6 AS BIGINT)))",
}  # fmt: skip
# of a size that is none, or below 0, nothing is taken: one such would hide all that it is averaged with
_SIZE = "CASE WHEN try_cast({0} AS DOUBLE) BETWEEN 0 AND 1e15 THEN try_cast({0} AS DOUBLE) END"
_COUNTED = """
SELECT count(*) FILTER (WHERE kept), count(DISTINCT account) FILTER (WHERE kept), count(*) FILTER (WHERE kept IS NULL),
       count(*) FILTER (WHERE NOT kept) FROM every_request
"""
REFUSED = ("1", "true", "yes", "refused", "blocked", "denied", "filtered", "rejected", "403", "451")


@dataclass(frozen=True, slots=True)
class Names:
    """What the columns of a log are called; None where it has none such."""

    account: str
    time: str
    endpoint: str | None
    size: str | None
    status: str | None
    origin: str | None

    def columns(self) -> set[str]:
        """The columns that are read."""
        return {self.account, self.time} | {one for field in self.known() if (one := getattr(self, field))}

    def known(self) -> set[str]:
        """The fields that the log has beside account and time."""
        return {one for one in ("endpoint", "size", "status", "origin") if getattr(self, one) is not None}


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of the log was read: rows within the days kept, accounts, rows that could not be read."""

    rows: int
    accounts: int
    unread: int
    older: int


def open_log(path: Path, names: Names, *, as_of: datetime, days: int) -> tuple[Db, Kept]:
    """A connection whose view `requests` holds the rows of the last `days` before `as_of` (UTC).

    Columns: account, moment, and endpoint, size, refused, origin (NULL where the log has none). Raises `UsageError`
    where a column lacks, `BadInput` where the file cannot be read, in words that quote none of it.
    """
    kind = _READ.get(path.suffix.lower())
    if kind is None or not path.is_file():
        msg = f"{plain(path)} is no usage log. Give a file that ends in {', '.join(_READ)}."
        raise BadInput(msg)
    db = duckdb.connect(config={"memory_limit": MEMORY, "autoinstall_known_extensions": "false",
                                "preserve_insertion_order": "false", "temp_directory": ""})  # fmt: skip
    db.execute("SET TimeZone = 'UTC'")
    db.execute("SET enable_progress_bar = false")
    there = {str(row[0]): str(row[1]) for row in guarded(db, path, f"DESCRIBE FROM {kind}", [exact(path.resolve())])}
    for field in ("account", "time", "endpoint", "size", "status", "origin"):
        name = getattr(names, field)
        if name is not None and name not in there:  # its columns are not told: without a header they are a row
            none = "" if field in ("account", "time") else f", or none by --{field} ''"
            msg = f"the log has no column {plain(name, 40)!r}. Name its own by --{field}{none}."
            raise UsageError(msg)
    _view(db, path, kind, names, _kind_of_time(path, there[names.time]), as_of, days)
    rows, accounts, unread, older = (int(str(one)) for one in guarded(db, path, _COUNTED)[0])
    if not rows:
        msg = f"the log has no row of the last {days} days that names an account and a time. Mind --as-of and --days."
        raise BadInput(msg)
    return db, Kept(rows, accounts, unread, older)


def guarded(db: Db, path: Path, sql: str, bound: list[object] | None = None) -> list[tuple[object, ...]]:
    """The rows of `sql`. Raises `BadInput` in words that quote nothing: DuckDB's own would quote the log."""
    try:
        return db.execute(sql, bound or []).fetchall()
    except duckdb.OutOfMemoryException:
        msg = f"{plain(path)} needs more than {MEMORY} of memory. Give fewer days, since nothing is put on the disk."
        raise BadInput(msg) from None
    except duckdb.Error as error:
        # from None: the cause would be shown with --debug
        msg = f"{plain(path)} cannot be read ({type(error).__name__}; what it says is withheld, it may quote the log)."
        raise BadInput(msg) from None


def _kind_of_time(path: Path, type_: str) -> str:
    if path.suffix.lower() == ".parquet" and type_ in ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "DATE"):
        return "time"
    numbers = ("BIGINT", "INTEGER", "UBIGINT", "UINTEGER", "DOUBLE", "FLOAT")
    return "number" if path.suffix.lower() == ".parquet" and type_ in numbers else "text"


def _view(db: Db, path: Path, kind: str, names: Names, time: str, as_of: datetime, days: int) -> None:
    def column(name: str | None, sql: str) -> str:
        return "NULL" if name is None else sql.format('"' + name.replace('"', '""') + '"')

    words = ", ".join(f"'{one}'" for one in REFUSED)
    end = as_of.replace(tzinfo=None)
    begin = end - timedelta(days=days)
    source = kind.replace("?", quoted(exact(path.resolve())))
    if path.suffix.lower() == ".jsonl":  # as texts: a later row may hold another type than the first ones
        texts = ", ".join(f"{quoted(one)}: 'VARCHAR'" for one in sorted(names.columns()))
        source = source.replace(")", f", columns = {{{texts}}})")
    within = f"moment > TIMESTAMP '{begin:%Y-%m-%d %H:%M:%S}' AND moment <= TIMESTAMP '{end:%Y-%m-%d %H:%M:%S}'"
    try:
        db.execute(
            f"CREATE VIEW every_request AS SELECT *, CASE WHEN account IS NOT NULL THEN {within} END AS kept FROM ("
            f"SELECT nullif(trim({column(names.account, '{0}')}::VARCHAR), '') AS account, "
            f"{column(names.time, _TIMES[time])} AS moment, {column(names.endpoint, '{0}::VARCHAR')} AS endpoint, "
            f"{column(names.size, _SIZE)}::DOUBLE AS size, "
            f"{column(names.status, f'lower(trim({{0}}::VARCHAR)) IN ({words})')}::BOOLEAN AS refused, "
            f"{column(names.origin, '{0}::VARCHAR')} AS origin FROM {source})"
        )
        db.execute("CREATE VIEW requests AS SELECT * EXCLUDE kept FROM every_request WHERE kept")
    except duckdb.Error:
        msg = f"{plain(path)} cannot be read by these columns. Check the names and what stands in them."
        raise BadInput(msg) from None
