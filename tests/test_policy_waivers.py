from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from headgate import policy_waivers
from headgate.errors import UsageError
from headgate.policy_waivers import Waiver

GOOD = {"ref": "hf:model:org/*", "rule": "r", "reason": "why", "owner": "legal@", "expires": "2027-01-31"}


def read(**changed: Any) -> Waiver:
    table = {field: value for field, value in (GOOD | changed).items() if value is not None}
    (found,) = policy_waivers.read(Path("p.toml"), [table], ["r", "a licence is stated"])
    return found


def test_a_waiver_has_its_defaults() -> None:
    assert read() == Waiver("hf:model:org/*", "r", "why", "legal@", date(2027, 1, 31), None, "broken")
    assert read(expires=date(2027, 1, 31), approved=date(2026, 1, 1), covers="both").approved == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"owner": None}, "needs the text 'owner'"),
        ({"reason": " "}, "needs the text 'reason'"),
        ({"expires": None}, "needs a date such as 2027-01-31 for 'expires'."),
        ({"expires": "2027-02-30"}, "for 'expires', not '2027-02-30'"),
        ({"expires": "next year"}, "for 'expires', not 'next year'"),
        ({"approved": 2026}, "for 'approved', not '2026'"),
        ({"rule": "a licence is statd"}, "did you mean 'a licence is stated'"),
        ({"rule": "zzz"}, "lifts the rule 'zzz', which the policy does not have; there are 'r', 'a licence is stated'"),
        ({"ref": "*"}, r"waiver 1 \(\*\) needs a ref such as hf:model:org/name"),
        ({"ref": "org/name"}, "needs a ref such as"),
        ({"ref": None}, "needs the text 'ref'"),
        ({"covers": "all"}, "has covers = 'all'; choose broken or missing or both"),
        ({"untl": 1}, "does not know the field 'untl'"),
    ],
)
def test_what_is_wrong_is_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(**changed)
