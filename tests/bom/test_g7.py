from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from headgate.bom import facts, g7
from headgate.bom.shapes import Artifact, Cohort, Edge, File, Licence
from tests.bom.hub import BASE, DATA, MOMENT, TUNED, synthetic

FULL = Artifact(
    TUNED, "present", "huggingface", "model", "a/tuned", "a", "a" * 40, MOMENT, None, MOMENT, (Licence("mit", "MIT", "MIT"),),
    "card", None, None, True, ("arxiv:2307.09288",), "text-generation", "transformers", "llama", 7, "no", (),
    "A model that was trained to answer questions about trains.", 1,
)  # fmt: skip
BARE = Artifact(BASE, "present", None, "model")
SET = Artifact(
    DATA, "present", "huggingface", "dataset", "org/data", tags=("size_categories:1K<n<10K", "modality:text")
)
COHORT = Cohort(
    (TUNED, BASE), {DATA: SET, TUNED: FULL, BASE: BARE}, {TUNED: (File("m", 1, "f" * 64, None),)},
    {TUNED: (Edge(TUNED, BASE, "finetune", "declared", 1.0, None, "x"), Edge(TUNED, DATA, "trained_on", "declared", 1.0, None, "x"))},
    {}, {}, True,
)  # fmt: skip


def test_the_fifty_elements_of_seven_clusters() -> None:
    listed = g7.elements()
    assert Counter(one.cluster for one in listed) == {
        "Metadata": 10, "System Level Properties": 9, "Models": 13, "Dataset Properties": 10, "Infrastructure": 2,
        "Security Properties": 4, "Key Performance Indicators": 2,
    }  # fmt: skip
    assert len({one.id for one in listed}) == len({one.element for one in listed}) == 50
    for one in listed:
        assert one.answer in {g7.AUTOMATED, g7.PERSON, g7.NOT_APPLICABLE}
        assert bool(one.fact) == bool(one.extent) == (one.answer == g7.AUTOMATED), one
        assert one.extent in {"", "whole", "part"}
        assert (one.of == "system") == (one.answer == g7.NOT_APPLICABLE)
    assert {one.fact for one in listed} - {""} == set(g7._FACTS)


def test_what_is_stated_is_counted_by_hand() -> None:
    rows = {row.element.id: (row.stated, row.n) for row in g7.coverage(COHORT)}
    assert {id_ for id_, told in rows.items() if told == (1, 2)} == {
        "MD-10", "MDL-01", "MDL-03", "MDL-04", "MDL-05", "MDL-06", "MDL-07", "MDL-08", "MDL-09", "MDL-10", "MDL-11",
        "MDL-12", "MDL-13", "DP-09", "INF-01",
    }  # fmt: skip
    assert {id_ for id_, told in rows.items() if told == (2, 2)} == {
        "MD-01", "MD-02", "MD-03", "MD-04", "MD-06", "MD-07", "MD-08", "MD-09", "MDL-02"
    }  # fmt: skip
    assert {id_ for id_, told in rows.items() if told == (1, 1)} == {"DP-01", "DP-03", "DP-04", "DP-07"}
    assert {id_ for id_, told in rows.items() if told == (0, 1)} == {"DP-02", "DP-05", "DP-06", "DP-08", "DP-10"}
    assert rows["KPI-02"] == (0, 2)
    assert {id_ for id_, told in rows.items() if told[0] is None} == {
        "MD-05", "INF-02", "SP-01", "SP-02", "SP-03", "SP-04", "KPI-01", *(f"SLP-0{n}" for n in range(1, 10))
    }  # fmt: skip


def test_sections_of_a_card_are_statements() -> None:
    said = SET._replace(
        card="# D\n\n## Data collection\n\nFrom the web.\n\n## Personal and sensitive information\n\nTODO\n"
    )
    rows = {
        row.element.id: row.stated for row in g7.coverage(COHORT._replace(artifacts=COHORT.artifacts | {DATA: said}))
    }
    assert (rows["DP-06"], rows["DP-08"]) == (1, 0)
    said = said._replace(card=str(said.card).replace("TODO", "None is in it."))
    rows = {
        row.element.id: row.stated for row in g7.coverage(COHORT._replace(artifacts=COHORT.artifacts | {DATA: said}))
    }
    assert (rows["DP-06"], rows["DP-08"]) == (1, 1)
    told = BARE._replace(card="## Training procedure\n\nTwo epochs.\n")
    rows = {
        row.element.id: row.stated for row in g7.coverage(COHORT._replace(artifacts=COHORT.artifacts | {BASE: told}))
    }
    assert rows["MDL-11"] == 2


def test_shares_have_wilson_intervals() -> None:
    row = next(row for row in g7.coverage(COHORT) if row.element.id == "MDL-12")
    assert row.share == 0.5
    assert (row.low, row.high) == (pytest.approx(0.0945, abs=1e-4), pytest.approx(0.9055, abs=1e-4))
    nothing = next(row for row in g7.coverage(COHORT._replace(asked=(BASE,))) if row.element.id == "DP-10")
    assert nothing[1:] == (0, 0, None, None, None)


def test_a_synthetic_hub_counts_as_its_tables_do(tmp_path: Path) -> None:
    ws = synthetic(tmp_path)
    rows = {row.element.id: row for row in g7.coverage(facts.gather(ws, None, with_ancestors=False))}
    sql = (
        "SELECT count(*), count(*) FILTER (len(licences) > 0 AND (licences <> ['other'] OR licence_name IS NOT NULL)), "
        "count(sha) FROM artifacts WHERE kind <> 'dataset'"
    )
    models, licensed, pinned = ws.db.execute(sql).fetchall()[0]
    assert (rows["MDL-12"].stated, rows["MDL-12"].n, rows["MDL-03"].stated) == (licensed, models, pinned)
    trained = ws.db.execute("SELECT count(DISTINCT child) FROM edges WHERE relation = 'trained_on'").fetchall()[0][0]
    assert rows["DP-09"].stated == trained > 0
