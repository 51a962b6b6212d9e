from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate import policy
from headgate.errors import UsageError

RULE = '[[rule]]\nname = "r"\ncheck = "licence_missing"\nat_most = 0\n'


def read(tmp_path: Path, text: str) -> policy.Policy:
    (tmp_path / "p.toml").write_text(text, encoding="utf-8")
    return policy.read(tmp_path / "p.toml")


def test_the_default_policy_never_lets_a_missing_fact_pass() -> None:
    default = policy.read()
    assert [rule.check for rule in default.rules] == ["licence_missing", "licence_conflict", "uncensored_name"]
    assert {rule.missing for rule in default.rules} == {"unknown"}


def test_a_rule_has_its_defaults(tmp_path: Path) -> None:
    (rule,) = read(tmp_path, 'missing = "block"\n' + RULE).rules
    assert rule == policy.Rule(
        "r", "licence_missing", 0, None, "block", "block", ("model", "dataset", "version"), False
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("= nonsense", "is not TOML"),
        ("name = 'x'", "has no rules"),
        ("rule = 3", "has no rules"),
        ("rule = [1]", "has no rules"),
        ("[" * 100_000, "is not TOML"),
        (RULE.replace("at_most = 0", "at_most = nan"), "needs a finite number"),
        (RULE.replace("at_most = 0", "at_least = -inf"), "needs a finite number"),
        (RULE.replace("at_most = 0", "at_most = 1e400"), "needs a finite number"),
        (RULE.replace("at_most = 0", "at_most = 1" + "0" * 400), "needs a finite number"),
        (RULE + "kinds = [['model']]", "has kinds"),
        ("mising = 'block'\n" + RULE, "the policy does not know the field 'mising'"),
        (RULE + "extra = 1", "rule 1 \\(r\\) does not know the field 'extra'"),
        (RULE.replace("at_most = 0", ""), "needs at_most or at_least"),
        (RULE.replace("at_most = 0", "at_most = 'a'"), "needs a finite number for 'at_most', not 'a'"),
        (RULE.replace("at_most = 0", "at_most = true"), "needs a finite number"),
        (RULE.replace("licence_missing", "license_missing"), "did you mean licence_missing"),
        (RULE.replace('name = "r"', ""), "needs the text 'name'"),
        (RULE + "missing = 'allow'", "missing = 'allow'; choose block or unknown"),
        (RULE + "then = 'warn'", "then = 'warn'"),
        (RULE + "kinds = ['car']", "has kinds"),
        (RULE + "kinds = []", "has kinds"),
        (RULE + "at_least = 1", "rule 1 \\(r\\) asks for at least 1 and at most 0, which no value can be"),
        (RULE + RULE, "rule 2 \\(r\\) has the name of another rule"),
        (RULE + "owner = ' '", "needs the text 'owner'"),
        (RULE + "stale_after_days = 0", "needs a number of days above 0"),
        ("stale_after_days = '30'\n" + RULE, "the policy needs a finite number for 'stale_after_days', not '30'"),
        ("appeal = 3\n" + RULE, "the policy needs the text 'appeal'"),
        ("waiver = 3\n" + RULE, "the policy has a waiver that is no table"),
        ("missing = 'pass'\n" + RULE, "the policy has missing = 'pass'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        read(tmp_path, text)
    assert str(caught.value).count("\n") <= 1


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no policy at"):
        policy.read(tmp_path / "none.toml")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(max_size=80))
def test_any_text_is_a_policy_or_a_usage_error(tmp_path: Path, text: str) -> None:
    try:
        (tmp_path / "p.toml").write_bytes((RULE + text).encode("utf-8", "replace"))
        policy.read(tmp_path / "p.toml")
    except UsageError:
        pass


def test_rules_may_ask_measure_methods_and_take_the_policy_s_days(tmp_path: Path) -> None:
    text = 'stale_after_days = 30\nappeal = "us"\n' + RULE.replace("licence_missing", "notice_outcome")
    text += 'owner = "legal@"\ncontrol = "notices"\n' + RULE.replace('"r"', '"s"') + "stale_after_days = 0.5\n"
    found = read(tmp_path, text)
    assert [(r.check, r.sensitive, r.owner, r.control, r.stale_after_days) for r in found.rules] == [
        ("notice_outcome", True, "legal@", "notices", 30), ("licence_missing", False, None, None, 0.5),
    ]  # fmt: skip
    assert (found.appeal, found.waivers, found.name) == ("us", (), "p")


WORDS = st.one_of(st.sampled_from(["r", "licence_missing", " ", "", "\t", "x" * 500, "x" * 501]), st.text(max_size=5))
NUMBERS = st.one_of(
    st.integers(-2, 2), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([36500, 36501, 0.5, 10**400])
)
ODD = st.one_of(st.booleans(), NUMBERS, WORDS, st.lists(WORDS, max_size=1), st.just({}))
REFS = st.sampled_from(["hf:model:a/b", "hf:dataset:*", "civitai:version:1", "*", "hf:*", "hf:model:", "a/b", "hf:model:a b",
                        "hf:model:" + "x" * 201, "file:sha256:ab*", "civitai:dataset:1", "hf:model:ä"])  # fmt: skip
DATES = st.sampled_from(
    ["2027-01-31", "2027-02-29", "2028-02-29", "20270131", "2027-1-1", "0000-01-01", "2027-01-31T00:00:00", "x"]
)
OUTCOMES = st.sampled_from(["block", "unknown", "allow"])
FIELDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "rule": {
        "name": st.just("r"), "check": st.just("licence_missing"), "at_most": NUMBERS, "at_least": st.just(-(10.0**300)),
        "missing": OUTCOMES, "then": OUTCOMES, "owner": WORDS, "control": WORDS, "stale_after_days": NUMBERS,
        "kinds": st.lists(st.sampled_from(["model", "dataset", "version", "car"]), max_size=3),
    },
    "waiver": {
        "ref": REFS, "rule": st.just("r"), "reason": WORDS, "owner": WORDS, "expires": DATES, "approved": DATES,
        "covers": st.sampled_from(["broken", "missing", "both", "all"]),
    },
    "policy": {"name": WORDS, "missing": OUTCOMES, "appeal": WORDS, "stale_after_days": NUMBERS},
}  # fmt: skip
GOOD: dict[str, dict[str, Any]] = {
    "rule": {"name": "r", "check": "licence_missing", "at_most": 0},
    "waiver": {"ref": "hf:model:a/b", "rule": "r", "reason": "x", "owner": "y", "expires": "2027-01-31"},
    "policy": {},
}


@st.composite
def tables(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """A good table of `kind` with up to three of its fields changed, left out or of another type, or one it does not know."""
    table = dict(GOOD[kind])
    for field in draw(st.lists(st.sampled_from([*FIELDS[kind], "mising"]), max_size=3)):
        how = draw(st.sampled_from(["as it may be", "as it may be", "left out", "odd"]))
        if how == "left out":
            table.pop(field, None)
        elif how == "odd" and field not in {"name", "check", "rule"}:
            table[field] = draw(ODD)
        elif field in FIELDS[kind]:
            table[field] = draw(FIELDS[kind][field])
    return table


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    found = draw(tables("policy")) | {"rule": [draw(tables("rule"))]}
    if draw(st.booleans()):
        found["waiver"] = draw(st.lists(tables("waiver"), max_size=2))
    for field in ("rule", "waiver"):
        if draw(st.integers(0, 20)) == 0:
            found[field] = draw(ODD)
    return found


VALIDATOR = jsonschema.Draft202012Validator(
    json.loads(policy.SCHEMA.read_text()), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
ACCEPTED = {True: 0, False: 0}


@settings(max_examples=1500, deadline=None)
@given(documents())
def test_the_schema_and_the_reader_agree(document: dict[str, Any]) -> None:
    told = refused(document)
    # what a schema cannot know
    beyond = ("which no method makes", "which the policy does not have", "name of another rule", "no value can be")
    if not any(words in told for words in beyond):
        assert "\n" not in told
        assert VALIDATOR.is_valid(document) == (told == "")
        ACCEPTED[told == ""] += 1


def refused(document: dict[str, Any]) -> str:
    """What the reader says against the document, nothing if it takes it."""
    try:
        policy.of_tables(Path("p.toml"), document)
    except UsageError as error:
        return str(error)
    return ""


def test_both_answers_were_met_often() -> None:
    assert min(ACCEPTED.values()) >= 100 or not any(ACCEPTED.values())


def test_the_schema_itself_is_one_and_takes_the_default_policy() -> None:
    import tomllib

    jsonschema.Draft202012Validator.check_schema(VALIDATOR.schema)
    text = policy.DEFAULT.read_text(encoding="utf-8")
    assert VALIDATOR.is_valid(tomllib.loads(text))
    # and all that it holds commented out
    head, rest = text.split("# A waiver lifts")
    every = head.replace("# appeal", "appeal").replace("# stale", "stale").replace("# owner", "owner")
    every += rest.split("needs them all.\n")[1].replace("\n# ", "\n").removeprefix("# ")
    document = tomllib.loads(every)
    document["waiver"][0]["expires"] = document["waiver"][0]["expires"].isoformat()
    assert VALIDATOR.is_valid(document)
    found = policy.of_tables(Path("p.toml"), tomllib.loads(every))
    assert found.waivers[0].expires == date(2027, 1, 31)


def test_the_schema_knows_every_field_of_the_reader() -> None:
    from headgate import policy_waivers

    schema = VALIDATOR.schema
    assert set(schema["properties"]) == set(policy._POLICY_FIELDS)
    assert set(schema["$defs"]["rule"]["properties"]) == set(policy._FIELDS)
    assert set(schema["$defs"]["waiver"]["properties"]) == set(policy_waivers.FIELDS)
