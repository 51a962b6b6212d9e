from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench.synthetic_generators import Columns, breast_cancer, gaussian, shuffled, take, trees, write
from headgate.measure.synthetic_trust import measure
from tests.calling import call
from tests.synthetic_data.test_audit import town


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real rows, held out rows, and a folder of synthetic tables of known kinds."""
    path = tmp_path_factory.mktemp("trust")
    real: Columns = town(500, 0)
    write(path / "real.csv", real)
    write(path / "held.csv", town(500, 1))
    (path / "made").mkdir()
    for name, columns in {"copy": real, "shuffled": shuffled(real, 500, 0), "fresh": town(500, 2)}.items():
        write(path / "made" / f"{name}.csv", columns)
    return path


def asked(folder: Path, *words: object) -> list[object]:
    return [
        "measure",
        "synthetic_trust",
        folder / "real.csv",
        folder / "held.csv",
        *words,
        "--label",
        "good",
        "--draws",
        40,
    ]


def test_an_exact_copy_is_not_passed_whatever_the_weights(folder: Path) -> None:
    for weights in ("fidelity=1", "privacy=0", "privacy=0.001,utility=100"):
        ended = call(*asked(folder, folder / "made" / "copy.csv", "--weights", weights, "--format", "json"))
        assert ended.code == 1, ended
        said = json.loads(ended.out)
        assert said["answer"]["met"] is False
        assert "fails privacy" in said["answer"]["because"]
    by_axis = {one["axis"]: one for one in said["findings"]}
    assert (by_axis["privacy"]["value"], by_axis["exact_copies"]["value"], by_axis["index"]["value"]) == (0, 1, 0)
    assert by_axis["utility"]["value"] == 1
    assert "fairness" not in by_axis  # no group was named
    assert any("fairness was not asked" in one for one in said["notes"])


def test_shuffled_columns_fail_utility(folder: Path) -> None:
    ended = call(*asked(folder, folder / "made" / "shuffled.csv"))
    assert ended.code == 1
    assert "fails fidelity, utility" in ended.out


def test_fresh_rows_pass_and_what_is_asked_too_much_of_is_not_shown(folder: Path) -> None:
    fresh = folder / "made" / "fresh.csv"
    least = "fidelity=0.5,utility=0.8,privacy=0.6,fairness=0.5,robustness=0.5"
    ended = call(*asked(folder, fresh, "--group", "sex", "--least", least))
    assert ended.code == 0, ended.out
    assert "holds: fresh reaches at least" in ended.out
    ended = call(*asked(folder, fresh, "--least", "privacy=0.99,robustness=0.5"))
    assert ended.code == 2, ended.out
    assert "not shown: privacy" in ended.out


def test_a_folder_is_ranked_and_its_failures_stay_failures(folder: Path, tmp_path: Path) -> None:
    ended = call(*asked(folder, folder / "made", "--into", tmp_path / "w", "--format", "json"))
    said = json.loads(ended.out)
    audits, ranking = said["tables"]
    assert len(audits["rows"]) == 3 * 4
    by_name = {row[1]: row for row in ranking["rows"]}
    assert by_name["fresh"][0] == 1
    assert by_name["copy"][3] == by_name["shuffled"][3] == "fails"
    by_axis = {one["axis"]: one for one in said["findings"]}
    assert by_axis["rank_stability"]["n"] == 1000
    assert by_axis["rank_stability"]["low"] <= by_axis["rank_stability"]["value"]
    for one in said["findings"]:
        assert one["low"] <= one["value"] <= one["high"], one
    assert by_axis["privacy.distance_ratio.fresh"]["high"] == pytest.approx(1, abs=0.02)
    (part,) = (tmp_path / "w" / "tables" / "findings").glob("*.parquet")
    assert part.stat().st_size


def test_no_row_of_anybody_is_in_the_output(folder: Path) -> None:
    ended = call(*asked(folder, folder / "made"))
    for row in (folder / "real.csv").read_text().splitlines()[1:]:
        assert row.split(",")[0] + "," not in ended.out + ended.err


def test_breast_cancer(tmp_path: Path) -> None:
    cancer, order = breast_cancer(), np.random.default_rng(0).permutation(569)
    real, held, fresh = (take(cancer, order[190 * n : 190 * (n + 1)]) for n in range(3))
    (tmp_path / "made").mkdir()
    for name, columns in {"copy": real, "shuffled": shuffled(real, 190, 0), "gaussian": gaussian(real, 190, 0),
                          "trees": trees(real, 190, 0), "fresh": fresh}.items():  # fmt: skip
        write(tmp_path / "made" / f"{name}.csv", columns)
    made = measure(
        real=write(tmp_path / "real.csv", real), holdout=write(tmp_path / "held.csv", held),
        synthetic=tmp_path / "made", label="benign", draws=50,
    )  # fmt: skip
    by_axis = {one.axis: one.value for one in made.findings}
    assert by_axis["privacy.copy"] == 0
    assert by_axis["utility.shuffled"] is not None
    verdicts = {(row[0], row[1]): row[-1] for row in made.tables[0].rows}
    assert verdicts["copy", "privacy"] == verdicts["shuffled", "utility"] == verdicts["shuffled", "fidelity"] == "fails"
    assert {verdicts[name, one] for name in ("gaussian", "trees", "fresh") for one in ("fidelity", "privacy")} <= {
        "passes",
        "not shown",
    }
    assert by_axis["privacy.distance_ratio.fresh"] == pytest.approx(1, abs=0.06)
    assert "stable" in made.tables[1].title


def test_what_cannot_be_judged_is_said_in_a_line(folder: Path, tmp_path: Path) -> None:
    copy, few, other = folder / "made" / "copy.csv", tmp_path / "few.csv", tmp_path / "other.csv"
    few.write_text("\n".join(copy.read_text().splitlines()[:30]) + "\n")
    other.write_text(copy.read_text().replace("pay", "wage", 1))
    (tmp_path / "nothing").mkdir()
    wrong = ((few,), (other,), (tmp_path / "nothing",), (tmp_path / "absent.csv",), (copy, "--weights", "trust=1"),
             (copy, "--weights", "utility=much"), (copy, "--least", "utility=2"), (copy, "--noise", "3"), (copy, "--group", "where"),
             (copy, "--draws", "3"), (copy, "--weights", "fidelity=0,utility=0,privacy=0,robustness=0"), (copy, "--label", "pay"))  # fmt: skip
    for words in wrong:
        ended = call("measure", "synthetic_trust", folder / "real.csv", folder / "held.csv", "--label", "good", *words)
        assert ended.code in (2, 3), ended
        assert not ended.out
        assert ended.err.count("\n") <= 4
        assert "Traceback" not in ended.err
