"""Licences of a report by use and family, duties broken and links between uses, against counts made by hand."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from headgate import workspace
from headgate.report import html, text
from headgate.report.summary import summarise
from headgate.report.terms import Crossing, Terms, use_of
from tests.report_workspace import HOSTILE, artifact, edge, findings, put


@pytest.mark.parametrize(
    ("ids", "use"),
    [
        (["MIT"], "commercial"),
        (["CC-BY-NC-4.0", "MIT"], "non-commercial"),
        (["llama2", "creativeml-openrail-m"], "threshold"),
        (["MIT", "cc"], "unspecified"),
        (["no such licence"], "unspecified"),
        ([], "not known"),
        (None, "not known"),
    ],
)
def test_the_strictest_use_counts(ids: list[str] | None, use: str) -> None:
    assert use_of(ids) == use


@pytest.fixture
def hub(tmp_path: Path) -> workspace.Workspace:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    said = {
        "meta/base": ["llama2"], "x/kept": ["llama2"], "x/broken": ["mit"], "meta/own": ["mit"], "x/silent": [],
        "y/nc": ["cc-by-nc-4.0"], "z/merge": ["apache-2.0"], "y/named": ["other"], "y/strange": ["no-such-licence"],
    }  # fmt: skip
    rows = [artifact(f"hf:model:{name}", author=name.split("/")[0], licences=ids, has_card=True,
                     licence_name="llama2" if name == "y/named" else None) for name, ids in said.items()]  # fmt: skip
    rows.append(artifact("civitai:model:1", hub="civitai", licence_source="terms"))
    put(ws, "collect", "dump", "artifacts", rows)
    put(ws, "link", "declared_base", "edges", [
        *(edge(f"hf:model:{name}", "hf:model:meta/base")
          for name in ("x/kept", "x/broken", "meta/own", "x/silent", "y/named", "y/strange")),
        edge("hf:model:x/broken", "hf:model:META/Base"),  # the same link, written in another case
        edge("hf:model:z/merge", "hf:model:y/nc", "merge"),
        edge("hf:model:z/merge", "hf:model:else/where", "merge"),
        edge("hf:model:z/merge", "hf:model:z/merge"),
        edge("hf:model:x/kept", "hf:model:y/nc", "trained_on"),
        edge("hf:model:x/kept", "hf:model:x/broken", "renamed"),
    ])  # fmt: skip
    return ws


def _terms(ws: workspace.Workspace) -> Terms:
    terms = summarise(ws).terms
    assert terms is not None
    return terms


def test_uses_and_families(hub: workspace.Workspace) -> None:
    said = {(row.hub, row.kind): row for row in _terms(hub).said}
    models = said["huggingface", "model"]
    # eight of nine declare one; llama2 three times, once by its name
    assert [(use, share.found, share.of) for use, share in models.uses] == [
        ("commercial", 3, 8), ("threshold", 3, 8), ("non-commercial", 1, 8), ("not known", 1, 8),
    ]  # fmt: skip
    assert {name: share.found for name, share in models.families} == {
        "permissive": 3, "model-community": 3, "non-commercial": 1, "not known": 1,
    }  # fmt: skip
    share = models.uses[0][1]
    assert (share.share, share.low, share.high) == pytest.approx((0.375, 0.1368, 0.6943), abs=5e-5)  # Wilson, 3 of 8
    assert share.date == "2026-11-01"
    assert [(use, s.found, s.of) for use, s in said["civitai", "model"].uses] == [("permission flags of the hub", 1, 1)]


def test_duties_at_direct_links(hub: workspace.Workspace) -> None:
    terms = _terms(hub)
    # of three links to another account whose child declares a known licence, one is to MIT; one's own work is free
    assert {(d.licence, d.asks): (d.broken.found, d.broken.of, d.open) for d in terms.duties} == {
        ("llama2", "derivatives come with the same agreement"): (1, 3, 0),
        ("llama2", "commercial use up to a limit only"): (1, 3, 0),
        ("llama2", "its use restrictions are passed on"): (1, 3, 0),
        ("CC-BY-NC-4.0", "no commercial use"): (1, 1, 0),
    }
    assert terms.more_duties == 0


def test_links_by_use(hub: workspace.Workspace) -> None:
    assert _terms(hub).crossings == (
        Crossing("threshold", "commercial", 2),
        Crossing("threshold", "threshold", 2),
        Crossing("threshold", "not known", 1),
        Crossing("threshold", "none stated", 1),
        Crossing("non-commercial", "commercial", 1),
    )


def test_faults_have_no_share_over_several_kinds(hub: workspace.Workspace) -> None:
    put(hub, "detect", "licence_conflict", "findings", findings("licence_conflict", {
        "hf:model:x/broken": 1.0, "hf:model:x/kept": 0.0, "hf:model:y/strange": None, "civitai:model:1": None,
    }))  # fmt: skip
    (fault,) = _terms(hub).faults
    assert (fault.fault, fault.hub, fault.kind, fault.share.found, fault.share.of, fault.unknown) == (
        "in conflict", "huggingface", "model", 1, 2, 1,
    )  # fmt: skip


def test_nothing_is_left_in_the_connection_and_no_artifact_is_named(hub: workspace.Workspace) -> None:
    terms = _terms(hub)
    assert "broken" not in json.dumps(asdict(terms)).replace('"broken"', "")
    left = {row[0] for row in hub.db.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert not [name for name in left if name.startswith("report_")]


def test_the_page_and_the_terminal(hub: workspace.Workspace) -> None:
    page, told = html.render(hub), text.render(hub)
    assert "Duties broken most often" in page
    assert "From the parent’s use to the child’s" in page
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert "artifacts commercial threshold non-commercial permission flags of the hub not known" in lines
    assert "Hugging Face models 3 3 1 0 1" in lines
    assert "llama2 derivatives come with the same agreement 1 3 33.3 %" in lines


def test_hostile_names_of_licences_are_not_known(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    rows = [artifact(f"hf:model:a/{n}", licences=["other"], licence_name=text, licence_link=text, author=text)
            for n, text in enumerate(HOSTILE)]  # fmt: skip
    put(ws, "collect", "dump", "artifacts", rows)
    (said,) = _terms(ws).said
    assert [(use, share.found) for use, share in said.uses] == [("not known", len(HOSTILE))]
    assert "alert(1)" not in html.render(ws)
