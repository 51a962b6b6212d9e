from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import BadInput, UsageError
from headgate.report.claim_reviews import LONGEST, Claim, Rejected, read

ONE = {"@type": "ClaimReview", "datePublished": "2023-05-01", "claimReviewed": "A photo shows it."}


def record(**changed: Any) -> dict[str, Any]:
    return {name: value for name, value in (ONE | changed).items() if value is not None}


def kept(text: str, made: date | None = date(2023, 5, 1), media: bool = False) -> Claim:
    return Claim(text, made, media)


DEEP = '{"a":' * 90_000 + "1" + "}" * 90_000
# 30 lines as feeds have them: what a line is, and what becomes of it (a reason where it is left out).
LINES: list[tuple[str | dict[str, Any] | list[Any], Any]] = [
    (record(), kept("A photo shows it.")),
    (record(**{"@context": "https://schema.org", "@type": "https://schema.org/ClaimReview"}, url="u1"), kept("A photo shows it.")),
    (record(**{"@type": ["Article", "schema:ClaimReview"]}, url="u2"), kept("A photo shows it.")),
    (record(**{"@type": None}, url="u3"), kept("A photo shows it.")),
    (record(claimReviewed="B", datePublished="2023-05-01T10:00:00+02:00"), kept("B")),
    (record(claimReviewed="C", datePublished="May 2023"), kept("C", None)),
    (record(claimReviewed="D", datePublished=None), kept("D", None)),
    (record(claimReviewed="E", datePublished=20230501), kept("E", None)),
    (record(claimReviewed="F", datePublished="2023-02-30"), kept("F", None)),
    (record(claimReviewed="G", datePublished="0001-01-01"), kept("G", None)),
    (record(claimReviewed="H", reviewRating={"@type": "Rating", "ratingValue": 1, "alternateName": "Fake"}), kept("H\nFake")),
    (record(claimReviewed="I", reviewRating=[{"alternateName": "False"}, "broken", None]), kept("I\nFalse")),
    (record(claimReviewed="J", reviewRating="Fake"), kept("J")),
    (record(claimReviewed=None, reviewRating={"alternateName": "Old photo"}), kept("Old photo")),
    (record(claimReviewed={"@value": "K", "@language": "en"}), kept("K")),
    (record(claimReviewed=["L", "M", 3, {"@value": 4}]), kept("L M")),
    (record(claimReviewed="N", headline="Head", reviewBody="Body"), kept("N\nHead\nBody")),
    (record(claimReviewed="O", itemReviewed={"@type": "Claim", "appearance": [{"@type": "VideoObject"}]}), kept("O", media=True)),
    (record(claimReviewed="P", itemReviewed=[{"@type": "ImageObject"}]), kept("P", media=True)),
    (record(claimReviewed="Q", itemReviewed="nothing", associatedMedia=7), kept("Q")),
    (record(claimReviewed="R" * 9_000), kept("R" * LONGEST)),
    (record(claimReviewed="\x1b[31mred\u202e"), kept("\x1b[31mred\u202e")),
    (record(), "the same record again"),
    (record(claimReviewed="  "), "no text to read"),
    (record(claimReviewed=None), "no text to read"),
    ({"@type": "NewsArticle", "headline": "no review"}, "not a ClaimReview"),
    ({}, "not a ClaimReview"),
    ("17", "not an object"),
    ('{"@type": "ClaimReview", "claimReviewed": "cut off', "not JSON"),
    (DEEP, "not JSON"),
]  # fmt: skip


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_thirty_lines_are_read_or_left_out_with_a_reason(tmp_path: Path) -> None:
    assert len(LINES) == 30
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line, _ in LINES)
    found = read(written(tmp_path / "r.jsonl", text))
    wanted = [Rejected(f"line {n}", said) if isinstance(said, str) else said for n, (_, said) in enumerate(LINES, 1)]
    assert found == wanted


@pytest.mark.parametrize(
    ("given_", "places"),
    [
        ([ONE, 5, [record(url="u")]], [None, "record 2", None]),
        ({"@graph": [ONE, {"@type": "Person"}]}, [None, "record 2"]),
        (
            {"@type": "DataFeed", "dataFeedElement": [{"@type": "DataFeedItem", "item": [ONE, {"x": 1}]}]},
            [None, "record 1.2"],
        ),
        (ONE, [None]),
        (None, ["record 1"]),
    ],
)
def test_lists_graphs_and_feeds_are_taken_apart(tmp_path: Path, given_: Any, places: list[str | None]) -> None:
    found = read(written(tmp_path / "r.json", json.dumps(given_, indent=1)))
    assert [one.where if isinstance(one, Rejected) else None for one in found] == places


def test_a_byte_order_mark_and_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    found = read(written(tmp_path / "r.json", b"\xef\xbb\xbf" + json.dumps(ONE).encode() + b"\n\xff\xfe\n"))
    assert [type(one) for one in found] == [Claim, Rejected]


@pytest.mark.parametrize("text", ["", "\n \n", "[]"])
def test_a_file_without_records_says_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match=r"holds no record\. Name a file"):
        read(written(tmp_path / "r.json", text))


def test_no_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read(tmp_path / "none.json")
    with pytest.raises(UsageError, match="cannot read"):
        read(tmp_path)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["@type", "@graph", "item", "claimReviewed", "reviewRating", "datePublished",
                                         "itemReviewed", "alternateName", "appearance"]), inner, max_size=4)))  # fmt: skip
def test_whatever_json_there_is_each_record_is_read_or_left_out(
    tmp_path_factory: pytest.TempPathFactory, value: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    try:
        found = read(written(path, json.dumps([ONE, value])))
    except BadInput:
        raise AssertionError("the first record can be read") from None
    assert found[0] == kept("A photo shows it.")
