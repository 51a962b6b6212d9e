from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from headgate import labels
from headgate.errors import BadInput, HeadgateError, UsageError
from headgate.label_files import COLUMNS, import_csv
from headgate.workspace import Workspace, open_workspace
from tests import reviewing
from tests.reviewing import SECRET, ref

HEAD = "ref,question,label,labeller,made,reason,role,chance\n"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return reviewing.workspace(tmp_path / "w", 4)


def written(ws: Workspace, text: str | bytes) -> Path:
    file = ws.path.parent / "labels.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def rows(ws: Workspace) -> list[tuple[object, ...]]:
    sql = "SELECT subject, question, label, role, chance, reason, made::VARCHAR FROM labels ORDER BY ALL"
    return ws.db.execute(sql).fetchall()


def test_rows_become_labels_and_a_second_time_nothing(ws: Workspace) -> None:
    file = written(ws, HEAD + (
        'org1/m1,uncensored,Yes,Ann,2026-01-02,"two\nlines, and a comma",review,0.5\n'
        "https://huggingface.co/ORG2/m2,uncensored,no,rule:kw,2026-01-02T10:00:00+02:00,,,\n"
        "civitai:version:9,other_check,unsure,Bo,2026-01-02,,adjudication,\n"
        "org3/m3,uncensored,,Ann,,,,\n"
    ))  # fmt: skip
    assert import_csv(ws, file) == (3, 0, 1)
    assert rows(ws) == [
        ("civitai:version:9", "other_check", "unsure", "adjudication", None, None, "2026-01-02 00:00:00"),
        (ref(1), "uncensored", "yes", "review", 0.5, "two lines, and a comma", "2026-01-02 00:00:00"),
        (ref(2), "uncensored", "no", "seed", None, None, "2026-01-02 08:00:00"),
    ]  # fmt: skip
    assert import_csv(ws, file) == (0, 3, 1)
    assert len(rows(ws)) == 3
    tables = b"".join(path.read_bytes() for path in (ws.path / "tables" / "labels").iterdir())
    assert b"Ann" not in tables
    assert b"rule:kw" in tables


def test_what_a_row_lacks_is_filled_in(ws: Workspace) -> None:
    file = written(ws, "ref,question,label,labeller,made,reason,note\norg1/m1,,yes,,,,x\norg1/m1,,yes,,,,x\n")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    assert import_csv(ws, file, question=SECRET, labeller="Ann", role="review") == (1, 1, 0)
    assert rows(ws) == [(ref(1), SECRET, "yes", "review", None, None, "2023-11-14 22:13:20")]
    assert import_csv(ws, file, question=SECRET, labeller="ann", role="review") == (0, 2, 0)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("a b,q,yes,Ann,,", "line 3: not a ref: 'a b'"),
        ("a/b,q,maybe,Ann,,", "line 3: label 'maybe' is not yes, no or unsure"),
        ("a/b,q,contested,Ann,,", "label 'contested'"),
        ("a/b,q,yes,Ann,,,appeal", "role 'appeal'"),
        ("a/b,Q!,yes,Ann,,", "question 'Q!'"),
        ("a/b,,yes,Ann,,", "question ''"),
        ("a/b,q,yes,,,", "no labeller"),
        ("a/b,q,yes,rule:x y,,", "rule: is followed"),
        ("a/b,q,yes,rule:x,,,review", "a rule gives seeds, no review"),
        ("a/b,q,yes,Ann,yesterday,", "made 'yesterday' is no date"),
        ("a/b,q,yes,Ann,2999-01-01,", "lies in the future"),
        ("a/b,q,yes,Ann,0001-01-01T00:00:00+14:00,", "no date in UTC"),
        ("a/b,q,yes,Ann,,,,0", "chance '0'"),
        ("a/b,q,yes,Ann,,,,nan", "chance 'nan'"),
        ("a/b,q,yes,Ann,,,,2", "chance '2'"),
        ("a/b,q,y\x1b[31m,Ann,,", "line 3"),
    ],
)
def test_one_bad_row_and_nothing_is_written(ws: Workspace, row: str, why: str) -> None:
    with pytest.raises(BadInput, match="1 of 2 labels cannot be used, so nothing was written") as told:
        import_csv(ws, written(ws, f"{HEAD}org1/m1,q,yes,Ann,2026-01-01,\n{row}\n"))
    assert why in str(told.value)
    assert "\x1b" not in str(told.value)
    assert rows(ws) == []
    assert not (ws.path / "tables" / "labels").exists()


def test_many_bad_rows_are_counted_and_few_told(ws: Workspace) -> None:
    with pytest.raises(BadInput, match=r"9 of 9 .*line 2: .*line 6: .*; and 4 more\.$"):
        import_csv(ws, written(ws, HEAD + "a/b,q,maybe,Ann,,\n" * 9))


def test_files_that_are_none(ws: Workspace) -> None:
    for text, why in (("", "no column 'ref'"), ("ref,label\n", "no column 'question'"), (b"\xff\xfe", "not UTF-8"),
                      (HEAD + 'a/b,"x', "no CSV after line 1"), (HEAD + "a" * 200_000, "no CSV after line")):  # fmt: skip
        with pytest.raises(BadInput, match=why):
            import_csv(ws, written(ws, text))
    with pytest.raises(UsageError, match="no labels at"):
        import_csv(ws, ws.path / "none.csv")
    with pytest.raises(BadInput, match="question 'other' is not a_check"):
        import_csv(ws, written(ws, HEAD + "a/b,other,yes,Ann,,\n"), question="a_check")
    assert import_csv(ws, written(ws, b"\xef\xbb\xbf" + HEAD.encode())) == (0, 0, 0)


CELL = st.one_of(
    st.sampled_from(["org1/m1", "hf:dataset:a/b", "civitai:model:1", "yes", "no", "unsure", "", "seed", "review", "0.5", "Ann",
                     "rule:x", "2026-01-01", "a_check", "=1+1", '"', "\x00", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")]),
    st.text(max_size=20),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELL, min_size=6, max_size=9), max_size=4))
@example([["org1/m1", "a_check", "yes", "Ann", "", "", "", ""]])
@example([["name:\ud800", "a_check", "yes", "Ann", "", "\udfff", "", ""]])
def test_any_file_is_taken_whole_or_refused_in_one_line(ws: Workspace, cells: list[list[str]]) -> None:
    made = io.StringIO(newline="")
    csv.writer(made).writerows([[*COLUMNS, "role", "chance"], *cells])
    before = len(rows(ws))
    try:
        done = import_csv(ws, written(ws, made.getvalue().encode("utf-8", "surrogatepass")))
    except HeadgateError as error:
        said = str(error)
        assert (said.count("\n"), len(rows(ws))) == (0, before)
        return
    assert len(rows(ws)) == before + done.added
    assert sum(done) == sum(any(row) for row in csv.reader(io.StringIO(made.getvalue(), newline=""))) - 1
    for subject, _, label, role, chance, reason, _ in rows(ws):
        assert label in labels.LABELS
        assert role in ("seed", "review", "adjudication")
        assert chance is None or 0 < float(str(chance)) <= 1
        assert ":" in str(subject)
        assert "\x00" not in str(reason)
    open_workspace(ws.path)
