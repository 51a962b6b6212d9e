from __future__ import annotations

from pathlib import Path

import pytest

from headgate.errors import UsageError
from headgate.misuse.rules import PATTERNS, READS, read

WHOLE = 'name = "a"\npattern = "refusals"\nat_least = 3\nshare = 0.5\ncontext = "c"\nprivacy = "p"\n'


def test_the_rules_that_ship_cover_every_pattern_with_context_and_privacy_cost() -> None:
    rules = read()
    assert {rule.pattern for rule in rules} == set(PATTERNS) == set(READS)
    assert len({rule.name for rule in rules}) == len(rules)
    for rule in rules:
        assert len(rule.context) > 40
        assert rule.privacy.partition(":")[0] in ("Low", "Medium", "High")


def test_rules_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text(f"[[indicator]]\n{WHOLE}", encoding="utf-8")
    (rule,) = read(path)
    assert (rule.name, rule.pattern, rule.at_least, rule.numbers) == ("a", "refusals", 3, {"share": 0.5})


@pytest.mark.parametrize(
    ("change", "why"),
    [(("share = 0.5", "share = 1.5"), "share above 0 and below 1"), (("share = 0.5\n", ""), "'share'"),
     (('"refusals"', '"minds"'), "pattern"), (("at_least = 3", "at_least = 0"), "1 or more"),
     (("at_least = 3", 'at_least = "3"'), "finite number"), (('context = "c"\n', ""), "'context'"),
     (('name = "a"', 'name = "A b"'), "lower-case"), (("share", "shares"), "does not know the field"),
     (('privacy = "p"\n', f'privacy = "p"\n[[indicator]]\n{WHOLE}'), "two indicators called 'a'"),
     ((WHOLE, "name = ["), "not TOML")],
)  # fmt: skip
def test_a_wrong_rule_is_a_usage_error_that_names_it(tmp_path: Path, change: tuple[str, str], why: str) -> None:
    path = tmp_path / "r.toml"
    path.write_text(f"[[indicator]]\n{WHOLE}".replace(*change), encoding="utf-8")
    with pytest.raises(UsageError, match=why) as error:
        read(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "[other]\na = 1\n"])
def test_a_file_without_indicators(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError):
        read(path)
