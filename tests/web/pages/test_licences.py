from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

pytest.importorskip("fastapi")

from headgate import run
from headgate.web.pages.licences import path
from tests.lineages import lineage
from tests.web.serving import Served, looking, serving, until

WORDS = (
    "the artifact says MIT, but llama2 upstream asks: the agreement (section 1); path: this <-finetune- hf:model:a/b "
    "<-merge- name:free text of somebody <-adapter- hf:model:who/ever and further up; first dropped at hf:model:a/b; "
    "uses not named here: fraud, spam"
)


def says(licence: str) -> dict[str, object]:
    return {"licences": [licence], "licence_source": "card", "has_card": True}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    people = {f"hf:model:who/ever{n}": says("mit") | {"person": True} for n in range(2)}
    kids = {f"hf:model:k{n}/kid": says("apache-2.0") for n in range(40)}
    ws = lineage(
        tmp_path_factory.mktemp("licences") / "w",
        {"hf:model:o/free": says("mit"), "hf:model:o/closed": says("cc-by-nc-4.0"), "hf:model:x/<b>y": says("<b>evil\u202e"),
         "hf:model:z/last": says("apache-2.0"), **people, **kids},
        [*({"child": kid, "parent": "hf:model:o/closed"} for kid in [*kids, *people, "hf:model:x/<b>y"]),
         {"child": "hf:model:z/last", "parent": "hf:model:who/ever0"}],
    )  # fmt: skip
    run.run_method(ws, "detect", "licence_conflict")
    with serving(ws.path) as running:
        yield running


def test_evidence_is_taken_apart_and_names_only_what_it_may() -> None:
    told = path("hf:model:c/d", "mit", WORDS, "2026-11-21", {"hf:model:a/b"})
    assert told.says == "the artifact says MIT, but llama2 upstream asks: the agreement (section 1)"
    assert [(one.relation, one.ref) for one in told.steps] == [
        ("finetune", "hf:model:a/b"), ("merge", "withheld"), ("adapter", "withheld"),
    ]  # fmt: skip
    assert told.further
    assert told.dropped == "hf:model:a/b"
    assert told.lost == "uses not named here: fraud, spam"
    plain = path("hf:model:c/d", "mit", "no licence can keep all of: GPL-3.0-only: a", None, set())
    assert (plain.says, plain.steps, plain.further, plain.dropped) == (
        "no licence can keep all of: GPL-3.0-only: a",
        (),
        False,
        None,
    )


def test_paths_go_on_page_by_page_and_meet_everybody_once(small: Served) -> None:
    said = small.json("/licences?parent=cc-by-nc-4.0&child=apache-2.0")
    cell = next(c for c in said["matrix"]["cells"] if (c["parent"], c["child"]) == ("cc-by-nc-4.0", "apache-2.0"))
    assert (cell["links"], cell["conflict"], cell["kept"], cell["unclear"]) == (40, 40, 0, 0)
    seen = [row["ref"] for row in said["paths"]["rows"]]
    while said["paths"]["next"]:
        said = small.json(said["paths"]["next"].replace("#paths", ""))
        seen += [row["ref"] for row in said["paths"]["rows"]]
    assert sorted(seen) == sorted(f"hf:model:k{n}/kid" for n in range(40))
    row = said["paths"]["rows"][0]
    assert row["steps"] == [{"relation": "finetune", "ref": "hf:model:o/closed"}]
    assert row["says"].startswith("the artifact says Apache-2.0, but CC-BY-NC-4.0 upstream asks")


def test_persons_are_counted_and_never_named(small: Served) -> None:
    said = small.json("/licences?parent=cc-by-nc-4.0&child=mit")["paths"]
    assert (said["found"], said["depict_a_person"], said["rows"]) == (0, 2, [])
    for verdict in ("conflict", "unclear", "kept"):
        for path_ in (f"/licences?verdict={verdict}", f"/licences?verdict={verdict}&format=json"):
            assert "who/ever" not in small.get(path_).text
    last = [row for row in _all(small, "/licences") if row["ref"] == "hf:model:z/last"]
    assert [step["ref"] for step in last[0]["steps"]][:1] == ["withheld"]


def _all(small: Served, address: str) -> list[Any]:
    rows, following = [], address
    while following:
        said = small.json(following.replace("#paths", ""))["paths"]
        rows, following = rows + said["rows"], said["next"]
    return rows


def test_a_hostile_licence_stays_text(small: Served) -> None:
    html = small.html("/licences")
    assert "<b>evil" not in html
    assert "\u202e" not in html
    hostile = quote("<script>alert(1)</script>")
    assert "<script>alert" not in small.html(f"/licences?parent={hostile}&child={hostile}")


def test_figures_are_those_of_the_report(served: Served) -> None:
    said = served.json("/licences")
    summary = served.app.state.watch.current.summary
    assert [one["declared"] for one in said["coverage"]] == [one["declared"] for one in summary["licences"]]
    assert [(f["check"], f["share"]["found"]) for f in said["faults"]] == [
        (f["check"], f["share"]["found"]) for f in summary["terms"]["faults"]
    ]  # fmt: skip
    assert said["looked"]
    assert said["paths"]["found"] > 0


def test_wrong_calls_are_told(small: Served) -> None:
    for query in ("verdict=guilty", "after=x", f"parent={'x' * 101}"):
        answer = small.get(f"/licences?{query}", accept="application/json")
        assert answer.status_code == 400
        assert len(answer.json()["error"].splitlines()) == 1


def test_where_nobody_looked_it_says_so(tmp_path: Path) -> None:
    ws = lineage(tmp_path / "w", {"hf:model:a/b": says("mit"), "hf:model:c/d": says("mit")},
                 [{"child": "hf:model:a/b", "parent": "hf:model:c/d"}])  # fmt: skip
    with serving(ws.path) as running:
        assert not running.json("/licences")["looked"]
        assert "Nobody looked" in running.html("/licences")
    empty = lineage(tmp_path / "e", {"hf:model:a/b": {}})
    with serving(empty.path) as running:
        assert running.json("/licences")["matrix"]["cells"] == []
        assert running.html("/licences").count("<h1>") == 1


def test_a_cell_leads_to_its_paths(small: Served, browser: Any) -> None:
    browser.goto(small.address + "/licences")
    browser.get_by_role("link", name="40 links from cc-by-nc-4.0 to apache-2.0").click()
    until(browser, "document.querySelector('#paths [role=status]').textContent.includes('saying apache-2.0')")
    assert "40 artifacts in conflict" in browser.inner_text("#paths [role=status]")
    browser.get_by_role("link", name="Next 15").click()
    browser.wait_for_url("**after=**")
    assert browser.locator(".licence-paths li").count() == 15
    assert browser.troubles == []


def test_it_works_without_script_on_a_phone(small: Served) -> None:
    with looking(script=False, width=390) as page:
        page.goto(small.address + "/licences")
        page.get_by_label("A parent says").select_option("cc-by-nc-4.0")
        page.get_by_role("button", name="Show").click()
        assert "parent=cc-by-nc-4.0" in page.url
        assert page.locator(".licence-paths li").count() == 15
