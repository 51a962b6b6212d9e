from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from headgate.access import DOMAINS, JURISDICTIONS, PURPOSES, SOURCES, VERDICTS, access, covers, required, rules
from headgate.errors import UsageError

EVERY = list(product(DOMAINS, JURISDICTIONS, PURPOSES, SOURCES))
AXES = ("domain", "jurisdiction", "purpose", "source")


def test_every_use_is_covered_by_exactly_one_rule() -> None:
    assert len(EVERY) == 256
    hits = Counter(
        use
        for use in EVERY
        for row in rules()
        if all(covers(row[axis], word) for axis, word in zip(AXES, use, strict=True))
    )
    assert hits == Counter(EVERY)


def test_the_table_uses_known_words_and_gives_reason_and_source() -> None:
    known = dict(zip(AXES, (DOMAINS, JURISDICTIONS, PURPOSES, SOURCES), strict=True))
    for row in rules():
        assert row["verdict"] in VERDICTS
        assert row["reason"]
        assert row["law"]
        assert all(row[axis] == "*" or set(row[axis].split()) <= set(known[axis]) for axis in AXES), row
        # only rows of persons that may be used are kept at all
        assert (int(row["retention_days"]) > 0) == (row["verdict"] == "own data"), row


def test_nothing_is_inferred_for_a_person_and_nothing_decides() -> None:
    assert {access(*use).verdict for use in EVERY if use[3] == "inferred" or use[2] == "decide"} == {"refuse"}


@pytest.mark.parametrize(
    ("use", "verdict"),
    [
        # employers collect for EEO-1, most creditors may not ask, mortgages are reported under HMDA
        ("employment US monitor self-reported", "own data"), ("employment US audit proxy", "refuse"),
        ("credit US monitor self-reported", "refuse"), ("credit US audit self-reported", "own data"),
        ("credit US monitor collected", "own data"), ("credit US audit proxy", "proxy with noise correction"),
        ("healthcare US improve self-reported", "own data"), ("healthcare US monitor proxy", "proxy with noise correction"),
        ("credit EU audit collected", "own data"), ("credit EU monitor collected", "aggregate only"),
        ("other EU audit collected", "refuse"), ("employment UK monitor collected", "own data"),
        ("other other monitor self-reported", "aggregate only"), ("healthcare other improve proxy", "refuse"),
    ],
)  # fmt: skip
def test_what_the_study_and_the_laws_say(use: str, verdict: str) -> None:
    assert access(*use.split()).verdict == verdict


def test_a_group_column_needs_a_record() -> None:
    with pytest.raises(UsageError, match="column 'race' groups people and has no access record"):
        required("race", None)
    refused = access("credit", "US", "decide", "inferred")
    with pytest.raises(UsageError, match="'race' may not be used so for credit/US/decide/inferred: refuse"):
        required("race", refused)
    groups = access("other", "US", "audit", "self-reported")
    assert required("race", groups) == groups
    with pytest.raises(UsageError, match="aggregate only"):
        required("race", groups, groups_only=False)
    own = access("employment", "US", "audit", "collected")
    assert required("race", own, groups_only=False) == own


def test_an_unknown_word_is_told() -> None:
    with pytest.raises(UsageError, match=r"no purpose 'sell'\. Choose from monitor, audit, improve, decide\."):
        access("credit", "US", "sell", "collected")
