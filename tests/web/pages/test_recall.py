from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headgate.run import run_method
from tests.lineages import lineage
from tests.web.serving import Served, looking, serving

BASE, PERSON, HOSTILE = "hf:model:org/base", "hf:model:who/ever", "<img src=x onerror=alert(1)>\u202e"
_BELOW = """
WITH RECURSIVE below AS (SELECT folded(child) AS f FROM edges WHERE folded(parent) = folded($ref)
    UNION SELECT folded(e.child) FROM edges AS e JOIN below AS b ON folded(e.parent) = b.f)
SELECT count(*) FROM below WHERE f <> folded($ref)
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    ws = lineage(
        tmp_path_factory.mktemp("small") / "w",
        {BASE: {"author": "org", "downloads": 1234567, "downloads_window": "30d"}, "hf:model:a/tuned": {"author": "a"},
         "hf:model:b/lora": {"author": HOSTILE}, "hf:model:c/small": {}, PERSON: {"person": True, "author": "who"},
         "hf:dataset:d/data": {"kind": "dataset", "author": "d"}},
        [{"child": "hf:model:a/tuned", "parent": BASE}, {"child": "hf:model:b/lora", "parent": BASE, "relation": "adapter"},
         {"child": "hf:model:c/small", "parent": "hf:model:a/tuned", "relation": "quantized", "how": "inferred"},
         {"child": PERSON, "parent": BASE, "relation": "adapter"}, {"child": BASE, "parent": "name:free text of somebody"},
         {"child": BASE, "parent": "hf:dataset:d/data", "relation": "trained_on"}],
        [{"subject": BASE, "check": "licence_missing", "harm": "implementation", "n": 1,
          "evidence": f"seen with {PERSON} at https://evil.example/x"},
         {"subject": BASE, "check": "uncensored_name", "sensitive": True, "harm": "use"}],
    )  # fmt: skip
    with serving(ws.path) as running:
        yield running


def test_a_recall_says_what_a_fix_reaches(small: Served) -> None:
    said = small.json("/recall/org/base")
    assert said["ref"] == BASE
    assert said["harm"] == "implementation"
    assert {k: said["reach"][k] for k in ("downstream", "reached", "copied", "retrain", "behind")} == {
        "downstream": 4, "reached": 2, "copied": 2, "retrain": 0, "behind": 0,
    }  # fmt: skip
    assert [(g["generation"], g["reached"], g["copied"]) for g in said["generations"]] == [(1, 2, 1), (2, 0, 1)]
    assert {(one["ref"], one["fix"]) for one in said["downstream"]["rows"]} == {
        ("hf:model:a/tuned", "copied the weights"), ("hf:model:b/lora", "reached"), ("withheld", "reached"),
        ("hf:model:c/small", "copied the weights"),
    }  # fmt: skip
    assert {one["ref"] for one in said["upstream"]["rows"]} == {"withheld", "hf:dataset:d/data"}
    assert next(one["consequence"] for one in said["levers"] if one["role"] == "dataset owner")
    html = small.html("/recall/org/base")
    assert "A fix at the parent does not reach a child that has already copied the weights." in html
    assert "known by inference only" in html
    assert "1,234,567" in html


def test_filters_follow_other_links(small: Served) -> None:
    assert small.json("/recall/org/base?relation=adapter")["reach"]["downstream"] == 2
    assert small.json("/recall/org/base?how=declared")["reach"]["downstream"] == 3
    assert small.json("/recall/org/base?min_confidence=1")["downstream"]["total"] == 0


def test_persons_free_text_and_sensitive_checks_are_nowhere(small: Served) -> None:
    for path in ("/recall/org/base", "/recall/org/base?format=json", "/recall-notice/org/base.md", "/recall/a/tuned"):
        text = small.get(path).text
        for secret in ("who/ever", "somebody", "uncensored_name", "evil.example", "\u202e", "\\u202e"):
            assert secret not in text, (path, secret)
    assert "<img" not in small.html("/recall/org/base")
    # the recall of such a one counts and lists nothing
    for ref in (PERSON, "name:free text of somebody"):
        said = small.json(f"/recall/{ref}")
        assert said["withheld"]
        assert (said["ref"], said["author"], said["notice"], said["levers"], said["troubles"]) == (
            "withheld",
            None,
            None,
            [],
            [],
        )
        assert said["upstream"]["rows"] == said["downstream"]["rows"] == []
        assert small.get(f"/recall-notice/{ref}.md").status_code == 404


def test_evidence_is_shown_without_links_and_persons(small: Served) -> None:
    (found,) = small.json("/recall/org/base")["evidence"]
    assert found["check"] == "licence_missing"
    assert found["words"] == "seen with withheld at [link]"


def test_the_letter_is_a_file(small: Served) -> None:
    answer = small.get("/recall-notice/org/base.md")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="notice-hf-model-org-base.md"'
    assert answer.text.startswith("# Notice about `hf:model:org/base`")
    assert small.json("/recall/org/base")["notice"] == answer.text
    assert small.get("/recall-notice/org/base").status_code == 400


def test_counts_agree_with_the_tables(hub: Any, served: Served) -> None:
    start = served.json("/recall")
    assert len(start["families"]) > 3
    for family in start["families"]:
        if family["recall"]:
            said = served.json(family["recall"])
            assert (
                said["downstream"]["total"] == hub[0].db.cursor().execute(_BELOW, {"ref": said["ref"]}).fetchall()[0][0]
            )
            assert sum(said["downstream"]["generations"].values()) == said["downstream"]["total"]
            assert len(said["downstream"]["rows"]) <= 50


def test_no_person_of_the_hub_is_on_a_recall(hub: Any, served: Served) -> None:
    db = hub[0].db.cursor()
    people = [row[0] for row in db.execute("SELECT DISTINCT ref FROM observations WHERE person").fetchall()]
    parents = db.execute(
        "SELECT DISTINCT parent FROM edges WHERE list_contains($p, child) AND NOT list_contains($p, parent)",
        {"p": people},
    ).fetchall()
    assert parents
    for (ref,) in parents:
        for text in (served.get(f"/recall/{ref}").text, served.get(f"/recall/{ref}?format=json").text):
            assert not [
                one for one in people if f'"{one}"' in text or f"/{one}" in text or f">{one.split(':')[-1]}<" in text
            ]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [("/recall/not a ref", 400, "not a ref"), ("/recall/no/such", 404, "no link names it"),
     ("/recall/org/base?relation=sold", 400, "no relation"), ("/recall/org/base?min_confidence=7", 400, "min_confidence"),
     ("/recall/org/base?how=guessed", 400, "how"), (f"/recall/{'x' * 301}", 400, "at most 300"),
     ("/recall?ref=a+b", 400, "not a ref")],
)  # fmt: skip
def test_wrong_calls_are_told_in_one_line(small: Served, path: str, status: int, words: str) -> None:
    answer = small.get(path, accept="application/json")
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_the_search_leads_to_the_recall(small: Served) -> None:
    answer = small.get("/recall?ref=org/base")
    assert (answer.status_code, answer.headers["location"]) == (303, "/recall/hf:model:org/base")


def test_outcomes_of_notices_are_aggregates(own: Path, tmp_path: Path) -> None:
    from headgate.workspace import open_workspace

    ws = open_workspace(own)
    sql = "SELECT ref FROM observations WHERE NOT coalesce(person, false) GROUP BY ref HAVING count(DISTINCT observed) > 1 ORDER BY ref LIMIT 60"
    refs = [row[0] for row in ws.db.execute(sql).fetchall()]
    first = ws.db.execute("SELECT min(observed)::DATE - 1 FROM observations").fetchall()[0][0]
    log = tmp_path / "notices.csv"
    log.write_text("ref,sent,reason\n" + "".join(f"{ref},{first},card\n" for ref in refs))
    run_method(ws, "measure", "notice_outcome", notices=log)
    with serving(own) as running:
        outcomes, html = running.json("/recall")["outcomes"], running.html("/recall")
    assert outcomes["looked_at"] == len(refs)
    assert "no cause is claimed" in html
    told = html.split("What became of notices")[1]
    assert not [ref for ref in refs if ref in told]


def test_it_works_in_a_browser(small: Served, browser: Any) -> None:
    browser.goto(small.address + "/recall")
    browser.get_by_label("Artifact", exact=True).fill("org/base")
    browser.get_by_role("button", name="Recall").click()
    browser.wait_for_url("**/recall/hf:model:org/base")
    assert browser.get_by_role("heading", level=1).inner_text() == "Recall of org/base"
    browser.get_by_role("button", name="Select and copy").click()
    browser.locator("#letter-told").filter(has_text="Copied.").or_(browser.get_by_text("press Ctrl+C")).wait_for()
    assert "Notice about" in browser.evaluate("getSelection().toString()")
    browser.get_by_text("Links to follow").click()
    browser.get_by_label("adapter").check()
    browser.get_by_role("button", name="Follow these").click()
    browser.wait_for_url("**relation=adapter**")
    assert "2 of 2 that derive from it" in browser.inner_text("#reach")
    assert browser.troubles == []


def test_it_works_on_a_phone_without_script(small: Served) -> None:
    with looking(script=False, width=390) as page:
        page.goto(small.address + "/recall/org/base")
        assert page.inner_text("#letter").startswith("# Notice about")
        assert page.get_by_role("button", name="Select and copy").count() == 0
        page.get_by_role("link", name="Letter to the holders").click()
        page.screenshot()
