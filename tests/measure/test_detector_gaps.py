from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headgate import labels, run
from headgate.evidence.intervals import wilson
from headgate.report.summary import summarise
from headgate.web import index
from headgate.workspace import Workspace
from tests.build import collect, model
from tests.calling import call

# language, how many, of how many the licence is missing, of how many the name says that alignment was removed
PLAN = [("en", 40, 10, 20), ("de", 40, 30, 12), ("fr", 35, 7, 4), ("ko", 5, 5, 0), ("", 45, 0, 11)]


def planted() -> Iterator[dict[str, Any]]:
    for language, many, missing, removed in PLAN:
        for n in range(many):
            name = f"a/{language}{n}{'-uncensored' if n < removed else ''}"
            licence = {} if n < missing else {"license": "mit"}
            yield model(name, tags=[language] * bool(language), cardData=licence)
    yield model("a/two", tags=["en", "de"], cardData={"license": "mit"})


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    made, _ = collect(tmp_path / "w", planted())
    for check in ("licence_missing", "uncensored_name"):
        run.run_method(made, "detect", check)
    return made


def rows(ws: Workspace, **params: Any) -> dict[str, tuple[Any, ...]]:
    run.run_method(ws, "measure", "detector_gaps", **params)
    sql = "SELECT subject, value, low, high, n, evidence FROM findings WHERE \"check\" = 'detector_gaps'"
    return {row[0]: row[1:] for row in ws.db.execute(sql).fetchall()}


def test_shares_found_and_untold_by_language(ws: Workspace) -> None:
    made = rows(ws)
    found = {name: row for name, row in made.items() if name.startswith("check:licence_missing found model language")}
    assert {name.rpartition(":")[2]: row[0] for name, row in found.items()} == {
        "en": 10 / 40, "de": 30 / 40, "not_stated": 0.0,
        "other": 12 / 41,  # 5 Korean ones, one of two languages, and the smallest that would stand alone, to be 30
    }  # fmt: skip
    assert found["check:licence_missing found model language:en"] == (0.25, *(wilson(10, 40) or ()), 40, "10 of 40")
    untold = {name: row[:1] for name, row in made.items() if "licence_missing untold model language" in name}
    assert set(untold.values()) == {(0.0,)}
    gap = made["check:licence_missing found model by:language"]
    assert gap[0] == 0.5
    assert 0.2 < gap[1] < 0.5 < gap[2] < 0.75
    assert gap[3:] == (121, "language:de 0.750, language:en 0.250 (3 groups)")  # what names none stands in no gap


def test_a_sensitive_check_tells_no_cell_under_10(ws: Workspace) -> None:
    made = {name: row for name, row in rows(ws).items() if "uncensored_name" in name}
    # French (4) and Korean ones hide among the English (20): German (12) stay as they are
    told = {name.rpartition(":")[2]: row[4] for name, row in made.items() if " found model language" in name}
    assert told == {"not_stated": "11 of 45", "de": "12 of 40", "other": "24 of 81"}
    assert made["check:uncensored_name found model by:language"][3] == 121
    for row in made.values():
        count = re.fullmatch(r"(\d+) of (\d+)", row[4])
        if count:
            part, whole = int(count[1]), int(count[2])
            assert not 0 < part < 10
            assert not 0 < whole - part < 10


def test_a_sensitive_check_with_a_small_total_is_withheld(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model(f"a/{n}{'-uncensored' * (n < 4)}", tags=["en"]) for n in range(90)])
    run.run_method(ws, "detect", "uncensored_name")
    for by in ("hub", "language"):
        made = rows(ws, by=by)
        assert list(made) == [f"check:uncensored_name found by:{by}"]
        assert made[f"check:uncensored_name found by:{by}"][:4] == (None, None, None, 0)


def test_labels_of_people_give_recall_false_positive_rate_and_precision(ws: Workspace) -> None:
    # of English ones 12 are missing by hand, 8 found; of German ones 12, all found; 10 each are not, 2 and 0 found
    said = [("en", n, n < 8 or n >= 36) for n in [*range(8), *range(36, 40), 8, 9, *range(20, 28)]]
    said += [("de", n, n < 12) for n in [*range(12), *range(30, 40)]]
    named = {re.sub("-uncensored", "", row[0]): row[0] for row in ws.db.execute("SELECT ref FROM artifacts").fetchall()}
    given = [
        labels.Label(named[f"hf:model:a/{language}{n}"], "licence_missing", "yes" if yes else "no", "somebody")
        for language, n, yes in said
    ]
    labels.add(ws, [*given, labels.Label(named["hf:model:a/fr0"], "licence_missing", "yes", "rule:words")])
    made = rows(ws)
    for figure, english, german in (
        ("recall", "8 of 12", "12 of 12"), ("false_positive_rate", "2 of 10", "0 of 10"),
        ("precision", "8 of 10", "12 of 12"),
    ):  # fmt: skip
        one, other = (made[f"check:licence_missing {figure} model language:{language}"] for language in ("en", "de"))
        assert (one[4], other[4]) == (english, german)
        gap = made[f"check:licence_missing {figure} model by:language"]
        assert gap[0] == pytest.approx(abs(one[0] - other[0]))
        assert gap[1] <= gap[0] <= gap[2]
    assert "check:licence_missing recall model language:other" not in made  # labelled by a rule only


def test_by_hub_both_hubs_and_kinds_apart(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model(f"a/{n}", cardData={"license": "mit"}) for n in range(40)])
    collect(tmp_path / "w", [{"id": f"a/d{n}", "tags": [], "cardData": {}} for n in range(35)], "dataset")
    ws.db.close()
    ws, _ = collect(tmp_path / "w", [{"id": n, "name": f"m{n}", "type": "LORA", "tags": []} for n in range(1, 41)],
                    "civitai")  # fmt: skip
    run.run_method(ws, "detect", "licence_missing")
    made = rows(ws, by="hub")
    assert {" ".join(name.split()[2:]) for name in made if " untold " in name} == {
        "dataset hub:huggingface", "model hub:huggingface", "model hub:civitai", "model by:hub",
    }  # fmt: skip
    assert made["check:licence_missing found dataset hub:huggingface"][0] == 1


def test_a_check_that_counts_things_is_left_out(ws: Workspace) -> None:
    run.run_method(ws, "detect", "disclosure_gaps")
    ws.db.execute("CREATE OR REPLACE TEMP TABLE findings AS SELECT * REPLACE (3.0 AS value) FROM memory.main.findings")
    assert rows(ws) == {}


def test_without_findings_there_is_nothing(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")])
    assert rows(ws) == {}


def test_report_and_dashboard_bear_subjects_that_are_no_artifacts(ws: Workspace) -> None:
    rows(ws)
    made = summarise(ws)
    check = next(one for one in made.checks if one.check == "detector_gaps")
    assert (check.sensitive, check.share) == (False, None)
    assert index.made(ws.path).is_dir()


def test_the_command_line(ws: Workspace) -> None:
    done = call("measure", "detector_gaps", "--by", "hub", "-w", ws.path)
    assert re.search(r"measure detector_gaps: \d+ rows of findings", done.out), done
    assert call("measure", "detector_gaps", "--by", "colour", "-w", ws.path).code != 0
