"""No output names a person whose record says that it depicts one: not on the disk, not on the screen, key or no key.

The people are invented and planted by the synthetic hub; everything that a check, a review or a report writes is read.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator

import pytest

from headgate import audit, catalog, host_key, labels, looks, workspace
from headgate.cli import headgate, main
from headgate.commands.demo import _collect
from headgate.labels import Label
from headgate.synthetic import Truth, generate
from headgate.synthetic.leaks import leaks
from headgate.workspace import Workspace

SIZE, SEED = 900, 7
# they show nothing of artifacts, or another test reads what they do
LEFT_OUT = {
    "check-card", "collect", "compact", "demo", "policy", "probe", "protect", "prove", "remove", "repair", "reproduce", "screen", "serve",
    "terms", "trace", "typology",
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Truth, dict[str, str]]]:
    """An audited synthetic hub with a host key, and ref and check of one finding of every check."""
    folder = tmp_path_factory.mktemp("planted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADGATE_HOME", str(folder / "home"))
        patch.setenv("HEADGATE_HOST_KEY", str(folder / "host.key"))
        truth = generate(folder / "dumps", artifacts=SIZE, seed=SEED)
        ws = _collect(folder / "w", folder / "dumps", truth)
        host_key.make(ws.path, folder / "host.key")
        audit.audit(ws)
        found = ws.db.execute('SELECT "check", min(subject) FROM findings GROUP BY 1').fetchall()
        yield ws, truth, dict(found)


@pytest.fixture(autouse=True)
def with_key(made: tuple[Workspace, Truth, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    home = made[0].path.parent
    monkeypatch.setenv("HEADGATE_HOME", str(home / "home"))
    monkeypatch.setenv("HEADGATE_HOST_KEY", str(home / "host.key"))


def names(truth: Truth) -> set[str]:
    """Names of the people whose records say so, in lower case."""
    said = [person for person in truth.persons if person not in truth.unsaid]
    assert len(said) > 5
    unsaid = {name.lower() for person in truth.unsaid for name in (person.given, person.family)}
    return {name.lower() for person in said for name in (person.given, person.family)} - unsaid


def printed(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    with pytest.raises(SystemExit):
        main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert "unexpected" not in err, err
    return out + err


def calls(ws: Workspace, found: dict[str, str]) -> dict[str, list[list[object]]]:
    at, folder = ["-w", ws.path], ws.path.parent
    every = [(check, ref) for check, ref in sorted(found.items())]
    detect = [method.name for method in catalog.methods("detect")]
    some = found["real_person_adapter"]
    return {
        "appeal": [[ref, "--question", check, "--note", "its maker is wrong", *at] for check, ref in every],
        "audit": [[ws.path]],
        "bom": [[some, *at, *one] for one in ([], ["--format", "spdx"])] + [["--all", *at]],
        "card": [[some, *at, "--questions", name] for name in ("disclosure_gaps", "norm_statements")],
        "coverage": [[some, *at]],
        "detect": [[name, *at] for name in detect],
        "diff": [["-w", ws.path, "--from", "2020-01-01"], [ws.path, ws.path]],
        "evaluate": [[name, *at, "--split", "random", "--folds", 2, "--format", "json"] for name in detect],
        "gate": [[some, *at, "--format", one] for one in ("table", "json", "md")],
        "govern": [[name, *at] for name in catalog.AUDITED],
        "host-key": [["looks", ws.path]],
        "items": [[check, *at, "--reason", "sweep", "--limit", 10_000, "--format", one]
                  for check, _ in every for one in ("table", "json", "csv")],
        "licences": [[some, *at], [*at]],
        "link": [[method.name, *at] for method in catalog.methods("link")],
        "measure": [*([method.name, *at] for method in catalog.methods("measure") if method.whole),
                    ["snapshot_distance", ws.path, ws.path, "--format", "json"]],
        "methods": [[]],
        "recall": [[ref, *at, "--format", one] for _, ref in every for one in ("table", "md")],
        "report": [[ws.path, "--format", one] for one in ("table", "json", "md", "html")],
        "review": [[check, *at, *one] for check, _ in every for one in (
            ["--status"], ["--labeller", "ann", "--batch", 10_000, "--export", folder / f"{check}.csv"],
            ["--labeller", "ann", "--adjudicate"])],
    }  # fmt: skip


def test_every_detector_left_findings_to_read(made: tuple[Workspace, Truth, dict[str, str]]) -> None:
    assert {method.name for method in catalog.methods("detect")} <= set(made[2])
    people = (
        made[0]
        .db.execute("SELECT count(*) FROM findings WHERE \"check\" = 'real_person_adapter' AND value > 0.5")
        .fetchall()
    )
    assert people[0][0] > 5


@pytest.mark.parametrize("name", sorted(headgate.list_commands(None)))  # type: ignore[arg-type]
def test_no_command_prints_a_planted_name(
    name: str, made: tuple[Workspace, Truth, dict[str, str]], capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ws, truth, found = made
    monkeypatch.setattr(sys, "stdin", io.StringIO("s\n" * 1_000))  # what a review asks is skipped
    if name in LEFT_OUT:
        pytest.skip("shows nothing of artifacts")
    known = calls(ws, found)
    assert name in known, f"a new command: say in calls() how {name} is called, so that its output is searched"
    text = "".join(printed(capsys, name, *words) for words in known[name])
    text += "".join(file.read_text() for file in ws.path.parent.glob("*.csv"))
    text = text.lower()
    assert not [one for one in names(truth) if one in text]


def test_a_note_that_names_somebody_is_not_kept(
    made: tuple[Workspace, Truth, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    ws, truth, _ = made
    who = next(person for person in sorted(truth.persons) if person not in truth.unsaid)
    note = f"this is {who.given} {who.family}, not {who.family.upper()}"
    rows = ws.db.execute(
        "SELECT min(ref) FILTER (person), min(ref) FILTER (NOT coalesce(person, false)) FROM artifacts WHERE kind = 'model'"
    ).fetchall()
    person, other = rows[0]
    for ref, check in (
        (person, "uncensored"),
        (person, "re_upload"),
        (other, "real_person_adapter"),
        (other, "ncii_intent"),
    ):
        printed(capsys, "appeal", ref, "--question", check, "--note", note, "-w", ws.path)
        labels.add(ws, [Label(ref, check, "yes", who.given, "review", note)])
    assert len(ws.db.execute("SELECT reason FROM labels WHERE reason IS NOT NULL").fetchall()) >= 8


def test_nothing_on_the_disk_names_them(made: tuple[Workspace, Truth, dict[str, str]]) -> None:
    """Last, so that it reads all that the tests above have written: findings, labels, looks, runs, reports."""
    ws, truth, found = made
    said = [person for person in truth.persons if person not in truth.unsaid]
    searched = leaks(ws.path, said)
    assert searched.bytes > 100_000
    assert dict(searched.places) == {}, searched.where
    assert len(looks.read(ws.path)) > len(found)
    assert json.loads((ws.path / "looks.jsonl").read_text().splitlines()[0])["outcome"] == "made"
    assert workspace.open_workspace(ws.path).db.execute("SELECT count(*) > 0 FROM labels").fetchall() == [(True,)]
