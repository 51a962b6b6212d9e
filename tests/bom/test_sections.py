from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from headgate.bom import sections
from tests.bom.spdx_cohort import CARD


def test_sections_are_quoted_by_field() -> None:
    assert sections.read(CARD) == {
        "uses": ["For tests only."],
        "collection": ["Written by hand. Then sorted. ``` # Personal and Sensitive Information not a heading ```"],
        "personal": ["None: nobody in it is real."],
        "limitations": ["Every tale ends well."],
    }


def test_what_a_training_library_writes() -> None:
    card = "## Intended uses & limitations\n\nMore information needed\n\n## Training and evaluation data\n\nNews of 2019.\n\n## Training procedure\n\n### Training hyperparameters\n- lr 1\n"
    assert sections.read(card) == {"training data": ["News of 2019."]}


def test_placeholders_say_nothing() -> None:
    for text in ("[More Information Needed]", "*More information needed.*", "[N/A]", "TODO", "<!-- to be told -->", ""):
        assert sections.read(f"## Uses\n\n{text}\n") == {}, text


def test_the_same_field_twice_and_headings_with_signs() -> None:
    card = "# 🚀 Limitations 🚀\nSmall.\n## **Out-of-Scope Use**\nHospitals.\n## Uses:\nTests.\n"
    assert sections.read(card) == {"limitations": ["Small.", "Hospitals."], "uses": ["Tests."]}


def test_nothing_to_read() -> None:
    assert sections.read(None) == sections.read("") == sections.read("Just text.") == {}


def test_long_sections_are_cut() -> None:
    (quoted,) = sections.read("# Uses\n" + "word " * 1_000)["uses"]
    assert len(quoted) == sections.LONGEST
    assert quoted.endswith("…")


def test_hostile_cards_take_no_time() -> None:
    started = time.perf_counter()
    for card in (
        "#" * 20_000,
        "<!--" * 5_000,
        "```\n" * 5_000,
        "---\n" * 5_000,
        "# Uses\n" * 3_000,
        "# " + "[" * 20_000,
    ):
        sections.read(card)
    assert time.perf_counter() - started < 2


@given(st.text(max_size=300))
def test_a_section_is_one_safe_line(text: str) -> None:
    for quoted in sections.read(f"# Uses\n{text}").values():
        assert all(one and "\n" not in one and "\u202e" not in one for one in quoted)
