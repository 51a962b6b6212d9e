"""The algebra of licences, against pairs solved by hand and laws that must hold for any licences."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.licences import knowledge
from headgate.licences.duties import ASKS, UNKNOWN, Duty, clause, combine, dropped, duties, kept, restricted

# Solved by hand from the texts of the licences before the algebra was run on them: labels by the authors, one pass.
PAIRS = [
    ("MIT", "Apache-2.0", "compatible"),
    ("MIT", "GPL-3.0-only", "compatible"),
    ("Apache-2.0", "GPL-3.0-only", "compatible"),
    ("Apache-2.0", "GPL-2.0-only", "conflict"),  # patent clause, says the FSF
    ("MIT", "CC-BY-NC-4.0", "compatible"),
    ("CC-BY-4.0", "CC-BY-SA-4.0", "compatible"),
    ("CC-BY-SA-4.0", "GPL-3.0-only", "compatible"),  # one-way compatibility
    ("CC-BY-SA-4.0", "GPL-2.0-only", "conflict"),
    ("CC-BY-SA-4.0", "CC-BY-NC-4.0", "conflict"),
    ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0", "conflict"),
    ("CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "compatible"),
    ("CC-BY-ND-4.0", "MIT", "conflict"),
    ("CC-BY-NC-ND-4.0", "CC-BY-4.0", "conflict"),
    ("GPL-3.0-only", "AGPL-3.0-only", "compatible"),  # section 13
    ("GPL-2.0-only", "GPL-3.0-only", "conflict"),
    ("GPL-2.0-or-later", "GPL-3.0-only", "compatible"),
    ("GPL-3.0-only", "CC-BY-NC-4.0", "conflict"),
    ("GPL-3.0-only", "llama2", "conflict"),
    ("GPL-3.0-only", "creativeml-openrail-m", "conflict"),  # further restrictions
    ("AGPL-3.0-only", "gemma", "conflict"),
    ("MIT", "llama3", "compatible"),
    ("Apache-2.0", "creativeml-openrail-m", "compatible"),
    ("Apache-2.0", "gemma", "compatible"),
    ("llama2", "llama3", "unclear"),  # two agreements at once
    ("llama3", "gemma", "unclear"),
    ("llama3.1", "llama3.1", "compatible"),
    ("creativeml-openrail-m", "bigscience-bloom-rail-1.0", "compatible"),  # both lists of uses
    ("creativeml-openrail-m", "CC-BY-NC-4.0", "compatible"),
    ("llama2", "CC-BY-NC-4.0", "compatible"),  # further terms on one's own changes
    ("llama3", "CC-BY-SA-4.0", "conflict"),
    ("openrail", "MIT", "compatible"),
    ("BSD-3-Clause", "GPL-2.0-only", "compatible"),
    ("BSD-4-Clause", "GPL-2.0-only", "conflict"),  # advertising clause, says the FSF
    ("MPL-2.0", "GPL-3.0-only", "compatible"),  # secondary licence
    ("MPL-2.0", "MIT", "compatible"),
    ("LGPL-3.0-only", "Apache-2.0", "compatible"),
    ("LGPL-3.0-only", "CC-BY-NC-4.0", "unclear"),
    ("EPL-2.0", "GPL-3.0-only", "unclear"),  # only where the GPL is named as secondary licence
    ("CC0-1.0", "CC-BY-NC-ND-4.0", "conflict"),
    ("CC0-1.0", "CC-BY-SA-4.0", "compatible"),
    ("ODbL-1.0", "CC-BY-SA-4.0", "conflict"),
    ("ODbL-1.0", "ODC-By-1.0", "compatible"),
    ("CDLA-Permissive-2.0", "Apache-2.0", "compatible"),
    ("CDLA-Sharing-1.0", "CC-BY-SA-4.0", "conflict"),
    ("PDDL-1.0", "GPL-3.0-only", "compatible"),
    ("WTFPL", "MIT", "compatible"),
    ("Unlicense", "llama3.2", "compatible"),
    ("a licence nobody knows", "MIT", "unclear"),
    ("a licence nobody knows", "CC-BY-ND-4.0", "conflict"),
    ("a licence nobody knows", "GPL-3.0-only", "unclear"),
    ("CC-BY-SA-3.0", "CC-BY-SA-4.0", "compatible"),
    ("CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0", "compatible"),
    ("CC-BY-NC-SA-4.0", "GPL-3.0-only", "conflict"),
    ("Artistic-2.0", "GPL-3.0-only", "compatible"),  # section 4(c)(ii)
    ("AFL-3.0", "GPL-3.0-only", "conflict"),  # says the FSF
    ("MS-PL", "GPL-3.0-only", "conflict"),
    ("bigcode-openrail-m", "Apache-2.0", "compatible"),
    ("Apache-2.0", "CC-BY-4.0", "compatible"),
    ("GFDL-1.3-only", "CC-BY-SA-4.0", "conflict"),
    ("EUPL-1.2", "GPL-3.0-only", "compatible"),  # appendix
]
KNOWN = sorted(knowledge.licences())
some = st.lists(st.sampled_from([*KNOWN, "a licence nobody knows"]), min_size=1, max_size=4)
_BETTER = ("conflict", "unclear", "compatible")


@pytest.mark.parametrize(("one", "other", "verdict"), PAIRS)
def test_pairs_solved_by_hand(one: str, other: str, verdict: str) -> None:
    assert combine([one, other]).verdict == verdict
    assert combine([other, one]) == combine([one, other])


def test_there_are_sixty_pairs() -> None:
    assert len({frozenset(pair[:2]) for pair in PAIRS}) == 60


@given(some, st.sampled_from([*KNOWN, "a licence nobody knows"]))
def test_one_more_licence_never_loosens(licences: list[str], more: str) -> None:
    before, after = combine(licences).verdict, combine([*licences, more]).verdict
    assert _BETTER.index(after) <= _BETTER.index(before)


@given(some, st.randoms(use_true_random=False))
def test_order_does_not_matter(licences: list[str], random: object) -> None:
    for shuffled in itertools.islice(itertools.permutations(licences), 6):
        assert combine(shuffled) == combine(licences)


@given(st.sampled_from(KNOWN))
def test_a_derivative_under_the_same_licence_keeps_all_that_can_be_kept(licence: str) -> None:
    for duty in duties(licence):
        if duty == UNKNOWN:  # a name whose terms nobody read
            continue
        never = duty.asks in {"no_redistribution", "no_derivatives"}
        assert kept(duty, (licence,)) == ("broken" if never else "kept"), duty


@given(st.sampled_from(KNOWN), some)
def test_a_further_stated_licence_never_breaks_what_the_others_keep(licence: str, stated: list[str]) -> None:
    known = [one for one in stated if one in knowledge.licences()]
    for duty in duties(licence):
        if any(kept(duty, (one,)) == "kept" for one in known):
            assert kept(duty, tuple(known)) == "kept"


def test_nobody_knows_what_an_unknown_licence_asks() -> None:
    assert duties("a licence nobody knows") == (UNKNOWN,)
    assert kept(UNKNOWN, ("MIT",)) == "open"


def test_a_name_whose_terms_nobody_read_is_as_unknown_as_one_nobody_knows() -> None:
    for licence in (
        "yi-license",
        "cc",
        "openai-terms",
        "CC-BY-SA-2.1-JP",
        "PolyForm-Noncommercial-1.0.0",
        "BUSL-1.1",
        "Elastic-2.0",
    ):
        assert duties(licence) == (UNKNOWN,)


def test_permissive_licences_ask_nothing_that_binds_the_choice_of_licence() -> None:
    for licence in ("MIT", "Apache-2.0", "BSD-3-Clause", "CC0-1.0", "CC-BY-4.0"):
        assert duties(licence) == ()


def test_what_some_well_known_licences_ask() -> None:
    asks = {licence: {duty.asks for duty in duties(licence)} for licence in KNOWN}
    assert asks["CC-BY-NC-SA-4.0"] == {"non_commercial", "share_alike"}
    assert asks["CC-BY-NC-ND-4.0"] == {"no_derivatives", "non_commercial"}
    assert asks["GPL-3.0-only"] == {"share_alike"}
    assert asks["creativeml-openrail-m"] == {"use_restrictions"}
    assert asks["llama2"] >= {"same_agreement", "use_restrictions", "threshold"}
    assert asks["gemma"] == {"same_agreement", "use_restrictions"}


def test_the_gravest_duty_comes_first() -> None:
    assert [duty.asks for duty in duties("CC-BY-NC-SA-4.0")] == ["non_commercial", "share_alike"]


@pytest.mark.parametrize(
    ("licence", "asks", "stated", "outcome"),
    [
        ("CC-BY-NC-4.0", "non_commercial", "CC-BY-NC-SA-4.0", "kept"),
        ("CC-BY-NC-4.0", "non_commercial", "Apache-2.0", "broken"),
        ("CC-BY-NC-4.0", "non_commercial", "cc", "open"),  # which of the family, nobody said
        ("CC-BY-SA-4.0", "share_alike", "GPL-3.0-only", "kept"),
        ("GPL-3.0-only", "share_alike", "CC-BY-SA-4.0", "broken"),  # the way back does not exist
        ("creativeml-openrail-m", "use_restrictions", "MIT", "broken"),
        ("creativeml-openrail-m", "use_restrictions", "CC-BY-NC-4.0", "broken"),
        ("llama2", "same_agreement", "llama3", "broken"),
        ("llama2", "threshold", "CC-BY-NC-4.0", "kept"),
        ("llama2", "threshold", "Apache-2.0", "broken"),
        ("CC-BY-ND-4.0", "no_derivatives", "CC-BY-ND-4.0", "broken"),
    ],
)
def test_what_keeps_a_duty(licence: str, asks: str, stated: str, outcome: str) -> None:
    assert kept(Duty(licence, asks), (stated,)) == outcome


def test_uses_dropped_are_those_the_child_does_not_name() -> None:
    assert dropped("creativeml-openrail-m", "MIT") == tuple(sorted(restricted("creativeml-openrail-m")))
    assert dropped("creativeml-openrail-m", "creativeml-openrail-m") == ()
    assert "minors" in restricted("creativeml-openrail-m")


def test_every_duty_has_words_for_people() -> None:
    for licence in KNOWN:
        for duty in duties(licence):
            assert clause(duty).strip()
            assert duty.asks in ASKS
