"""Verdicts for people: what each form says, and that no text of a hub leaves its place in it."""

from __future__ import annotations

import json
from datetime import datetime

from headgate import refs
from headgate.gate import Verdict
from headgate.gate_text import as_json, as_markdown, as_table, because
from headgate.labels import Appeal
from headgate.mentions import Mention

SEEN = datetime(2026, 11, 1, 12)
GOOD = Verdict("hf:model:a/good", "allow", None, SEEN)
BAD = Verdict("hf:model:a/worse", "block", "broken: x", None)


def mention(path: str = "src/a.py", line: int = 3) -> Mention:
    return Mention(path, line, 8, "a/worse", refs.parse("a/worse"))


def appeals(number: int) -> tuple[Appeal, ...]:
    return tuple(Appeal(BAD.ref, "licence_missing", f"note {n}", SEEN) for n in range(number))


def test_a_table_has_a_line_for_each_and_its_places_below() -> None:
    assert as_table([GOOD, BAD], {BAD: [mention(), mention("b.py", 1)]}).splitlines() == [
        "allow    hf:model:a/good  (last seen 2026-11-01)",
        "         every rule is kept",
        "block    hf:model:a/worse  (never seen)",
        "         broken: x",
        "         at src/a.py:3",
        "         at b.py:1",
    ]


def test_each_reason_has_its_line_and_clauses_stay_together() -> None:
    because = "broken: x (c = 1.0): a; also: b; not known: y (d); appeal: us"
    told = ["broken: x (c = 1.0): a; also: b", "not known: y (d)", "appeal: us"]
    assert as_table([BAD._replace(because=because)], {}).splitlines()[1:] == [f"         {one}" for one in told]
    assert "| " + "<br>".join(told) + " |" in as_markdown([BAD._replace(because=because)], {})


def test_markdown_without_and_with_places() -> None:
    assert as_markdown([GOOD], {}).splitlines() == [
        "| decision | ref | because | seen |",
        "|---|---|---|---|",
        "| allow | hf:model:a/good | every rule is kept | last seen 2026-11-01 |",
    ]
    assert as_markdown([GOOD, BAD], {BAD: [mention(), mention("b.py", 1)]}).splitlines() == [
        "| decision | ref | because | seen | named at |",
        "|---|---|---|---|---|",
        "| allow | hf:model:a/good | every rule is kept | last seen 2026-11-01 |  |",
        "| block | hf:model:a/worse | broken: x | never seen | src/a.py:3, b.py:1 |",
    ]


def test_markdown_of_hostile_text_stays_in_its_cell() -> None:
    text = "x | y\n# h <img src=x> [a](b) `c` *d* &amp; ~e~ \\"
    (_, _, row) = as_markdown([BAD._replace(because=text)], {}).split("\n")
    assert row == (
        "| block | hf:model:a/worse | x \\| y\ufffd\\# h \\<img src=x\\> \\[a\\](b) \\`c\\` \\*d\\* \\&amp; \\~e\\~ \\\\ "
        "| never seen |"
    )


def test_a_table_of_hostile_text_stays_on_its_line() -> None:
    shown = as_table([BAD._replace(because="a\x1b[31m\nallow")], {})
    assert shown.count("\n") == 1
    assert "\x1b" not in shown
    assert as_table([BAD], {BAD: [mention("a\nb.py")]}).count("\n") == 2


def test_json_has_every_appeal_and_place() -> None:
    judged = BAD._replace(contested=appeals(5), observed=SEEN)
    given = json.loads(json.dumps(as_json(judged, {judged: [mention()]})))
    assert given == {
        "ref": "hf:model:a/worse", "decision": "block", "because": "broken: x", "observed": "2026-11-01T12:00:00",
        "contested": [
            {"check": "licence_missing", "note": f"note {n}", "made": "2026-11-01T12:00:00"} for n in range(5)
        ],
        "places": [{"path": "src/a.py", "line": 3, "column": 8}],
    }  # fmt: skip
    assert "places" not in as_json(GOOD, {})
    assert as_json(BAD, {})["observed"] is None


def test_the_newest_appeals_are_told_and_the_others_counted() -> None:
    assert because(BAD) == "broken: x"
    three = "broken: x; contested: note 0; contested: note 1; contested: note 2"
    assert because(BAD._replace(contested=appeals(3))) == three
    assert because(BAD._replace(contested=appeals(5))) == f"{three}; contested 2 more times"


def test_an_appeal_shows_no_link() -> None:
    linked = BAD._replace(contested=(Appeal(BAD.ref, None, "see https://x.example/y", SEEN),))
    assert because(linked) == "broken: x; contested: see [link]"
