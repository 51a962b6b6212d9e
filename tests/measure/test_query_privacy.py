"""The measure, its command, and the release test: Headgate's own pages attacked through the functions that fill them."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from headgate.measure.query_privacy import measure, measured
from headgate.policy import Policy, Rule
from headgate.queries.endpoints import exact, sticky
from headgate.queries.leak import BASELINE, Leak, Rate, leak
from headgate.queries.table import Condition, Conditions, Table, table_of
from headgate.report import findings as reported
from headgate.shapes import Db
from headgate.web import dry_run_rules
from tests.calling import call
from tests.lineages import lineage

PEOPLE = 1500
MOMENT = datetime(2026, 1, 1)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    drawn = np.random.default_rng(0)
    columns = {"age": drawn.integers(18, 80, PEOPLE), "work": drawn.integers(0, 8, PEOPLE),
               "street": drawn.integers(0, 40, PEOPLE), "hours": drawn.integers(0, 40, PEOPLE),
               "ill": np.where(drawn.random(PEOPLE) < 0.4, "yes", "no")}  # fmt: skip
    path = tmp_path_factory.mktemp("town") / "town.csv"
    rows = zip(*(values.tolist() for values in columns.values()), strict=True)
    path.write_text("\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def test_the_command_finds_sticky_noise(town: Path) -> None:
    ended = call("measure", "query_privacy", town, "--secret", "ill", "--endpoint", "sticky", "--queries", 64,
                 "--people", 100, "--format", "json")  # fmt: skip
    assert ended.code == 1, ended
    said = json.loads(ended.out)
    assert said["answer"]["met"] is False
    by_axis = {one["axis"]: one for one in said["findings"]}
    assert by_axis["baseline"]["value"] == 0.5
    for attack in ("differential", "cloning", "learned"):
        one = by_axis[f"accuracy_{attack}"]
        assert 0.5 < one["low"] <= one["value"] <= one["high"] <= 1
        assert one["n"] == 100
    assert by_axis["suggested_budget"]["value"] < 64
    (table,) = said["tables"]
    assert len(table["rows"]) == 3 * 5  # 4, 8, 16, 32 and 64 queries


@pytest.mark.parametrize("endpoint", ["private", "published"])
def test_the_command_lets_pass_what_tells_nothing(town: Path, endpoint: str) -> None:
    ended = call("measure", "query_privacy", town, "--secret", "ill", "--endpoint", endpoint, "--queries", 48)
    assert ended.code == 0, ended
    assert "holds: no attack is right more often" in ended.out


def test_an_attack_that_may_be_beyond_the_margin_does_not_pass(town: Path) -> None:
    rate = Rate("learned", 8, 130, 200, 0.558, 0.733, 180, 120, 0.57, 0.5)  # 0.65 of 200, Wilson at 1 - 0.05 / 6
    found = Leak((rate,), (rate,), 8.0, 180, None, 0.6)
    assert measured(found, "own", margin=0.1).met is None
    assert measured(found, "own", margin=0.1).because.endswith("ask about more --people")
    assert measured(found, "own", margin=0.05).met is False
    assert measured(found, "own", margin=0.24).met is True


def test_results_are_rates_alone(town: Path, tmp_path: Path) -> None:
    ended = call(
        "measure", "query_privacy", town, "--secret", "ill", "--queries", 16, "--people", 60, "--into", tmp_path / "w"
    )
    said = ended.out + ended.err + "".join(one.read_text() for one in (tmp_path / "w").rglob("*.json"))
    assert "yes" not in said
    assert '"no"' not in said
    made = measure(table=town, secret="ill", queries=16, people=60)
    assert all(isinstance(cell, int | float | str) for one in made.tables for row in one.rows for cell in row)


def test_few_people_are_not_enough_to_tell(town: Path) -> None:
    ended = call(
        "measure", "query_privacy", town, "--secret", "ill", "--endpoint", "private", "--people", 20, "--queries", 8
    )
    assert ended.code == 2, ended
    assert "fewer than 50" in ended.out


def test_what_cannot_be_measured_is_said_in_a_line(town: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("a,s\n")
    for words in ((town, "--secret", "age"), (town, "--secret", "none"), (town, "--secret", "ill", "--known", "ill"),
                  (town, "--secret", "ill", "--margin", "0.7"), (town, "--secret", "ill", "--epsilon", "0", "--endpoint", "private"),
                  (town, "--secret", "ill", "--queries", "2"), (empty, "--secret", "s"),
                  ("http://counts.example/table.csv", "--secret", "s"), (town, "--secret", "ill", "--endpoint", "http://a.b")):  # fmt: skip
        ended = call("measure", "query_privacy", *words)
        assert ended.code in (2, 3), ended
        assert not ended.out
        assert "Traceback" not in ended.err


def test_an_own_endpoint_is_measured_in_python() -> None:
    drawn = np.random.default_rng(1)
    table = table_of({name: drawn.integers(0, 30, 1000) for name in "abc"} | {"s": drawn.integers(0, 2, 1000)})
    made = measured(leak(exact(table), table, "s", people=100, queries=16), "own")
    assert made.met is False
    assert made.because.startswith(("differential", "learned"))


def artifacts_table(seed: int = 0, number: int = 900) -> tuple[Table, dict[str, dict[str, str]]]:
    """Artifacts with attributes that single most of them out, and whether a sensitive check found something."""
    drawn = np.random.default_rng(seed)
    kinds = np.array(["model", "dataset", "space"])[np.minimum(drawn.integers(0, 20, number), 2)]
    columns = {"kind": kinds, "author": drawn.integers(0, 60, number).astype(str), "month": drawn.integers(0, 30, number).astype(str),
               "library": drawn.integers(0, 12, number).astype(str), "found": drawn.integers(0, 2, number).astype(str)}  # fmt: skip
    refs = {f"hf:{kind}:org/n{n}": {"kind": str(kind)} for n, kind in enumerate(kinds)}
    return table_of(columns), refs


def pages(db: Db) -> object:
    """What the report and the dashboard's dry run say, as answers to conditions; None where no page has an answer."""

    @cache
    def dry_run(kinds: tuple[str, ...]) -> tuple[object, object]:
        rule = Rule("r", "uncensored_name", 0.5, None, "unknown", "block", kinds, sensitive=True)
        standing = dry_run_rules.Standing(rule, Policy("p", (rule,)), "same")
        found = dry_run_rules.sensitive(db, standing, MOMENT)
        return found.kept, found.broken

    (check,) = reported.read(db, "2026-01-01")[0]

    def answer(conditions: Conditions) -> int | None:
        kinds = ["model", "dataset", "space"]
        for one in conditions:
            if one.column == "kind":
                kinds = [kind for kind in kinds if (kind == one.value) == one.equal]
        others = [one for one in conditions if one.column != "kind"]
        if [one.column for one in others] != ["found"] or not others[0].equal:
            return None  # no page breaks a sensitive check down by anything else
        if len(kinds) == 3 and len(conditions) == 1 and others[0].value == "1":
            return check.found if isinstance(check.found, int) else None
        cell = dry_run(tuple(kinds))[int(others[0].value)] if kinds else None
        return cell if isinstance(cell, int) else None

    return answer


def test_release_own_pages_tell_of_nobody(tmp_path: Path) -> None:
    table, refs = artifacts_table()
    found = table.columns["found"]
    rows = [{"subject": ref, "check": "uncensored_name", "value": float(value), "sensitive": True}
            for ref, value in zip(refs, found.tolist(), strict=True)]  # fmt: skip
    answer = pages(lineage(tmp_path / "w", refs, findings=rows).db)
    assert callable(answer)
    # the pages do answer what they are for, exactly in the report and in tens in the dry run
    yes = int((found == "1").sum())
    assert answer([Condition("found", "1")]) == yes
    models = table.columns["kind"] == "model"
    assert (
        answer([Condition("kind", "model"), Condition("found", "1")]) == int((models & (found == "1")).sum()) // 10 * 10
    )
    own = leak(answer, table, "found", people=400, queries=40)
    assert own.paired > 150
    assert all(one.low < BASELINE for one in (*own.rates, *own.by_budget))
    assert own.suggested is None
    assert measured(own, "own").met is True
    # the same rows behind endpoints that do tell: the test would have seen it
    for endpoint in (exact(table), sticky(table)):
        assert measured(leak(endpoint, table, "found", people=200, queries=40), "own").met is False
