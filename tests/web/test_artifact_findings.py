from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from headgate import catalog, labels
from headgate import policy as policies
from headgate.labels import Label
from headgate.web.artifact_facts import row_of
from headgate.web.artifact_findings import ORDER, appeals, findings, gate, labelled, open_rules, sensitive_checks
from headgate.web.artifact_licence import licence
from headgate.web.pages import artifact
from headgate.web.snapshot import Snapshot, take
from headgate.workspace import open_workspace
from tests import build, report_workspace
from tests.web.serving import Served, serving

SENSITIVE = {method.name for stage in catalog.CHECKING for method in catalog.methods(stage) if method.sensitive}


def test_rules_on_sensitive_checks_are_taken_out_and_counted(served: Served) -> None:
    snapshot: Snapshot = served.app.state.watch.current
    for kind, number in (("model", 1), ("version", 1), ("dataset", 0)):
        kept, closed = open_rules(snapshot, policies.read(), kind)
        assert {rule.check for rule in kept.rules} == {"licence_missing", "licence_conflict"}
        assert closed == number
    assert sensitive_checks() == len(SENSITIVE)


def test_waivers_of_a_sensitive_rule_go_with_it(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    waiver = '[[waiver]]\nref = "hf:model:a/*"\nrule = "{}"\nreason = "x"\nowner = "y"\nexpires = 2099-01-01\n'
    path.write_text(
        '[[rule]]\nname = "open"\ncheck = "licence_missing"\nat_most = 0\n'
        '[[rule]]\nname = "closed"\ncheck = "uncensored_name"\nat_most = 0\n'
        + waiver.format("open")
        + waiver.format("closed")
    )
    kept, closed = open_rules(served.app.state.watch.current, policies.read(path), "model")
    assert [rule.name for rule in kept.rules] == [one.rule for one in kept.waivers] == ["open"]
    assert closed == 1


def test_appeals_and_labels_are_read_anew_when_somebody_adds_one(own: Path) -> None:
    before = take(own)
    db = before.cursor()
    ref = db.execute("SELECT ref FROM shelf.artifacts WHERE kind = 'model' AND NOT depicts_person LIMIT 1").fetchall()[
        0
    ][0]
    assert appeals(before, ref) == ()
    labels.add(
        open_workspace(own),
        [Label(ref, "licence_missing", "contested", "me", "appeal", "it is in the card https://evil.example/x"),
         Label(ref, "uncensored", "contested", "me", "appeal", "it is not"),
         Label(ref, "licence_missing", "no", "somebody", "review")],
    )  # fmt: skip
    after = take(own, before)
    assert after.key == before.key
    found = appeals(after, ref)
    assert {one.check for one in found} == {"licence_missing", None}  # a sensitive check is not named
    assert all("evil" not in one.note for one in found)
    assert labelled(after, ref) == {"licence_missing"}
    # one row that is marked so is enough to make a check sensitive
    with pytest.MonkeyPatch.context() as patch:
        marked = [one | {"sensitive": True} for one in after.summary["checks"]]
        patch.setitem(after.summary, "checks", marked)
        after.kept._held.clear()
        assert {one.check for one in appeals(after, ref)} == {None}
    assert appeals(after, "hf:model:no/body") == ()
    assert labelled(after, "hf:model:no/body") == frozenset()


def test_no_sensitive_finding_reaches_the_pages(served: Served, hub: Any) -> None:
    snapshot: Snapshot = served.app.state.watch.current
    assert hub[0].db.execute("SELECT count(*) FROM findings WHERE sensitive").fetchall()[0][0] > 0
    checks = {row[0] for row in snapshot.cursor().execute('SELECT DISTINCT "check" FROM shelf.findings').fetchall()}
    assert not checks & SENSITIVE


def test_who_may_not_be_named_is_named_in_no_evidence(tmp_path: Path) -> None:
    card = {"license": "mit", "base_model": "Jane Example Person"}
    ws, _ = build.collect(tmp_path / "w", [build.model("a/child", cardData=card)])
    build.edges(ws, "declared_base")
    stored = build.findings(ws, "licence_conflict")["hf:model:a/child"]
    assert "name:Jane Example Person" in stored[1]
    snapshot = take(ws.path)
    db = snapshot.cursor()
    row = row_of(db, snapshot.find(db, "a/child")[0])
    found, may = findings(snapshot, row, "engineer", licence(snapshot, row), (), 1)
    judged = gate(snapshot, snapshot.cursor(), row, Path("no such file.toml"), "plain", may)
    assert {one.rule: one.state for one in judged.explained.rules}[
        "its licence keeps what those upstream ask"
    ] == "missing"
    for told in (str(found), str(judged)):
        assert "withheld" in told
        assert "Jane" not in told
    page = artifact.read(snapshot, "a/child", "regulator", Path("no such file.toml"))
    assert "Jane" not in str(page)


def test_what_was_found_stands_first_and_faults_before_traits(served: Served) -> None:
    snapshot: Snapshot = served.app.state.watch.current
    db = snapshot.cursor()
    ids = [
        row[0]
        for row in db.execute(
            "SELECT id FROM shelf.artifacts WHERE NOT depicts_person ORDER BY hash(id) LIMIT 12"
        ).fetchall()
    ]
    for id_ in ids:
        row = row_of(db, id_)
        found, _ = findings(snapshot, row, "plain", licence(snapshot, row), (), 1)
        order = [(ORDER.index(one.explained.verdict), not one.explained.fault) for one in found]
        assert order == sorted(order)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [(math.inf, None, None), (-math.inf, -math.inf, 0.0), (math.nan, 0.0, 1.0), (1.5, math.nan, math.inf)],
)
def test_a_number_that_json_lacks_is_told_in_words(
    tmp_path: Path, value: float, low: float | None, high: float | None
) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    report_workspace.put(
        ws,
        "collect",
        "dump",
        "artifacts",
        [report_workspace.artifact("hf:model:org/only")],
        hub="huggingface",
        kind="model",
    )
    row = {
        "subject": "hf:model:org/only",
        "check": "perplexity",
        "value": value,
        "low": low,
        "high": high,
        "sensitive": False,
    }
    report_workspace.put(ws, "prove", "perplexity", "findings", [row])
    with serving(ws.path) as served:
        for reader in ("plain", "engineer", "regulator"):
            said = served.json(f"/artifact/org/only?reader={reader}")["told"]["findings"][0]
            assert said["value"] == (value if math.isfinite(value) else None)
            words = " ".join([said["explained"]["says"], *said["explained"]["why"]])
            assert ("inf" in words) == math.isinf(value)
            assert "nan" not in words
            assert "only" in served.html(f"/artifact/org/only?reader={reader}")
