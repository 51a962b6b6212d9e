from __future__ import annotations

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from headgate import catalog
from headgate.report.explain_words import Found, as_stored, cannot_see, exact, rough, why


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_an_exact_number_reads_back_as_it_is_stored(value: float) -> None:
    assert float(exact(value)) == value


def test_numbers_for_people() -> None:
    assert [exact(6.0), exact(0.1), exact(1e300)] == ["6", "0.1", "1e+300"]
    assert [rough(0.12345, "share"), rough(3.0, "count"), rough(0.12345, "figure")] == ["12.3 %", "3", "0.123"]
    assert [rough(inf, "figure"), rough(-inf, "count"), rough(inf, "share")] == ["inf", "-inf", "inf %"]
    assert [as_stored(0.125, "share"), as_stored(0.125, "count")] == ["a share of 0.125", "0.125"]


def test_evidence_is_hostile() -> None:
    found = Found("hf:model:a/b", "licence_missing", 1.0, n=1, evidence="a\x1b[31m\u202eb" + "x" * 2000)
    for reader in ("plain", "engineer", "regulator"):
        told = " ".join(why(found, "fault", reader, None))
        assert "\x1b" not in told
        assert "\u202e" not in told
        assert len(told) < 1000


def test_every_open_method_says_what_it_cannot_see() -> None:
    for stage in catalog.CHECKING:
        for method in catalog.methods(stage):
            assert len(cannot_see(method)) > 60, method.name
            assert "Reference:" not in cannot_see(method)
    assert cannot_see(None) == ""
