from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headgate.repair.certificate import place, statement
from tests.repairs import certificate
from tests.web.repaired import BAD, ITEMS, MADE, SOURCE, repaired
from tests.web.serving import Served, looking, serving


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(repaired(tmp_path_factory.mktemp("repaired") / "w.headgate")) as running:
        yield running


def test_the_list_says_what_was_made_and_how_it_ended(mended: Served) -> None:
    said = mended.json("/repair")
    (one,) = said["models"]
    assert (one["ref"], one["parent"], one["method"], one["verdict"]) == (MADE, SOURCE, "npo", "not held")
    assert one["checks"] == {"held": 3, "leaks": 1, "over": 1, "inconclusive": 2}
    assert [(s["ref"], s["methods"], s["items"], s["made"]) for s in said["traced"]] == [(SOURCE, ["tracin"], 4, 1)]
    assert "digits without 2 items" in mended.html("/repair")


def test_one_model_says_what_may_and_may_not_be_said(mended: Served) -> None:
    said = mended.json(f"/repair/{MADE}")
    assert (said["verdict"], said["grade"], said["lacks"]) == ("not held", "suppressed", "")
    assert "relearning failed" in said["must"]
    assert "membership failed" in said["must"]
    denied = {one["claim"]: one["lacks"] for one in said["denied"]}
    assert "relearning failed" in denied["robust"]
    assert "use prevented" in " ".join(said["never"])
    assert said["removal"]["items"] == 49
    assert dict(said["removal"]["settings"])["rate"] == "0.00052"
    page = mended.html(f"/repair/{MADE}")
    assert "unwanted answer on 148 queries" in page
    assert page.count("<circle") > len(said["checks"])


def test_no_training_item_is_named(mended: Served) -> None:
    for path in ("/repair", f"/repair/{MADE}"):
        text = mended.html(path) + json.dumps(mended.json(path))
        assert not [item for item in ITEMS if item in text]
        assert "/home/me" not in text


def test_the_certificate_is_the_one_that_was_made(mended: Served) -> None:
    answer = mended.get(f"/repair/{MADE}/certificate.json")
    assert answer.status_code == 200
    assert answer.text == statement(certificate()) + "\n"
    assert "attachment" in answer.headers["content-disposition"]
    assert mended.get(f"/repair/{SOURCE}/certificate.json").status_code == 404


def test_exports_are_limited(mended: Served) -> None:
    codes = [mended.get(f"/repair/{MADE}/certificate.json").status_code for _ in range(30)]
    assert 429 in codes


def test_without_a_certificate_nothing_is_concluded(tmp_path: Path) -> None:
    with serving(repaired(tmp_path / "w", kept=False)) as running:
        said = running.json(f"/repair/{MADE}")
        assert (said["verdict"], said["certificate"]) == ("not proved", [])
        assert said["removal"]["items"] is None
        assert dict(said["removal"]["settings"]) == {"budget": "3"}  # no path of whoever ran it
        assert "keeps none" in running.html(f"/repair/{MADE}")


def test_a_certificate_that_does_not_agree_is_told_and_not_given(tmp_path: Path) -> None:
    path = repaired(tmp_path / "w")
    file: Any = place(path, MADE)
    file.write_text(file.read_text().replace("not held", "held", 1))
    with serving(path) as running:
        assert running.json("/repair")["models"][0]["verdict"] == "does not agree"
        said = running.json(f"/repair/{MADE}")
        assert (said["verdict"], said["certificate"]) == ("not proved", [])
        assert said["lacks"]
        assert running.get(f"/repair/{MADE}/certificate.json").status_code == 404


def test_what_depicts_a_person_is_counted(tmp_path: Path) -> None:
    with serving(repaired(tmp_path / "w", person=True)) as running:
        said = running.json("/repair")
        assert (said["hidden"], said["traced"], said["models"][0]["parent"]) == (1, [], None)
        for path in ("/repair", f"/repair/{MADE}"):
            assert BAD.rpartition(":")[2] not in running.html(path) + json.dumps(running.json(path))
        assert running.json(f"/repair/{MADE}")["traces"] == []


def test_most_workspaces_have_none(served: Served) -> None:
    assert served.json("/repair")["models"] == []
    assert "headgate repair --example" in served.html("/repair")
    answer = served.get("/repair/hf:model:a/b")
    assert answer.status_code == 404
    assert "no model that a removal made" in answer.text


@pytest.mark.parametrize("width", [1300, 390])
def test_it_fits_and_nothing_is_wrong_in_a_browser(mended: Served, width: int) -> None:
    with looking(width=width) as page:
        page.goto(mended.address + "/repair")
        page.get_by_role("link", name="digits without 2 items").click()
        page.get_by_text("The same as a table").click()
        assert page.get_by_role("table", name="Checks").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.troubles == []
