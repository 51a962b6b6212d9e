from __future__ import annotations

import csv
import io
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.web import columns, search
from headgate.web.pages import catalogue
from headgate.web.search import Asked
from tests.web.serving import Served, looking, serving, until

ORDERS = {
    "downloads": "downloads DESC NULLS LAST, id", "newest": "date_trunc('second', created) DESC NULLS LAST, id",
    "likes": "likes DESC NULLS LAST, id", "derived": "children DESC, id", "name": "id",
}  # fmt: skip
CONDITIONS = {
    "kind": "kind = ?", "hub": "hub = ?", "licence": "coalesce(licences[1], licence_name, 'not stated') = ?",
    "family": "family = ?", "author": "author = ?", "pipeline": "pipeline = ?", "year": "strftime(created, '%Y') = ?",
    "finding": 'ref IN (SELECT subject FROM findings WHERE "check" = ? AND value >= 0.5 AND coalesce(n, 1) > 0)',
    "since": "created >= CAST(? AS TIMESTAMP)", "until": "created < CAST(? AS TIMESTAMP) + INTERVAL 1 DAY",
}  # fmt: skip
DRAWN = {
    "kind": "kind", "hub": "hub", "licence": "licence", "family": "family", "author": "author", "pipeline": "pipeline",
    "year": "year(created)", "since": "created::DATE", "until": "created::DATE",
}  # fmt: skip


def matching(db: Any, asked: Asked) -> list[tuple[Any, ...]]:
    """Every column of what is asked for, in its order, told in SQL of its own."""
    said, bound = ["NOT depicts_person"], list[Any]()
    for name, condition in CONDITIONS.items():
        if value := getattr(asked, name):
            said.append(condition)
            bound.append(value)
    for word in asked.q.split():
        said.append("position(lower(?) IN lower(ref)) > 0")
        bound.append(word)
    sql = f"SELECT id, ref FROM shelf.artifacts WHERE {' AND '.join(said)} ORDER BY {ORDERS[asked.sort]}"
    return list(db.execute(sql, bound).fetchall())


@pytest.fixture(scope="module")
def drawn(served: Served) -> Any:
    """Searches drawn from the values that the hub has, and a few that it has not."""
    db = served.app.state.watch.current.cursor()
    ours = {}
    for name, column in DRAWN.items():
        found = [
            str(row[0])
            for row in db.execute(
                f"SELECT DISTINCT {column} FROM shelf.artifacts WHERE {column} IS NOT NULL ORDER BY 1"
            ).fetchall()
        ]
        ours[name] = st.sampled_from(["", "", "", *found])
    ours["kind"] = st.sampled_from(["", "", "", "", "model", "dataset", "space"])
    checks = [row[0] for row in db.execute('SELECT DISTINCT "check" FROM shelf.flags ORDER BY 1').fetchall()]
    assert checks
    words = st.sampled_from(["", "", "a", "7b", "LoRA", "-", "/", "2", "model", "e s", "hf civitai", "%", "_", "zzz"])
    return st.builds(
        Asked,
        q=words,
        finding=st.sampled_from(["", "", *checks, "no_such_check"]),
        sort=st.sampled_from([*ORDERS]),
        **ours,
    )


def test_what_is_found_and_counted_is_what_sql_of_its_own_finds(served: Served, drawn: Any) -> None:
    snapshot = served.app.state.watch.current
    db = snapshot.cursor()

    @settings(max_examples=150, deadline=None)
    @given(asked=drawn)
    def holds(asked: Asked) -> None:
        wanted = matching(db, asked)
        page = catalogue.read(snapshot, asked)
        assert page.found == len(wanted)
        assert [row.ref for row in page.rows] == [ref for _, ref in wanted[: catalogue.SHOWN]]
        ids = [id_ for id_, _ in wanted]
        for name, column in DRAWN.items():
            if name in page.facets:
                sql = f"SELECT CAST({column} AS VARCHAR), count(*) FROM shelf.artifacts WHERE id IN (SELECT unnest(?::INTEGER[])) AND {column} IS NOT NULL GROUP BY 1"
                counts = dict(db.execute(sql, [ids]).fetchall())
                shown = {value.value: value.count for value in page.facets[name]}
                assert shown.items() <= counts.items()
                assert sorted(shown.values(), reverse=True) == sorted(counts.values(), reverse=True)[: search.VALUES]
                assert page.others[name] == len(counts) - len(shown)
        for value in page.facets["finding"]:
            assert value.count == len(matching(db, replace(asked, finding=value.value))) or asked.finding

    holds()


def test_pages_follow_each_other_through_ties_and_unknown_numbers(served: Served, drawn: Any) -> None:
    snapshot = served.app.state.watch.current
    db, held = snapshot.cursor(), columns.of(snapshot)
    for column in ("downloads", "likes", "created"):
        assert (
            db.execute(
                f"SELECT count(*) - count(DISTINCT {column}) FROM shelf.artifacts WHERE NOT depicts_person"
            ).fetchall()[0][0]
            > 1
        )

    @settings(max_examples=60, deadline=None)
    @given(asked=drawn, most=st.integers(1, 60))
    def holds(asked: Asked, most: int) -> None:
        ids, after, seen = search.hits(held, asked), "", list[int]()
        while True:
            shown, before, following = search.page(held, ids, asked.sort, after, most)
            assert before == len(seen)
            seen += shown.tolist()
            if following is None:
                break
            assert len(shown) == most
            after = following
        assert seen == [id_ for id_, _ in matching(db, asked)]

    holds()


def test_every_artifact_that_depicts_nobody_is_listed_once(hub: Any, served: Served) -> None:
    db = hub[0].db.cursor()
    people = db.execute("SELECT count(DISTINCT ref) FROM observations WHERE person").fetchall()[0][0]
    said = served.json("/catalogue")
    seen, next_ = [row["ref"] for row in said["rows"]], said["next"]
    while next_:
        page = served.json(next_)
        assert page["begin"] == len(seen) + 1
        seen += [row["ref"] for row in page["rows"]]
        next_ = page["next"]
    sql = "SELECT DISTINCT ref FROM observations WHERE ref NOT IN (SELECT ref FROM observations WHERE person)"
    assert sorted(seen) == sorted(row[0] for row in db.execute(sql).fetchall())
    assert said["found"] == len(seen)
    assert said["depict_a_person"] == people >= 10


def test_a_row_says_what_the_record_says(hub: Any, served: Served) -> None:
    db = hub[0].db.cursor()
    fields = ("ref", "hub", "kind", "author", "pipeline", "downloads", "likes", "window", "licence", "created")
    sql = (
        "SELECT ref, hub, kind, author, pipeline, downloads, likes, downloads_window, coalesce(licences[1], licence_name, 'not stated'), "
        "strftime(created, '%Y-%m-%dT%H:%M:%S') FROM artifacts WHERE NOT coalesce(person, false)"
    )
    recorded = {row[0]: row for row in db.execute(sql).fetchall()}
    seen = 0
    for address in ("/catalogue?kind=dataset", "/catalogue?hub=civitai", "/catalogue?hub=huggingface&sort=newest"):
        for row in served.json(address)["rows"]:
            if not row["gone"]:
                assert tuple(row[name] for name in fields) == recorded[row["ref"]]
                seen += 1
    assert seen > 100


def test_a_count_of_those_who_are_not_listed_tells_of_no_single_one(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in (
        "/catalogue?q=a",
        "/catalogue?hub=civitai",
        "/catalogue?author=nobody",
        "/catalogue?since=2020-01-01",
    ):
        assert served.json(address)["depict_a_person"] is None
        assert "depict a real person by" not in served.html(address)
    assert "more depict a real person by what their record says" in served.html("/catalogue?sort=newest")
    held = columns.of(served.app.state.watch.current)
    few = held.listed.copy()
    few[:] = True
    few[:3] = False
    assert catalogue._withheld(replace(held, listed=few)) == "<10"


def test_nobody_is_found_by_a_name(hub: Any, served: Served) -> None:
    ws, truth = hub
    db = ws.db.cursor()
    persons = {row[0] for row in db.execute("SELECT DISTINCT ref FROM observations WHERE person").fetchall()}
    said = [person for person in truth.persons if person not in truth.unsaid]  # what no record tells, nobody can know
    assert len(said) > 5
    for person in said:
        for name in (
            f"{person.given} {person.family}",
            f"{person.given}-{person.family}",
            person.family,
            f"lora of {person.given}",
        ):
            for field in ("q", "author", "family"):
                page = served.json("/catalogue?" + urlencode({field: name}))
                assert page["found"] == 0, field
                assert page["facets"]["author"] == []
    for ref in sorted(persons)[:20]:
        assert served.json("/catalogue?" + urlencode({"q": ref}))["found"] == sum(
            ref.lower() in other.lower() for other in _listed(served)
        )


def _listed(served: Served) -> list[str]:
    return [
        row[0]
        for row in served.app.state.watch.current.cursor()
        .execute("SELECT ref FROM shelf.artifacts WHERE NOT depicts_person")
        .fetchall()
    ]


@pytest.mark.parametrize("words", ["celebrity lora", "Deepfake", "real person", "k-pop idol", "ACTRESS 7b"])
def test_words_that_speak_of_depicted_people_are_answered_in_words(served: Served, words: str) -> None:
    address = "/catalogue?" + urlencode({"q": words})
    assert served.json(address)["asks_for_people"] is True
    assert "cannot be searched for. What stands here" in served.html(address)
    assert served.json("/catalogue?q=person-detector")["asks_for_people"] is False


HOSTILE = [
    "'", '"', "''; DROP TABLE artifacts; --", "%", "_", "%%%", "\\", "\x00", "\x1b[31m", "\u202e", "a\nb", "<script>alert(1)</script>",
    "$q0", "{{ 7*7 }}", "{% raw %}", "*", "../../etc/passwd", "\U0001f600", "ß", "İ", "' OR 1=1 --", "x" * 200, "?" * 50,
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_query_is_words_and_nothing_else(served: Served, words: str) -> None:
    wanted = sum(all(word in ref.lower() for word in words.lower().split()) for ref in _listed(served))
    for field in ("q", "licence", "author", "family", "kind", "hub", "pipeline", "finding"):
        answer = served.get("/catalogue?" + urlencode({field: words}))
        assert answer.status_code == 200, answer.text
        assert "<script>alert" not in answer.text
        assert "Traceback" not in answer.text
    assert served.json("/catalogue?" + urlencode({"q": words}))["found"] == wanted
    assert "49" not in served.html("/catalogue?" + urlencode({"q": "{{ 7*7 }}"})).split('name="q"')[1].split(">")[0]


@pytest.mark.parametrize(("query", "says"), [
    ({"q": "x" * 201}, "q: "), ({"sort": "random"}, "sort: "), ({"since": "yesterday"}, "is no date"), ({"until": "2026-13-01"}, "is no date"),
    ({"since": "2026-01-01; DROP"}, "is no date"),
    ({"after": "nowhere"}, "is no place"), ({"after": "1." + "9" * 30}, "is no place"), ({"after": "9" * 41}, "after: "),
    ({"year": "2" * 41}, "year: "), ({"q": " ".join(map(str, range(13)))}, "Search for 12 at most"),
])  # fmt: skip
def test_what_cannot_be_asked_is_told_in_a_line(served: Served, query: dict[str, str], says: str) -> None:
    answer = served.get("/catalogue?" + urlencode(query), accept="application/json")
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


def test_bytes_that_are_no_text_are_words_that_nothing_has(served: Served) -> None:
    for query in ("q=%ED%A0%80", "q=%FF%FE", "author=%C3%28", "family=%00", "q=%00"):
        assert served.json(f"/catalogue?{query}")["found"] == 0


def test_what_is_chosen_can_be_taken_away_one_by_one(served: Served) -> None:
    given_ = {"kind": "model", "hub": "huggingface", "licence": "not stated", "q": "a"}
    page = served.json("/catalogue?" + urlencode(given_))
    assert [one["facet"] for one in page["chosen"]] == ["kind", "hub", "licence"]
    for one in page["chosen"]:
        left = dict(parse_qsl(urlsplit(one["address"]).query))
        assert left == {name: value for name, value in given_.items() if name != one["facet"]}
        assert served.json(one["address"])["found"] >= page["found"]
    for name in ("kind", "hub", "licence"):
        assert [(v["value"], v["chosen"], v["count"]) for v in page["facets"][name]] == [
            (given_[name], True, page["found"])
        ]
    assert "take this away" in served.html("/catalogue?author=nobody-at-all")  # also where nothing has it


def test_a_value_leads_to_as_many_as_it_says(served: Served) -> None:
    page = served.json("/catalogue?q=e")
    for name, values in page["facets"].items():
        for value in values[:3]:
            assert served.json(value["address"])["found"] == value["count"], name


def test_nothing_found_is_told(served: Served) -> None:
    page = served.html("/catalogue?q=there-is-no-such-thing")
    assert "Nothing here has all of that" in page
    assert "<table" not in page


def test_the_csv_has_the_same_rows_in_the_same_order(served: Served) -> None:
    query = "kind=model&q=e&sort=likes"
    answer = served.get(f"/catalogue.csv?{query}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    snapshot = served.app.state.watch.current
    wanted = matching(snapshot.cursor(), Asked(q="e", kind="model", sort="likes"))
    assert [row["ref"] for row in rows] == [ref for _, ref in wanted]
    first = served.json(f"/catalogue?{query}")["rows"]
    for row, shown in zip(rows, first, strict=False):
        for name in ("licence", "author", "downloads", "derived"):
            assert row[name].removeprefix("'") == ("" if shown[name] is None else str(shown[name]))


@pytest.mark.parametrize(("value", "cell"), [
    ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ('say "no", thanks', '"say ""no"", thanks"'), ("a\nb", "a\ufffdb"), (None, ""), (3, "3"), (-3, "'-3"),
])  # fmt: skip
def test_a_cell_of_the_csv_is_no_formula(value: object, cell: str) -> None:
    assert catalogue._line([value]) == cell


def test_exports_are_limited(own: Path) -> None:
    with serving(own) as running:
        answers = [running.get("/catalogue.csv?q=nothing-has-this") for _ in range(22)]
        assert [answer.status_code for answer in answers[:20]] == [200] * 20
        assert answers[-1].status_code == 429
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 4
        assert running.get("/catalogue").status_code == 200  # pages are not


def test_a_part_for_htmx_is_the_part_alone_and_says_the_same(served: Served) -> None:
    part = served.get("/catalogue?q=e", **{"HX-Request": "true"}).text
    whole = served.html("/catalogue?q=e")
    assert "<html" not in part
    assert "<form" not in part
    assert part.strip() in whole


def test_narrowing_typing_and_going_back_keep_together(served: Served, browser: Any) -> None:
    browser.goto(served.address + "/catalogue")
    browser.get_by_role("link", name="dataset", exact=True).click()
    browser.wait_for_url("**/catalogue?kind=dataset")
    browser.get_by_label("Words of the id").press_sequentially("e")
    browser.wait_for_url("**/catalogue?*q=e*")
    asked = dict(parse_qsl(urlsplit(browser.url).query))
    assert (asked["kind"], asked["q"]) == ("dataset", "e")
    found = served.json("/catalogue?kind=dataset&q=e")["found"]
    browser.get_by_text(f"{found:,} artifact").first.wait_for()
    browser.get_by_label("Order").select_option("name")
    browser.wait_for_url("**/catalogue?*sort=name*")
    browser.go_back()  # a load of the page as it was
    until(browser, "document.querySelector('#sort')?.value === 'downloads'")
    assert browser.get_by_label("Words of the id").input_value() == "e"
    browser.go_back()
    until(browser, "document.querySelector('#q')?.value === ''")
    assert browser.get_by_role("navigation", name="Pages").is_visible()
    assert browser.get_by_role("heading", name="Catalogue").is_visible()
    browser.get_by_role("link", name="Kind: dataset").click()
    browser.wait_for_url("**/catalogue")
    browser.get_by_role("table").get_by_role("link").first.click()
    browser.wait_for_url("**/artifact/**")


def test_without_a_script_forms_and_links_do_the_same(served: Served) -> None:
    with looking(script=False) as page:
        page.goto(served.address + "/catalogue")
        page.get_by_role("link", name="model", exact=True).click()
        assert page.url.endswith("/catalogue?kind=model")
        page.get_by_label("Words of the id").fill("e")
        page.get_by_role("button", name="Search").click()
        assert dict(parse_qsl(urlsplit(page.url).query))["kind"] == "model"
        page.get_by_role("link", name="Next 50").click()
        assert "51 to" in page.get_by_role("status").inner_text()


def test_on_a_phone_the_facets_are_folded_and_nothing_is_too_wide(served: Served) -> None:
    with looking(width=390, height=844) as page:
        page.goto(served.address + "/catalogue")
        assert not page.get_by_role("link", name="dataset", exact=True).is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_text("Narrow down").click()
        assert page.get_by_role("link", name="dataset", exact=True).is_visible()
        assert page.troubles == []
    with looking() as page:
        page.goto(served.address + "/catalogue")
        assert page.get_by_role("link", name="dataset", exact=True).is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 1300


def test_the_words_of_an_address_are_kept_in_the_fields(served: Served) -> None:
    asked = Asked(q="a b", since="2023-01-01", until="2025-01-01", sort="derived")
    page = served.html("/catalogue?" + urlencode({k: v for k, v in asdict(asked).items() if v}))
    for piece in ('value="a b"', 'value="2023-01-01"', 'value="2025-01-01"', '<option value="derived" selected>'):
        assert piece in page
