from __future__ import annotations

import json
import time
from datetime import date
from math import fsum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import tables
from headgate.evidence.agreement import agreement
from headgate.evidence.intervals import wilson
from headgate.report.abuse_typology import ORDER, PERIODS, classify, names, typology
from headgate.report.claim_reviews import Claim, Rejected, read

ITEMS = [json.loads(line) for line in (Path(__file__).parent / "abuse_items.jsonl").read_text().splitlines()]


def claim(text: str, made: date | None = None, media: bool = False) -> Claim:
    return Claim(text, made, media)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The photo is old and was taken in 2012 in another country", "context"),
        ("The image was digitally altered", "edited"),
        ("A fake account impersonates the bank", "identity"),
        ("The quote is fabricated; a forged letter", "document"),
        ("The video is scripted", "staged"),
        ("The picture is AI-generated", "generated"),
        ("Tea cures colds", "none"),
        ("Tea cures colds. This lacks out of context numbers", "none"),
        ("A photo of a cat", "unclear"),
        ("The photo could not be verified", "unclear"),
        ("The photo is not AI-generated, it was taken in 2012 and is miscaptioned", "context"),
        ("A deepfake, digitally altered", "generated"),
    ],
)
def test_each_type_has_its_words(text: str, kind: str) -> None:
    assert classify(claim(text)) == kind


def test_a_claim_whose_record_names_a_picture_is_one_about_media() -> None:
    assert classify(claim("Tea cures colds")) == "none"
    assert classify(claim("Tea cures colds", media=True)) == "unclear"


def test_the_tables_and_the_order_name_the_same_types() -> None:
    ruled = {row["type"] for row in tables.rows("abuse_rules.csv")}
    assert set(ORDER) | {"none"} == set(names())
    assert ruled == set(ORDER) | {"media"}


def test_shares_and_intervals_of_a_period_by_hand() -> None:
    old, cut = "Old photo from another event", "The image was digitally altered"
    listed = [
        claim(old, date(2022, 3, 1)),
        claim(old, date(2022, 4, 1)),
        claim(cut, date(2022, 12, 31)),
        claim(cut, None),
    ]
    found = typology([*listed, Rejected("line 9", "not JSON")])
    assert (found.read, found.kept, found.undated, found.rejected) == (5, 4, 1, (("not JSON", 1),))
    whole, year = found.periods
    assert (whole.period, whole.of, year.period, year.of) == ("all", 4, "2022", 3)
    share = dict(year.types)["context"]
    assert (share.found, share.of, share.date) == (2, 3, "2022-12-31")
    assert (share.low, share.high) == wilson(2, 3)
    assert dict(whole.types)["edited"].found == 2


@pytest.mark.parametrize(
    ("by", "labels"),
    [
        ("year", ["2021", "2022"]),
        ("quarter", ["2021-Q4", "2022-Q1", "2022-Q2"]),
        ("month", ["2021-12", "2022-03", "2022-04"]),
    ],
)
def test_periods_have_their_names(by: str, labels: list[str]) -> None:
    made = [date(2022, 4, 1), date(2021, 12, 31), date(2022, 3, 31)]
    assert [one.period for one in typology([claim("x", day) for day in made], by=by).periods] == ["all", *labels]


@given(
    st.lists(st.tuples(st.sampled_from(ITEMS), st.dates(date(2019, 1, 1), date(2024, 1, 1)) | st.none())),
    st.sampled_from(PERIODS),
)
def test_the_shares_of_every_period_sum_to_one(drawn: list[tuple[Any, date | None]], by: str) -> None:
    found = typology([claim(item["record"]["claimReviewed"], made) for item, made in drawn], by=by)
    for one in found.periods:
        assert fsum(share.share or 0 for _, share in one.types) == pytest.approx(1, abs=1e-12)
        assert sum(share.found for _, share in one.types) == one.of
    assert sum(one.of for one in found.periods[1:]) == found.kept - found.undated


def test_nothing_gives_no_period() -> None:
    assert typology([Rejected("line 1", "not JSON")]).periods == ()


def test_labels_by_the_authors_agree_with_the_rules_as_the_page_says(tmp_path: Path) -> None:
    """Labels by the authors, one pass, made before the rules: agreement of these with the rules, not of two people."""
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(json.dumps(item["record"]) for item in ITEMS))
    told = [classify(one) for one in read(path) if isinstance(one, Claim)]
    found = agreement(np.array([item["label"] for item in ITEMS]), np.array(told))
    assert found.items == 60
    assert found.kappa is not None
    assert found.low is not None
    assert found.high is not None
    page = (Path(__file__).parents[2] / "docs" / "typology.md").read_text()
    assert f"kappa {found.kappa:.2f} ({found.low:.2f} to {found.high:.2f})" in page
    assert sum(item["label"] == kind for item, kind in zip(ITEMS, told, strict=True)) == 57


@pytest.mark.parametrize("word", ["it ", "photo ", "is not a woman ", "voice", "experts origin "])
def test_a_long_text_made_to_be_slow_is_not(word: str) -> None:
    begun = time.process_time()
    classify(claim((word * 20_000)[:14_000]))
    assert time.process_time() - begun < 2
