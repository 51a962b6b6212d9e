from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from headgate import labels, looks
from headgate.workspace import Workspace, open_workspace
from tests import reviewing
from tests.reviewing import OPEN, SECRET, ref, review, said


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return reviewing.workspace(tmp_path / "w")


@pytest.fixture
def key(ws: Workspace) -> Path:
    return reviewing.key_for(ws)


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def rows(ws: Workspace) -> list[tuple[object, ...]]:
    sql = "SELECT subject, label, role, reason, chance IS NOT NULL FROM labels ORDER BY made, run, subject"
    return open_workspace(ws.path).db.execute(sql).fetchall()


def test_labels_are_asked_for_one_item_after_another(ws: Workspace, key: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    typed(monkeypatch, "y\nclear\nx\ns\nn\n\nu\nnot sure\nq\n")
    words = ["review", SECRET, "-w", ws.path, "--host-key", key, "--labeller", "Ann", "--batch", 6]
    out, err = said(capsys, *words)
    shown = [line.split()[-1] for line in out.splitlines() if " of 6 " in line]
    assert len(shown) == len(set(shown)) == 5
    assert "  evidence   word" in out
    assert "http" not in out
    assert "3 of 6 labelled" in err
    assert {(row[0], row[1], row[3]) for row in rows(ws)} == {
        (shown[0], "yes", "clear"), (shown[2], "no", None), (shown[3], "unsure", "not sure"),
    }  # fmt: skip
    typed(monkeypatch, "q\n" * 40)
    out, _ = said(capsys, *words[:-1], 40)
    assert "1 of 37 " in out  # what she labelled is not served to her again
    assert [(one["command"], one["items"], one["reason"]) for one in looks.read(ws.path)[1:]] == [
        ("review", 6, "review"), ("review", 37, "review")]  # fmt: skip


def test_an_interruption_keeps_what_was_said(ws: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    typed(monkeypatch, "y\nclear\nn\n")  # ends before the reason
    _, err = said(capsys, "review", OPEN, "-w", ws.path, "--labeller", "Ann", code=2)
    assert "interrupted" in err
    assert [row[1:4] for row in rows(ws)] == [("yes", "review", "clear")]
    assert looks.read(ws.path) == []  # the check is open: no key, no log


def test_without_the_key_nothing_is_shown_or_written(ws: Workspace, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    (tmp_path / "in.csv").write_text("ref,question,label,labeller,made,reason\norg1/m1,,yes,,,\n")
    for words in ([], ["--adjudicate"], ["--export", tmp_path / "out.csv"], ["--import", tmp_path / "in.csv"]):
        out, err = said(capsys, "review", SECRET, "-w", ws.path, "--labeller", "Ann", *words, code=3)
        assert (out, err.count("\n")) == ("", 1)
    assert not (tmp_path / "out.csv").exists()
    assert rows(ws) == []
    assert [(one["command"], one["items"]) for one in looks.read(ws.path)[1:]] == [
        ("review", 0), ("review --adjudicate", 0), ("review", 0), ("review --import", 0)]  # fmt: skip


def test_two_labellers_by_csv_then_a_third_rules(ws: Workspace, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    def round_of(name: str, answer: str, *extra: str) -> list[dict[str, str]]:
        file = tmp_path / f"{name}.csv"
        words = ["review", SECRET, "-w", ws.path, "--host-key", key, "--labeller", name, *extra]
        said(capsys, *words, "--batch", 4, "--export", file)
        assert file.stat().st_mode & 0o777 == 0o600
        listed = list(csv.DictReader(io.StringIO(file.read_text())))
        with file.open("w", newline="") as handle:
            writer = csv.DictWriter(handle, list(listed[0]) if listed else ["ref"])
            writer.writeheader()
            writer.writerows([row | {"label": answer if n else ("" if name == "ann" else "no"), "reason": f"by {name}"} for n, row in enumerate(listed)])  # fmt: skip
        assert said(capsys, *words, "--import", file)[0].startswith(f"{4 - (name == 'ann')} labels added")
        return listed

    ann = round_of("ann", "yes")
    bo = round_of("bo", "no")
    assert {row["ref"] for row in ann[1:]} <= {row["ref"] for row in bo}
    assert "by ann" not in str(bo)
    assert {row["ref"]: row["chance"] for row in bo if row in ann} == {
        row["ref"]: row["chance"] for row in ann if row in bo
    }
    typed(monkeypatch, "y\nruled\n" * 3)
    words = ["review", SECRET, "-w", ws.path, "--host-key", key, "--adjudicate"]
    _, err = said(capsys, *words, "--labeller", "Ann")
    assert "3 more are left to somebody who has not reviewed them" in err
    out, _ = said(capsys, *words, "--labeller", "Judge")
    assert out.count(": by ann") == out.count(": by bo") == 3
    verdicts = {row[0]: row[1:3] for row in labels.current(open_workspace(ws.path).db, SECRET).fetchall()}
    assert {verdicts[row["ref"]] for row in ann[1:]} == {("yes", "adjudication")}
    names = b"".join(path.read_bytes() for path in ws.path.rglob("*") if path.is_file())
    assert b"judge" not in names.lower().replace(b"judged", b"")


def test_status_needs_no_key_and_names_nothing(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    labels.add(ws, [review(ref(n), "yes" if n < 12 else "no", who) for n in range(30) for who in "ab"])
    out, _ = said(capsys, "review", SECRET, "-w", ws.path, "--status")
    lines = out.splitlines()
    assert lines[:2] == [
        f"{SECRET}: 30 items reviewed with 60 labels: yes 12, no 18, unsure 0, disputed 0",
        "one label only 0, to be ruled on 0, contested 0",
    ]
    assert lines[2].startswith("Cohen's kappa 1.00 [0.")
    assert lines[3].startswith("Dawid-Skene, of the 30 items reviewed: yes 4")
    made = json.loads(said(capsys, "review", SECRET, "-w", ws.path, "--status", "--format", "json")[0])
    assert made["agreement"]["kappa"] == 1
    assert "org" not in out


def test_wrong_calls(ws: Workspace, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "who labels?" in said(capsys, "review", OPEN, "-w", ws.path, code=3)[1]
    assert "no check" in said(capsys, "review", "nonsense", "-w", ws.path, "--status", code=3)[1]
    assert "four things" in said(capsys, "review", OPEN, "-w", ws.path, "--status", "--export", "x", code=3)[1]
    (tmp_path / "there.csv").write_text("mine")
    words = ["review", OPEN, "-w", ws.path, "--labeller", "a"]
    assert "cannot write the items" in said(capsys, *words, "--export", tmp_path / "there.csv", code=3)[1]
    assert (tmp_path / "there.csv").read_text() == "mine"
    assert "no column 'ref'" in said(capsys, *words, "--import", tmp_path / "there.csv", code=2)[1]
