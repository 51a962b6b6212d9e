from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from headgate.errors import UsageError
from headgate.release_plan import Criterion, Plan, read

GOOD = """
current = "api"
[window]
from = 2026-01-01
to = 2026-02-28
[[criterion]]
name = "misuse stays rare"
check = "harmful_data"
subject = "hf:model:a/x"
at_most = 0.01
"""


def written(path: Path, text: str) -> Path:
    (path / "plan.toml").write_text(text)
    return path / "plan.toml"


def test_reads_a_plan(tmp_path: Path) -> None:
    criterion = Criterion("misuse stays rare", "harmful_data", "hf:model:a/x", 0.01, None)
    assert read(written(tmp_path, GOOD)) == Plan("api", date(2026, 1, 1), date(2026, 2, 28), (criterion,))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("api", "beta", "current = 'beta', which is no stage; choose from none, api, data, weights, code"),
        ("from = 2026-01-01", "from = 'May'", "needs a date such as 2027-01-31 for 'from', not 'May'"),
        ("from = 2026-01-01", "from = 2026-01-01T00:00:00", "\\[window\\] needs a date such as"),
        ("[window]\nfrom = 2026-01-01\nto = 2026-02-28", "window = 3", "needs \\[window\\]"),
        ("2026-01-01", "2026-05-01", "ends before it begins"), ("[[criterion]]", "[criterion]", "has a criterion that is no table"),
        ("at_most", "atmost", "does not know the field 'atmost'. It knows at_least, at_most"),
        ("at_most = 0.01", "", "needs at_most or at_least"), ("0.01", "nan", "finite number for 'at_most'"),
        ("0.01", "true", "finite number"), ("0.01", "9" * 400, "finite number"),
        ('check = "harmful_data"', "check = 3", "needs the text 'check'"), ("current =", "current", "is not TOML"),
        ("[window]", "[windows]", "does not know the field 'windows'"),
    ],
)  # fmt: skip
def test_says_what_to_mend(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(UsageError, match=message):
        read(written(tmp_path, GOOD.replace(old, new, 1)))


def test_names_are_told_apart_and_the_file_is_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two criteria of one name"):
        read(written(tmp_path, GOOD + GOOD[GOOD.index("[[") :]))
    with pytest.raises(UsageError, match=r"no plan at .*absent\.toml"):
        read(tmp_path / "absent.toml")
