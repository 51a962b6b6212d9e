from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from headgate import labels
from headgate.errors import UsageError
from headgate.web import review_stand
from headgate.web.snapshot import take
from tests.reviewing import OPEN, SECRET, ref, review, workspace


def test_it_follows_the_labels(tmp_path: Path) -> None:
    ws = workspace(tmp_path / "w", 15)
    shown = take(ws.path)
    assert [(one.check, one.reviewed, one.layer) for one in review_stand.all_of(shown)] == [(SECRET, 0, False), (OPEN, 0, False)]  # fmt: skip
    labels.add(ws, [review(ref(n), "yes", who, SECRET) for n in range(15) for who in ("ann", "bo")])
    labels.add(ws, [review(ref(n), "yes", "ann", OPEN) for n in range(3)])
    told = {one.check: one for one in review_stand.all_of(shown)}
    assert (told[SECRET].reviewed, told[SECRET].pairs, told[SECRET].agreed, told[SECRET].kappa) == (15, 15, 1.0, None)
    assert (told[OPEN].reviewed, told[OPEN].one_label) == (3, 3)
    assert told[OPEN].credit == "none: nobody measured it"


def test_whoever_appeals_and_watches_does_not_see_how_the_ruling_went(tmp_path: Path) -> None:
    ws = workspace(tmp_path / "w", 40)
    shown = take(ws.path)
    labels.add(ws, [review(ref(n), "yes" if n % 2 else "no", "ann") for n in range(40)])
    labels.add(ws, [review(ref(0), "contested", "eve", role="appeal")])
    before = review_stand.of(shown, SECRET)
    assert (before[1]["verdicts"], before[1]["contested"]) == (
        {"yes": 20, "no": 20, "unsure": "<10", "disputed": "<10"}, "<10"
    )  # fmt: skip
    labels.add(ws, [review(ref(0), "yes", "kim", role="adjudication")])
    assert review_stand.of(shown, SECRET) == before
    exact = review_stand.of(shown, SECRET, exact=True)[1]
    assert (exact["verdicts"]["yes"], exact["verdicts"]["no"], exact["contested"]) == (21, 19, 0)
    labels.add(ws, [review(ref(n), "yes", "kim", role="adjudication") for n in range(1, 10)])
    assert review_stand.of(shown, SECRET)[1]["verdicts"] == {"yes": 25, "no": 15, "unsure": "<10", "disputed": "<10"}


def test_what_is_sensitive_and_what_is_no_check(tmp_path: Path) -> None:
    shown = take(workspace(tmp_path / "w", 4).path)
    assert review_stand.sensitive(shown, SECRET)
    assert not review_stand.sensitive(shown, OPEN)
    assert review_stand.sensitive(shown, "uncensored_name")  # by its file, without a finding
    with pytest.raises(UsageError, match=f"Did you mean {OPEN}"):
        review_stand.sensitive(shown, OPEN + "s")


def test_what_a_check_asks_is_in_its_description() -> None:
    told = review_stand.asked("licence_missing")
    assert told["asks"] == "Artifacts that state no licence although their card was seen"
    assert told["Finds"].startswith("1 where card data was seen and names no licence")
    assert told["Cannot see"] == "a licence in a LICENSE file or in the prose of a card; that is another check's work."
    assert review_stand.asked(OPEN) == {"asks": "", "Finds": "", "Cannot see": ""}


def test_a_small_count_of_a_sensitive_check_is_hidden(tmp_path: Path) -> None:
    told = {one.check: one.items for one in review_stand.all_of(take(workspace(tmp_path / "w", 4).path))}
    assert told == {OPEN: 4, SECRET: "<10"}


def test_bars_only_where_there_are_rates() -> None:
    assert review_stand.drawn({"all": None}) is None
    rate = {"found": 3, "votes": 4, "items": 4, "estimate": 0.75, "low": 0.3, "high": 0.95}
    nothing = {"found": 0, "votes": 0, "items": 0, "estimate": None, "low": None, "high": None}
    drawn = review_stand.drawn({"all": {"sensitivity": rate, "specificity": nothing}})
    assert drawn
    assert "3 of 4" in drawn
    assert "what does not" not in drawn
