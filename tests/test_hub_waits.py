"""What a hub asks to wait, read from whatever it sends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import hub_waits


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (200, {}, 0),
        (200, {"ratelimit": '"api";r=120;t=55'}, 0),
        (200, {"ratelimit": '"api";r=0;t=55'}, 55),
        (200, {"ratelimit": '"pages"; r = 9; t = 3, "api"; r = 0; t = 41'}, 41),
        (200, {"retry-after": "30"}, 0),
        (429, {"ratelimit": '"api";r=3;t=55'}, 55),
        (429, {"retry-after": "30"}, 30),
        (429, {"retry-after": "30", "ratelimit": '"api";r=0;t=55'}, 55),
        (429, {"ratelimit-policy": '"fixed window";"api";q=500;w=300'}, 300),
        (429, {"retry-after": "soon"}, 0),
        (429, {"retry-after": "-5"}, 0),
        (429, {"retry-after": "9" * 500}, 0),
        (429, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        (503, {"retry-after": "12"}, 12),
        (504, {"ratelimit-policy": '"fixed window";"api";q=500;w=300'}, 0),
    ],
)
def test_asked_wait(status: int, headers: dict[str, str], seconds: float) -> None:
    assert hub_waits.asked_wait(status, headers) == seconds


def test_asked_wait_until_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 85 < hub_waits.asked_wait(429, {"retry-after": date}) <= 90


@given(
    st.integers(100, 599), st.dictionaries(st.sampled_from(["ratelimit", "retry-after", "ratelimit-policy"]), st.text())
)
def test_asked_wait_reads_anything(status: int, headers: dict[str, str]) -> None:
    assert 0 <= hub_waits.asked_wait(status, headers) < float("inf")
