"""The figures of a report against counts made by hand; empty, sensitive and past workspaces."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headgate import workspace
from headgate.report.shapes import Health, Month, Summary
from headgate.report.summary import summarise
from tests.report_workspace import PERSON, artifact, edge, findings, put, small


@pytest.fixture
def counted(tmp_path: Path) -> Summary:
    return summarise(small(tmp_path / "hub"))


def test_an_empty_workspace(tmp_path: Path) -> None:
    s = summarise(workspace.open_workspace(tmp_path / "hub", create=True))
    assert (s.artifacts, s.months, s.edges, s.families, s.licences, s.checks, s.controls, s.runs) == ((),) * 8
    assert s.graph == Health()
    assert (s.tombstones, s.undated, s.runs_in_all) == (0, 0, 0)
    whats = [u.what for u in s.unseen]
    assert "Civitai models: no artifact was collected" in whats
    assert "link declared_base has not been run" in whats


def test_artifacts_and_tombstones(counted: Summary) -> None:
    seen = {(a.hub, a.kind): a.count for a in counted.artifacts}
    assert seen == {
        ("huggingface", "model"): 4, ("huggingface", "dataset"): 1, ("civitai", "model"): 2, ("civitai", "version"): 1,
    }  # fmt: skip
    assert counted.tombstones == 1
    assert counted.workspace == "hub"


def test_downloads_of_different_windows_are_never_added(counted: Summary) -> None:
    found = {(a.hub, a.kind): (a.downloads, a.window) for a in counted.artifacts}
    assert found["huggingface", "model"] == (42, "30d")
    assert found["civitai", "model"] == (1000, "all")
    assert found["huggingface", "dataset"] == (None, None)


def test_downloads_of_mixed_windows_are_not_summed(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    put(ws, "collect", "dump", "artifacts", [
        artifact("hf:model:a/a", downloads=1, downloads_window="30d"),
        artifact("hf:model:a/b", downloads=1, downloads_window="all"),
    ])  # fmt: skip
    (row,) = summarise(ws).artifacts
    assert (row.downloads, row.window) == (None, None)


def test_months(counted: Summary) -> None:
    assert counted.months == (
        Month("2024-01", "huggingface", 1), Month("2024-03", "civitai", 2), Month("2024-03", "huggingface", 2),
    )  # fmt: skip
    assert counted.undated == 1


@pytest.mark.parametrize("date", ["1969-12-31", "9999-12-31", "infinity", "-infinity", "290000-01-01"])
def test_impossible_dates_are_undated(tmp_path: Path, date: str) -> None:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    put(ws, "collect", "dump", "artifacts", [artifact("hf:model:a/a", created=date)])
    s = summarise(ws)
    assert (s.months, s.undated) == ((), 1)


def test_licences_tell_omissions_from_what_nobody_looked_at(counted: Summary) -> None:
    rows = {(row.hub, row.kind): row for row in counted.licences}
    assert set(rows) == {("huggingface", "model"), ("civitai", "model"), ("huggingface", "dataset")}
    hf, civitai = rows["huggingface", "model"], rows["civitai", "model"]
    assert (hf.count, hf.declared, hf.not_stated, hf.no_card, hf.not_recorded) == (4, 1, 1, 1, 1)
    assert (civitai.count, civitai.declared, civitai.not_recorded) == (2, 2, 0)
    assert (hf.omission.found, hf.omission.of) == (1, 2)
    assert [(row.licence, row.share.found, row.share.of) for row in hf.top] == [("mit", 1, 1)]
    assert [(row.licence, row.share.of) for row in civitai.top] == [("permission flags of the hub", 2)]
    unseen = {u.what: (u.count, u.of) for u in counted.unseen}
    assert unseen["no licence known and the card never looked at"] == (1, 7)  # the version is no eighth


def test_a_version_is_looked_at_with_its_model(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    run = workspace.new_run(ws, "collect", "civitai", {})
    seen = artifact("civitai:version:9", hub="civitai", kind="version", version_of="civitai:model:1") | {"run": run.id}
    ws.db.execute("CREATE OR REPLACE TEMP TABLE given AS FROM empty.artifacts LIMIT 0")
    ws.db.execute(f"INSERT INTO given ({', '.join(seen)}) VALUES ({', '.join('?' * len(seen))})", list(seen.values()))
    workspace.write_part(ws, run, "artifacts", ws.db.table("given"))
    ws.db.execute("CREATE OR REPLACE TEMP TABLE listed AS FROM empty.files LIMIT 0")
    ws.db.execute(
        "INSERT INTO listed (artifact, path, observed, run) VALUES ('civitai:version:9', 'a.bin', ?, ?)",
        [seen["observed"], run.id],
    )
    workspace.write_part(ws, run, "files", ws.db.table("listed"))
    workspace.finish(ws, run)
    put(ws, "detect", "licence_missing", "findings", findings("licence_missing", {"civitai:version:9": 0.0}))
    unseen = {u.what: (u.count, u.of) for u in summarise(ws).unseen}
    assert unseen["no list of files, so copies are not told by their hashes"] == (6, 7)
    assert unseen["not looked at by licence_missing"] == (6, 7)


def test_what_civitai_leaves_out_is_said_where_it_was_asked(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    rows = [artifact("civitai:model:2", hub="civitai")]
    put(ws, "collect", "dump", "artifacts", rows, hub="civitai", kind="model")
    assert not [u for u in summarise(ws).unseen if "real person or a minor" in u.what]
    put(ws, "collect", "civitai", "artifacts", rows, hub="civitai", kind="model")
    assert [u for u in summarise(ws).unseen if "real person or a minor" in u.what]


def test_every_share_can_be_quoted(counted: Summary) -> None:
    share = next(row for row in counted.licences if row.kind == "model").omission
    assert share.share == 0.5
    assert (share.low, share.high) == pytest.approx((0.0945, 0.9055), abs=5e-5)  # Wilson's interval of 1 of 2
    assert share.date == "2026-11-01"
    assert share.source == "Hugging Face models whose card was seen"
    assert counted.date == f"{datetime.now(UTC):%Y-%m-%d}"
    assert (counted.observed_from, counted.observed_to) == ("2026-11-01", "2026-11-01")


def test_a_share_is_dated_by_what_it_rests_on(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    seen = {"a": (datetime(2026, 9, 1), True, ["mit"]), "b": (datetime(2026, 9, 5), True, []),
            "c": (datetime(2026, 9, 9), None, ["mit"])}  # fmt: skip
    put(ws, "collect", "dump", "artifacts", [
        artifact(f"hf:model:a/{name}", has_card=card, licences=licences) | {"observed": observed}
        for name, (observed, card, licences) in seen.items()
    ])  # fmt: skip
    rows = findings("licence_missing", {"hf:model:a/a": 0.0, "hf:model:a/b": 1.0})
    rows += findings("licence_missing", {"hf:model:a/c": 0.0}, n=0)
    put(ws, "detect", "licence_missing", "findings", rows)
    put(ws, "collect", "dump", "artifacts", [
        artifact("hf:model:a/b", has_card=True, licences=[]) | {"observed": datetime(2026, 10, 1)}
    ])  # fmt: skip
    s = summarise(ws)
    (licences,), (check,) = s.licences, s.checks
    assert check.share is not None
    assert (check.share.date, check.groups[0].share.date) == ("2026-09-05", "2026-09-05")  # b was not looked at again
    assert (licences.omission.date, licences.top[0].share.date) == ("2026-10-01", "2026-09-09")
    assert (s.observed_from, s.observed_to) == ("2026-09-01", "2026-10-01")


def test_edges_and_health(counted: Summary) -> None:
    found = {(e.relation, e.how): e.count for e in counted.edges}
    assert found == {
        ("finetune", "declared"): 6, ("adapter", "inferred"): 1, ("merge", "declared"): 1, ("adapter", "declared"): 1,
        ("trained_on", "declared"): 1, ("version_of", "declared"): 1,
    }  # fmt: skip
    # nodes: base child grandchild nocard else/where name civitai 1, 2, 7 round a, b
    assert counted.graph == Health(
        nodes=11,
        edges=10,
        roots=5,
        self_loops=1,
        dangling_parents=3,
        name_only_parents=1,
        several_parents=2,
        in_cycles=2,
        training_edges=1,
        training_not_collected=0,
        several_methods=0,
    )


def test_a_link_counts_once_however_many_methods_found_it(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    put(ws, "collect", "dump", "artifacts", [artifact("hf:model:a/child"), artifact("hf:model:a/loop")])
    child, base = "hf:model:a/child", "hf:model:b/Base"
    for method, rows in {
        "declared_base": [edge(child, base), edge("hf:model:a/loop", "hf:model:a/loop")],
        "adapter_config": [edge(child, base, how="read"), edge(child, base, "adapter", "read")],
        "quantised_copy": [edge(child, base.lower(), how="inferred"), edge(child, base, "adapter", "inferred")],
        "trained_on": [edge(child, "hf:dataset:c/data", "trained_on"), edge(child, "hf:dataset:c/DATA", "trained_on")],
    }.items():
        put(ws, "link", method, "edges", [row | {"method": method} for row in rows])
    s = summarise(ws)
    assert {(e.relation, e.how, e.count) for e in s.edges} == {
        ("finetune", "read", 1), ("finetune", "declared", 1), ("adapter", "read", 1), ("trained_on", "declared", 1),
    }  # fmt: skip
    assert s.graph == Health(
        nodes=2, edges=3, roots=1, self_loops=1, dangling_parents=1, training_edges=1, training_not_collected=1,
        several_methods=2,
    )  # fmt: skip


def test_training_data_alone_is_no_lineage(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    put(ws, "link", "trained_on", "edges", [edge("hf:model:a/a", "hf:dataset:c/d", "trained_on")])
    s = summarise(ws)
    assert (s.graph, s.families) == (Health(training_edges=1, training_not_collected=1), ())


def test_a_family_of_civitai_is_named_by_its_ref(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    put(ws, "link", "same_files", "edges", [edge("hf:model:a/a", "civitai:model:257749", "copy")])
    assert [f.root for f in summarise(ws).families] == ["civitai:model:257749"]


def test_families_withhold_whoever_may_be_a_person(counted: Summary) -> None:
    found = sorted((f.root, f.hub, f.descendants, f.children, f.collected) for f in counted.families)
    assert found == [
        ("else/where", "huggingface", 1, 1, False),
        ("org/base", "huggingface", 2, 2, True),
        ("round/a", "huggingface", 1, 1, False) if ("round/a", "huggingface", 1, 1, False) in found
        else ("round/b", "huggingface", 1, 1, False),
        ("withheld", "civitai", 2, 1, True),
        ("withheld", "name only", 1, 1, False),
    ]  # fmt: skip
    assert PERSON not in json.dumps(asdict(counted))


def test_a_person_is_withheld_after_the_hub_took_it_down(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    put(ws, "collect", "civitai", "artifacts", [
        artifact("civitai:model:1", hub="civitai", gone=True) | {"observed": datetime(2026, 11, 5)}
    ])  # fmt: skip
    assert [f.root for f in summarise(ws).families if f.hub == "civitai"] == ["withheld"]


def test_a_check_that_tells(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    rows = findings("licence_missing", {"hf:model:org/base": 0, "hf:model:org/child": 1, "hf:model:org/nocard": None})
    rows += findings("licence_missing", {"civitai:model:1": 0}, n=0) + findings(
        "licence_missing", {"hf:dataset:org/data": 0}
    )
    put(ws, "detect", "licence_missing", "findings", rows)
    s = summarise(ws)
    (check,) = s.checks
    assert (check.looked_at, check.found, check.unknown, check.uncounted) == (5, 1, 1, 1)
    assert check.share is None  # models and datasets have none together
    groups = {(g.hub, g.kind): (g.looked_at, g.share.found, g.share.of, g.unknown, g.uncounted) for g in check.groups}
    assert groups == {
        ("huggingface", "model"): (3, 1, 2, 1, 0), ("huggingface", "dataset"): (1, 0, 1, 0, 0),
        ("civitai", "model"): (1, 0, 0, 0, 1),
    }  # fmt: skip
    unseen = {u.what: (u.count, u.of) for u in s.unseen}
    assert unseen["not looked at by licence_missing"] == (2, 7)


def test_a_check_that_measures(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    put(
        ws,
        "detect",
        "drift",
        "findings",
        findings("drift", {"a": 0.25, "b": 0.5, "c": 0.0, "d": None, "e": float("nan")}),
    )
    (check,) = summarise(ws).checks
    assert (check.found, check.share, check.median, check.unknown) == (None, None, 0.25, 1)


def _sensitive(tmp_path: Path, found: int, clear: int, unknown: int, value: float = 1.0) -> Summary:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    values: dict[str, float | None] = {f"hf:model:a/flagged{n}": value for n in range(found)}
    values |= {f"hf:model:a/clear{n}": 0.0 for n in range(clear)} | {
        f"hf:model:a/open{n}": None for n in range(unknown)
    }
    put(ws, "detect", "uncensored_name", "findings", findings("uncensored_name", values, sensitive=True))
    s = summarise(ws)
    assert "flagged" not in json.dumps(asdict(s))
    return s


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ((20, 80, 0), (100, 20, 0, (20, 100))),
        ((20, 80, 50), (150, 20, 50, (20, 100))),
        ((0, 80, 0), (80, 0, 0, (0, 80))),
        ((9, 80, 0), (89, "<10", 0, None)),
        ((80, 9, 0), (89, "withheld", 0, None)),  # 89 less 80 would tell that 9 are clear
        ((20, 80, 4), (104, 20, "<10", (20, 104))),  # of 100 would tell that 4 are open
        ((3, 3, 3), ("<10", "withheld", "withheld", None)),
    ],
)
def test_small_cells_of_sensitive_checks_stay_hidden(
    tmp_path: Path, counts: tuple[int, int, int], shown: tuple[object, ...]
) -> None:
    (check,) = _sensitive(tmp_path, *counts).checks
    share = (check.share.found, check.share.of) if check.share else None
    assert (check.looked_at, check.found, check.unknown, share) == shown
    assert check.groups == ()


def test_a_sensitive_check_that_gives_probabilities_counts_the_likely_ones(tmp_path: Path) -> None:
    (check,) = _sensitive(tmp_path, 30, 80, 0, value=0.7).checks
    assert check.share
    assert (check.found, check.share.found, check.share.of, check.median) == (30, 30, 110, None)
    (check,) = _sensitive(tmp_path / "unlikely", 30, 80, 0, value=0.4).checks
    assert (check.found, check.median) == (0, None)


def test_decisions_are_shown_where_the_policy_reads_no_check_that_found_few(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    few = {f"hf:model:a/{n}": 0.9 if n < 4 else 0.0 for n in range(100)}
    put(ws, "detect", "real_person_adapter", "findings", findings("real_person_adapter", few, sensitive=True))
    many = {f"hf:model:a/{n}": 1.0 if n < 30 else 0.0 for n in range(100)}
    put(ws, "detect", "uncensored_name", "findings", findings("uncensored_name", many, sensitive=True))
    rows = [{"subject": f"hf:model:a/{n}", "control": "release_gate", "decision": "block" if n < 30 else "allow"}
            for n in range(100)]  # fmt: skip
    put(ws, "govern", "release_gate", "decisions", rows, params={"policy": None})
    (control,) = summarise(ws).controls
    assert (control.sensitive, control.allow, control.block) == (True, 70, 30)
    # a policy of one's own that reads the other check would tell of the four
    own = tmp_path / "own.toml"
    own.write_text('[[rule]]\nname = "x"\ncheck = "real_person_adapter"\nat_most = 0.5\n')
    digest = hashlib.sha256(own.read_bytes()).hexdigest()
    put(ws, "govern", "release_gate", "decisions", rows, params={"policy": str(own)}, inputs={str(own): digest})
    assert {control.block for control in summarise(ws).controls} == {"withheld"}
    own.write_text(own.read_text() + "# changed since\n")
    assert {control.block for control in summarise(ws).controls} == {"withheld"}


def _decided(tmp_path: Path, *, sensitive: bool) -> tuple[object, ...]:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    rows = findings("some_check", {f"hf:model:a/{n}": 0.0 for n in range(100)}, sensitive=sensitive)
    put(ws, "detect", "some_check", "findings", rows)
    decisions = ["block"] * 4 + ["allow"] * 60 + ["unknown"] * 35 + ["something else"]
    put(ws, "govern", "release_gate", "decisions", [
        {"subject": f"hf:model:a/{n}", "control": "release_gate", "decision": d} for n, d in enumerate(decisions)
    ])  # fmt: skip
    (control,) = summarise(ws).controls
    return control.allow, control.block, control.unknown


def test_decisions(tmp_path: Path) -> None:
    assert _decided(tmp_path / "open", sensitive=False) == (60, 4, 36)
    assert _decided(tmp_path / "sensitive", sensitive=True) == ("withheld", "<10", 36)


def test_collections_and_runs(counted: Summary) -> None:
    first = counted.collections[-1]
    assert (first.read, first.kept, first.duplicates, first.rejected, first.pseudonymised) == (9, 5, 1, 3, 1)
    assert [c.complete for c in counted.collections] == [False, False, True, False]
    newest = counted.runs[0]
    assert (newest.stage, newest.method, newest.status, newest.rows) == ("link", "declared_base", "done", 11)
    assert counted.runs_in_all == 5


def test_a_past_date(tmp_path: Path) -> None:
    small(tmp_path / "hub")
    put(workspace.open_workspace(tmp_path / "hub"), "collect", "dump", "artifacts",
        [artifact("hf:model:org/late") | {"observed": datetime(2026, 12, 24)}])  # fmt: skip
    s = summarise(workspace.open_workspace(tmp_path / "hub", as_of=datetime(2026, 11, 1, 12, tzinfo=UTC)))
    assert s.date == "2026-11-01"
    assert {(a.hub, a.kind): a.count for a in s.artifacts}["huggingface", "model"] == 5
    assert s.tombstones == 0


def test_nothing_is_left_in_the_connection(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    before = ws.db.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    first = summarise(ws)
    assert ws.db.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall() == before
    assert asdict(summarise(ws)) | {"made": 0} == asdict(first) | {"made": 0}


def test_decisions_less_open_findings_tell_no_small_sensitive_cell(tmp_path: Path) -> None:
    from headgate import run
    from tests.build import collect, model

    stated = {"cardData": {"license": "mit"}}
    named = [model(f"a/m{n}-uncensored") | stated for n in range(7)]
    ws, _ = collect(
        tmp_path / "w",
        [*named, *(model(f"b/m{n}") for n in range(30)), *(model(f"c/m{n}") | stated for n in range(30))],
    )
    for check in ("licence_missing", "uncensored_name"):
        run.run_method(ws, "detect", check)
    run.run_method(ws, "govern", "release_gate")
    made = summarise(ws)
    assert {check.check: check.found for check in made.checks} == {"licence_missing": 30, "uncensored_name": "<10"}
    # 37 blocked less 30 without a licence would be the seven
    (control,) = made.controls
    assert (control.allow, control.block, control.unknown) == ("withheld",) * 3
