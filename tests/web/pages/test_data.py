from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from headgate import runs
from headgate.shapes import Finding
from headgate.web.pages import data
from headgate.web.snapshot import take
from headgate.workspace import open_workspace
from tests.report_workspace import artifact, edge, put
from tests.screened import REF, hashed, screened
from tests.web.serving import Served, looking, serving

OTHER, NEVER, PERSON = "hf:dataset:someone/other", "hf:dataset:a/never", "hf:dataset:a/jane-doe"
TEXTS = ["a secret text", "another text", "another text", "a fourth text"]
FOUND = [
    Finding("", 0.25, 0.1, 0.5, 4, "1 of 4 items flagged; the screener's errors were not measured"),
    Finding("violence", None, None, None, 0, "none of 4 items could be told"),
]
HOSTILE = "<script>alert(1)</script>\x1b[31m"


def screened_workspace(path: Path) -> Path:
    """Two screenings of one dataset, one of another that is not collected, one of a person's, and one never screened."""
    nan = float("nan")
    screened(path, "toxicity", TEXTS, [0.0, 1.0, 1.0, nan], findings=FOUND, counts={"files unreadable": 2})
    screened(path, "replication", ["x"], [0.5], findings=[Finding("largest", 14.0, None, None, 1, HOSTILE)])
    screened(path, "deobfuscate", ["y"], [0.0], ref=OTHER)
    ws = screened(path, "toxicity", ["z"], [0.0], ref=PERSON)
    rows = [artifact(ref, kind="dataset", person=ref == PERSON) for ref in (REF, NEVER, PERSON)]
    put(ws, "collect", "huggingface", "artifacts", [*rows, artifact("hf:model:a/m"), artifact("hf:model:a/n")])
    edges = [
        edge("hf:model:a/m", REF, "trained_on"),
        edge("hf:model:a/n", REF, "trained_on"),
        edge("hf:dataset:a/never", REF),
    ]
    put(ws, "link", "declared", "edges", edges)
    return path


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(screened_workspace(tmp_path_factory.mktemp("data") / "w.headgate")) as running:
        yield running


def test_the_list_tells_headlines_and_what_nobody_looked_into(shown: Served) -> None:
    said = shown.json("/data")
    assert {one["ref"]: [each["method"] for each in one["screenings"]] for one in said["screened"]} == {
        REF: ["replication", "toxicity"], OTHER: ["deobfuscate"],
    }  # fmt: skip
    assert (said["never"], said["hidden"]) == (1, 1)
    toxicity = next(one for one in said["screened"] if one["ref"] == REF)["screenings"][1]
    assert (toxicity["value"], toxicity["low"], toxicity["high"], toxicity["n"], toxicity["items"]) == (
        0.25,
        0.1,
        0.5,
        4,
        4,
    )
    assert {one["ref"]: one["collected"] for one in said["screened"]} == {REF: True, OTHER: False}
    assert "25.0 %" in shown.html("/data")


def test_the_age_is_counted_in_days(tmp_path: Path) -> None:
    screened(tmp_path / "w", "toxicity", TEXTS, [0.0] * 4)
    (run,) = runs.read_all(tmp_path / "w")
    run.started = "2026-11-01T08:00:00+00:00"
    runs.save(tmp_path / "w", run)
    (one,) = data.read(take(tmp_path / "w"), date(2026, 11, 21)).screened
    assert (one.screenings[0].days, one.screenings[0].date) == (20, "2026-11-01")


def test_a_dataset_says_what_its_screenings_found(shown: Served) -> None:
    said = shown.json(f"/data/{REF}")
    toxicity = next(one for one in said["screened"] if one["method"] == "toxicity")
    assert [(f["axis"], f["value"]) for f in toxicity["findings"]] == [("", 0.25), ("violence", None)]
    assert (toxicity["items"], toxicity["told"], toxicity["distinct"]) == (4, 3, 3)
    assert [count for _, count in toxicity["bins"]] == [1, *[0] * 18, 2]
    assert (said["used"], said["trained"]) == (3, 2)
    assert "chinese_safe" in dict(said["not_run"])
    page = shown.html(f"/data/{REF}")
    assert "files unreadable" in page
    assert "<script>alert" not in page
    assert "\x1b" not in page + json.dumps(said, ensure_ascii=False)
    assert shown.json("/data/someone/texts")["ref"] == REF


def test_items_are_known_by_their_hashes_alone(shown: Served) -> None:
    said = shown.json(f"/data/{REF}")
    assert [(one["sha256"], one["row"], one["score"]) for one in said["highest"]["toxicity"]] == [
        (hashed("another text"), 1, 1.0), (hashed("another text"), 2, 1.0), (hashed("a secret text"), 0, 0.0),
    ]  # fmt: skip
    text = shown.html(f"/data/{REF}") + json.dumps(said)
    assert not [one for one in TEXTS if one in text]


def test_at_most_twenty_hashes(tmp_path: Path) -> None:
    screened(tmp_path / "w", "toxicity", [f"text {n}" for n in range(50)], [n / 50 for n in range(50)])
    found = data.read_one(take(tmp_path / "w"), REF)
    assert [item.row for item in found.highest["toxicity"]] == list(range(49, 29, -1))


def test_of_a_sensitive_screening_there_is_only_that_it_was(tmp_path: Path) -> None:
    path = tmp_path / "w"
    screened(path, "toxicity", TEXTS, [0.1, 0.9, 0.9, 0.2], findings=FOUND)
    ws = open_workspace(path)
    (part,) = (path / "tables" / "findings").glob("*.parquet")
    ws.db.execute(f"CREATE TABLE f AS SELECT * REPLACE (true AS sensitive) FROM read_parquet('{part}')")
    ws.db.execute(f"COPY f TO '{part}' (FORMAT parquet)")
    snapshot = take(path)
    (listed,) = data.read(snapshot, date(2026, 11, 21)).screened
    assert listed.screenings[0].sensitive
    assert listed.screenings[0].value is None
    found = data.read_one(snapshot, REF)
    assert (found.screened, found.highest) == ((), {})
    assert [(method, items) for method, _, items in found.left_out] == [("toxicity", 4)]
    with serving(path) as running:
        page = running.html(f"/data/{REF}")
        assert "flagged" not in page
        assert "not shown" in page
        assert running.get(f"/data/{REF}/croissant.json").status_code == 404


def test_what_depicts_a_person_is_not_named(shown: Served) -> None:
    assert "jane-doe" not in shown.html("/data") + json.dumps(shown.json("/data"))
    for path in (f"/data/{PERSON}", f"/data/{PERSON}/croissant.json"):
        answer = shown.get(path)
        assert answer.status_code == 404
        assert "jane-doe" not in answer.text


def test_one_that_nobody_screened_says_so(shown: Served) -> None:
    said = shown.json(f"/data/{NEVER}")
    assert (said["screened"], said["collected"]) == ([], True)
    assert len(said["not_run"]) > 5
    assert "unknown, not clean" in shown.html(f"/data/{NEVER}")


@pytest.mark.parametrize(("path", "status"), [("hf:dataset:no/one", 404), ("hf:model:a/m", 400), ("%00", 400)])
def test_what_is_no_dataset_here(shown: Served, path: str, status: int) -> None:
    assert shown.get(f"/data/{path}").status_code == status


def test_croissant_tells_the_same(shown: Served) -> None:
    for ref in (REF, OTHER):
        answer = shown.get(f"/data/{ref}/croissant.json")
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert any("headgate" in one for one in told["rai:machineAnnotationTools"])
    told = shown.get(f"/data/{REF}/croissant.json").json()
    assert any("0.25 (95 % interval 0.1 to 0.5) over 4 items" in one for one in told["rai:dataBiases"])
    assert 429 in [shown.get(f"/data/{OTHER}/croissant.json").status_code for _ in range(30)]


def test_most_workspaces_have_none(served: Served) -> None:
    said = served.json("/data")
    assert said["screened"] == []
    assert said["never"] > 0
    assert "headgate screen toxicity" in served.html("/data")


@pytest.mark.parametrize("width", [1300, 390])
def test_it_fits_and_nothing_is_wrong_in_a_browser(shown: Served, width: int) -> None:
    with looking(width=width) as page:
        page.goto(shown.address + "/data")
        page.get_by_role("link", name="someone/texts").click()
        assert page.get_by_role("heading", name="toxicity", exact=True).is_visible()
        assert page.get_by_role("img", name="Items by their score of toxicity").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.troubles == []
