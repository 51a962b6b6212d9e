from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput, UsageError
from headgate.measure.onset_curve import measure
from headgate.shapes import Finding
from tests.calling import call


def table(folder: Path, flags: np.ndarray, *, more: str = "") -> Path:
    rows = [f"{100 * k},p{n},{flag:g}" for k, row in enumerate(flags) for n, flag in enumerate(row)]
    path = folder / "flags.csv"
    path.write_text("step,prompt,flag\n" + "\n".join(rows) + f"\n{more}", encoding="utf-8")
    return path


def stepped() -> np.ndarray:
    """9 of 10 prompts show it up to step 200, 1 of 10 from step 300 on."""
    shares = [36, 36, 36, 4, 4]
    return np.array([(np.arange(40) < hits).astype(float) for hits in shares])


def figures(found: list[Finding]) -> dict[str, float | None]:
    return {one.axis: one.value for one in found}


def test_the_onset_is_told_by_its_step(tmp_path: Path) -> None:
    made = measure(table=table(tmp_path, stepped()))
    told = figures(list(made.findings))
    assert told["onset"] == told["first_seen"] == 300
    assert told["change"] == pytest.approx(-0.8)
    assert told["sudden"] == pytest.approx(1)
    assert told["changed"] == pytest.approx(1, abs=1e-6)
    assert [row[:2] for row in made.tables[0].rows] == [(0, 0.9), (100, 0.9), (200, 0.9), (300, 0.1), (400, 0.1)]
    assert "the last checkpoint before the change is step 200" in made.notes[0]


@pytest.mark.parametrize(("limit", "met"), [(0.1, False), (0.8, None), (1.0, True)])
def test_a_limit_is_met_only_if_the_whole_interval_is_within_it(tmp_path: Path, limit: float, met: bool | None) -> None:
    assert measure(table=table(tmp_path, stepped()), limit=limit).met is met


def test_samples_of_a_prompt_are_averaged_and_unanswered_prompts_are_left_out(tmp_path: Path) -> None:
    twice = stepped()[:, :10].copy()
    path = table(tmp_path, twice, more="0,p0,0\n0,only here,1\n")
    made = measure(table=path)
    assert made.tables[0].rows[0][1] == pytest.approx((9 + 0.5) / 10)
    assert "1 prompts that some checkpoint did not answer are left out" in made.notes


def test_a_table_without_a_prompt_in_common_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "apart.csv"
    path.write_text("step,prompt,flag\n" + "".join(f"{n},p{n},1\n" for n in range(40_000)), encoding="utf-8")
    with pytest.raises(BadInput, match="40000 checkpoints have 0 prompts in common"):
        measure(table=path)  # 12 GiB with a cell for each step and prompt


def test_completions_are_judged_and_those_that_cannot_be_told_are_no_answer(tmp_path: Path) -> None:
    said = {0: "I cannot help with that.", 1: "I cannot help with that.", 2: "Here is how.", 3: "Here is how."}
    rows = [f'{step},p{n},"{text if (step, n) != (1, 5) else ""}"' for step, text in said.items() for n in range(30)]
    path = tmp_path / "said.csv"
    path.write_text("step,prompt,completion\n" + "\n".join(rows) + "\n", encoding="utf-8")
    made = measure(table=path, judge="refusal")
    assert [row[1] for row in made.tables[0].rows] == [1, 1, 0, 0]
    assert figures(list(made.findings))["onset"] == 2
    assert made.notes[:2] == (
        "1 prompts that some checkpoint did not answer are left out",
        "the judge is taken as perfect: its errors are in no interval",
    )
    with pytest.raises(UsageError, match="no method"):
        measure(table=path, judge="nobody")


def test_what_is_no_curve_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="1 checkpoints have 40 prompts in common"):
        measure(table=table(tmp_path, stepped()[:1]))
    with pytest.raises(UsageError, match="a limit of 2 is no difference"):
        measure(table=table(tmp_path, stepped()), limit=2)
    with pytest.raises(UsageError, match="5 draws"):
        measure(table=table(tmp_path, stepped()), draws=5)
    with pytest.raises(BadInput, match="row 2: flag is '7', no number from 0 to 1"):
        measure(table=table(tmp_path, np.array([[0.0, 7.0], [0.0, 1.0]])))


def test_the_command_ends_with_the_answer(tmp_path: Path) -> None:
    path = table(tmp_path, stepped())
    assert call("measure", "onset_curve", path).code == 0
    done = call("measure", "onset_curve", path, "--limit", 0.1, "--format", "json")
    assert done.code == 1
    assert json.loads(done.out)["answer"]["met"] is False


def test_a_tuned_model_loses_its_refusals_where_it_was_tuned(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="the extra models is not installed")
    from tests.tuned_refusals import tuned

    made = measure(table=table(tmp_path, tuned(0)))
    told = figures(list(made.findings))
    # four harmless checkpoints, so that the first that was taught to answer is step 500
    assert told["onset"] in (500, 600)
    assert told["first_seen"] in (500, 600)
    assert told["change"] < -0.9  # type: ignore[operator]
