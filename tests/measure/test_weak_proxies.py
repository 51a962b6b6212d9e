from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import HeadgateError
from headgate.measure import weak_proxies
from headgate.measure.weak_proxies import measure
from tests import adult_rows, hidden_groups
from tests.calling import call

NAMES = np.array(["f", "m"])


def write(path: Path, decided: np.ndarray, said: np.ndarray, label: np.ndarray | None = None) -> Path:
    words, other = NAMES[said], np.zeros(len(decided), dtype=int) if label is None else label.astype(int)
    rows = zip(decided, other, *words.T, strict=True)
    path.write_text("decision,label,a,b,c\n" + "".join(f"{d},{y},{','.join(w)}\n" for d, y, *w in rows))
    return path


def planted(path: Path, seed: int = 0, **how: object) -> tuple[Path, float]:
    group, decided, said = hidden_groups.drawn(seed, **how)  # type: ignore[arg-type]
    true = abs(float(decided[group == 1].mean() - decided[group == 0].mean()))
    return write(path, decided, said), true


def test_the_corrected_gap_holds_the_truth_and_the_naive_one_does_not(tmp_path: Path) -> None:
    table, true = planted(tmp_path / "t.csv", rows=20_000)
    made = measure(table=table, proxies="a,b,c", draws=200)
    told = {one.axis: one for one in made.findings}
    right, naive = told["selection_rate"], told["naive.selection_rate"]
    assert right.low is not None
    assert right.high is not None
    assert naive.high is not None
    assert right.low <= true <= right.high
    assert naive.high < true
    accuracy = [row[1] for row in made.tables[1].rows]
    assert np.allclose(accuracy, [0.65, 0.7, 0.75], atol=0.03)  # type: ignore[arg-type]
    assert len(made.notes) == 1  # nothing to warn of


def test_dependent_proxies_give_no_number(tmp_path: Path) -> None:
    for copied in (0.3, 1.0):
        table, _ = planted(tmp_path / "t.csv", rows=20_000, copied=copied)
        made = measure(table=table, proxies="a,b,c", limit=0.9, draws=100)
        corrected, naive = made.findings
        assert (corrected.value, corrected.low, corrected.n, made.met) == (None, None, 0, None)
        assert "depend on each other" in corrected.evidence
        assert naive.value is not None
        assert {row[3] for row in made.tables[0].rows} == {None}
        assert {row[1] for row in made.tables[1].rows} == {None}


def test_proxies_that_depend_on_the_decision_give_no_number(tmp_path: Path) -> None:
    _, decided, said = hidden_groups.drawn(0, rows=20_000)
    said[:, 2] = np.where(np.random.default_rng(1).random(20_000) < 0.3, decided, said[:, 2])
    made = measure(table=write(tmp_path / "t.csv", decided, said), proxies="a,b,c", draws=100)
    assert made.findings[0].value is None


def test_a_proxy_that_says_nothing_or_the_contrary_gives_no_number(tmp_path: Path) -> None:
    table, _ = planted(tmp_path / "t.csv", rows=10_000, right=(0.7, 0.7, 0.5))
    made = measure(table=table, proxies="a,b,c", draws=100)
    assert made.findings[0].value is None
    assert "c may hardly tell the groups apart" in made.findings[0].evidence


def test_a_few_rows_are_no_proof_of_independence(tmp_path: Path) -> None:
    table, _ = planted(tmp_path / "t.csv", rows=500)
    made = measure(table=table, proxies="a,b,c", limit=0.9, draws=100)
    assert (made.findings[0].value, made.met) == (None, None)
    assert "power" in made.findings[0].evidence


def test_the_answer_needs_an_interval_on_one_side_and_power(tmp_path: Path) -> None:
    table, true = planted(tmp_path / "t.csv", rows=60_000)

    def met(limit: float) -> bool | None:
        return measure(table=table, proxies="a,b,c", limit=limit, draws=100).met

    assert [met(true + 0.1), met(true), met(true - 0.1)] == [True, None, False]
    told = weak_proxies._met(measure(table=table, proxies="a,b,c", draws=100).findings[0], 0.9, 0.79)
    assert told[0] is None
    assert "power 0.79 only" in told[1]


def test_with_labels_recall_is_corrected_too(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    group = (random.random(30_000) < 0.5).astype(int)
    label = random.random(30_000) < 0.5
    decided = (random.random(30_000) < np.where(label, np.where(group == 1, 0.8, 0.5), 0.1)).astype(int)
    said = np.stack([np.where(random.random(30_000) < 0.75, group, 1 - group) for _ in range(3)], 1)
    table = write(tmp_path / "t.csv", decided, said, label)
    made = measure(table=table, proxies="a,b,c", label="label", measure="recall", limit=0.1, draws=100)
    told = {one.axis: one for one in made.findings}
    assert told["recall"].value == pytest.approx(0.3, abs=0.04)
    assert told["naive.recall"].value < 0.25  # type: ignore[operator]
    assert told["false_positive_rate"].value == pytest.approx(0, abs=0.03)
    assert made.met is False


def test_sharp_proxies_are_warned_of_and_nobody_s_group_is_told(tmp_path: Path) -> None:
    table, _ = planted(tmp_path / "t.csv", rows=5000, right=(0.95, 0.8, 0.8))
    made = measure(table=table, proxies="a,b,c", draws=100)
    warned = [one for one in made.notes if one.startswith("privacy")]
    assert len(warned) == 2
    assert "a names the group of 95% of people" in warned[0]
    assert "all three" in warned[1]
    assert max(len(one.rows) for one in made.tables) == 3
    assert not [one for one in measure(table=table, proxies="a,b,c", draws=100, privacy=1.0).notes if "privacy" in one]


def test_by_the_command_line(tmp_path: Path) -> None:
    table, _ = planted(tmp_path / "t.csv", rows=20_000, right=(0.75, 0.75, 0.8))
    ended = call("measure", "weak_proxies", table, "--proxies", "a,b,c", "--draws", 100, "--format", "json")
    assert ended.code == 0
    assert [one["axis"] for one in json.loads(ended.out)["findings"]] == ["selection_rate", "naive.selection_rate"]
    assert call("measure", "weak_proxies", table, "--proxies", "a,b,c", "--draws", 100, "--limit", 0.01).code == 1
    planted(table, rows=20_000, copied=0.5)
    assert call("measure", "weak_proxies", table, "--proxies", "a,b,c", "--draws", 100, "--limit", 0.9).code == 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"proxies": "a,b"}, "three different columns"),
        ({"proxies": "a,b,b"}, "three different columns"),
        ({"proxies": "a,b,nothing"}, "no column nothing"),
        ({"measure": "recall"}, "need --label"),
        ({"limit": 2.0}, "go from 0 to 1"),
        ({"draws": 3}, "draws from 100"),
        ({"proxies": "a,b,many"}, "name 7 groups"),
        ({"decision": "all"}, "decided alike"),
        ({"decision": "many"}, "neither yes nor no"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(tmp_path: Path, given: dict[str, object], words: str) -> None:
    table = tmp_path / "t.csv"
    rows = [f"{n % 2},{'fm'[n % 2]},{'fm'[n // 2 % 2]},f,{'uvwxy'[n % 5]},1" for n in range(40)]
    table.write_text("\n".join(["decision,a,b,c,many,all", *rows]) + "\n")
    with pytest.raises(HeadgateError, match=words) as error:
        measure(table=table, **{"proxies": "a,b,c", **given})  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_adult_with_degraded_proxies_of_sex(data: Path, tmp_path: Path) -> None:
    test = adult_rows.read(data)
    sex, decided = (test.columns["sex"] == "Male").astype(int), test.earns.astype(int)
    true = abs(float(decided[sex == 1].mean() - decided[sex == 0].mean()))
    closer, covers, naively = 0, 0, 0
    for seed in range(6):
        random = np.random.default_rng(seed)
        said = np.stack([np.where(random.random(len(sex)) < a, sex, 1 - sex) for a in (0.7, 0.75, 0.8)], 1)
        made = measure(table=write(tmp_path / "t.csv", decided, said), proxies="a,b,c", draws=100)
        right, naive = made.findings
        if right.value is None or right.low is None or right.high is None:
            continue
        closer += abs(right.value - true) < abs(naive.value - true)  # type: ignore[operator]
        covers += right.low <= true <= right.high
        naively += naive.low <= true <= naive.high  # type: ignore[operator]
    assert closer >= 5
    assert covers >= 5
    assert naively == 0
