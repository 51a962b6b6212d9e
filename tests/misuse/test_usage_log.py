from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from headgate.errors import BadInput, UsageError
from headgate.misuse import usage_log
from headgate.misuse.usage_log import Kept, Names, open_log

NAMES = Names("account", "time", "endpoint", "size", "status", "origin")
NOW = datetime(2026, 5, 1, tzinfo=UTC)
ROWS = [
    ("ann", "a", "2026-04-30 10:00:00", "10", "ok", "x"),
    ("ann", "b", "2026-04-02 00:00:01", "20", "Refused", "y"),
    ("bob", "a", "1777500000", "n/a", "403", ""),  # 2026-04-29
    ("old", "a", "2026-03-01 10:00:00", "1", "ok", "x"),
    ("new", "a", "2026-06-01 10:00:00", "1", "ok", "x"),
    ("", "a", "2026-04-30 10:00:00", "1", "ok", "x"),
    ("odd", "a", "yesterday", "1", "ok", "x"),
]  # fmt: skip
COLUMNS = ("account", "endpoint", "time", "size", "status", "origin")


def written(folder: Path, kind: str) -> Path:
    path = folder / f"log{kind}"
    if kind == ".parquet":
        duckdb.execute(
            "CREATE OR REPLACE TABLE t (account VARCHAR, endpoint VARCHAR, time VARCHAR, size VARCHAR, status VARCHAR, origin VARCHAR)"
        )
        duckdb.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", ROWS)
        duckdb.sql("FROM t").write_parquet(str(path))
    elif kind == ".jsonl":
        path.write_text(
            "".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in ROWS), encoding="utf-8"
        )
    else:
        by = "\t" if kind == ".tsv" else ","
        path.write_text("\n".join(by.join(row) for row in (COLUMNS, *ROWS)) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("size", ["inf", "-inf", "nan", "-5", "1e308"])
def test_a_size_that_is_none_does_not_stand_beside_others(tmp_path: Path, size: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(f"account,time,size\nann,2026-04-30,10\nann,2026-04-30,{size}\n", encoding="utf-8")
    db, _ = open_log(path, Names("account", "time", None, "size", None, None), as_of=NOW, days=30)
    assert db.execute("SELECT size FROM requests ORDER BY ALL").fetchall() == [(10.0,), (None,)]
    db.close()


@pytest.mark.parametrize("kind", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_only_the_days_kept_are_there_whatever_the_format(tmp_path: Path, kind: str) -> None:
    db, kept = open_log(written(tmp_path, kind), NAMES, as_of=NOW, days=30)
    assert kept == Kept(rows=3, accounts=2, unread=2, older=2)
    rows = db.execute("SELECT account, moment::VARCHAR, size, refused FROM requests ORDER BY ALL").fetchall()
    assert rows == [
        ("ann", "2026-04-02 00:00:01", 20.0, True), ("ann", "2026-04-30 10:00:00", 10.0, False),
        ("bob", "2026-04-29 22:00:00", None, True),
    ]  # fmt: skip
    assert db.execute("SELECT current_setting('temp_directory')").fetchall() == [("",)]  # nowhere to spill to
    db.close()
    assert open_log(written(tmp_path, kind), NAMES, as_of=NOW, days=10)[1].rows == 2


def test_columns_that_the_log_lacks_are_empty(tmp_path: Path) -> None:
    names = Names("account", "time", None, None, None, None)
    db, _ = open_log(written(tmp_path, ".csv"), names, as_of=NOW, days=30)
    assert db.execute("SELECT DISTINCT endpoint, size, refused, origin FROM requests").fetchall() == [(None,) * 4]
    assert names.known() == set()
    assert names.columns() == {"account", "time"}


def test_a_log_without_a_header_does_not_tell_its_first_row(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("secret-account@example.org,a,2026-04-30 10:00:00,1,ok,10.1.2.3\n" * 3, encoding="utf-8")
    with pytest.raises(UsageError, match="no column 'account'") as error:
        open_log(path, NAMES, as_of=NOW, days=30)
    assert "secret" not in str(error.value)
    assert "10.1" not in str(error.value)


@pytest.mark.parametrize("broken", ["wide", "quote", "binary", "json", "parquet"])
def test_what_cannot_be_read_is_not_quoted(tmp_path: Path, broken: str) -> None:
    head = ",".join(COLUMNS)
    row = "secret-account,a,2026-04-30 10:00:00,1,ok,x"
    path = tmp_path / {"json": "log.jsonl", "parquet": "log.parquet"}.get(broken, "log.csv")
    text = {
        "wide": f"{head}\n" + f"{row}\n" * 30_000 + f"{row},and,more,secret-words\n" + f"{row}\n" * 30,
        "quote": f'{head}\n{row}\n"secret-account"x"y,"a\n' + f"{row}\n" * 30,
        "binary": f"{head}\nsecret-account\x00\xff,1\n", "json": '{"account": "secret-account", \n{"a"',
        "parquet": "secret-account PAR1",
    }[broken]  # fmt: skip
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises((BadInput, UsageError)) as error:
        open_log(path, NAMES, as_of=NOW, days=30)
    assert "secret" not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None


def test_nothing_spills_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(usage_log, "MEMORY", "20MB")
    path = tmp_path / "big.parquet"
    duckdb.sql(
        "SELECT md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS account, 'a' AS endpoint, "
        "TIMESTAMP '2026-04-30 10:00:00' AS time, 1 AS size, 'ok' AS status, 'x' AS origin FROM range(600000) AS t(i)"
    ).write_parquet(str(path))
    with pytest.raises(BadInput, match="of memory"):
        open_log(path, NAMES, as_of=NOW, days=30)
    assert os.listdir(tmp_path) == ["big.parquet"]


@pytest.mark.parametrize("name", ["log.txt", "absent.csv"])
def test_what_is_no_log(tmp_path: Path, name: str) -> None:
    (tmp_path / "log.txt").write_text("x")
    with pytest.raises(BadInput, match="no usage log"):
        open_log(tmp_path / name, NAMES, as_of=NOW, days=30)


def test_a_column_name_is_no_sql(tmp_path: Path) -> None:
    names = Names('account" FROM x; --', "time", None, None, None, None)
    with pytest.raises(UsageError, match="no column"):
        open_log(written(tmp_path, ".csv"), names, as_of=NOW, days=30)


def test_no_row_in_time_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no row of the last 3 days"):
        open_log(written(tmp_path, ".csv"), NAMES, as_of=datetime(2030, 1, 1, tzinfo=UTC), days=3)
