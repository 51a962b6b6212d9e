from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headgate.drift import generate, judging, prompts
from headgate.drift.compare import compare
from headgate.drift.pairs import from_arrays
from headgate.errors import BadInput, UsageError
from headgate.measure.safety_drift import decided, measure
from headgate.workspace import open_workspace
from tests.calling import call
from tests.drifting import MARK, write_pair, write_prompts

SECRET = "secretword"
REPEATS = 20


def write(path: Path, answers: list[str], samples: int = 1) -> Path:
    """A completion for each of `answers`, of prompts in two subsets."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "sample", "subset", "prompt", "completion"])
        for n, text in enumerate(answers):
            prompt = n // samples
            out.writerow([prompt, n % samples, "even" if prompt % 2 else "odd", f"{SECRET} {prompt}", text])
    return path


def answers(refused: int, of: int) -> list[str]:
    return [f"I cannot help, {SECRET}."] * refused + [f"Sure, {SECRET}."] * (of - refused)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return write(tmp_path / "base.csv", answers(10, 100)), write(tmp_path / "variant.csv", answers(40, 100))


def test_the_gate_over_files_and_its_exit_codes(files: tuple[Path, Path]) -> None:
    ended = call("measure", "safety_drift", *files, "--delta", "0.02", "--worse", "more", "--format", "json")
    assert ended.code == 1
    found = json.loads(ended.out)
    value = {one["axis"]: one["value"] for one in found["findings"]}
    assert (value["base_rate"], value["variant_rate"]) == (0.1, 0.4)
    assert value["difference"] == pytest.approx(0.3)
    assert value["chance"] == pytest.approx(2 * 0.5**30)
    assert found["answer"]["met"] is False
    assert value["no_worse"] == 0
    assert call("measure", "safety_drift", *files, "--delta", "0.02", "--worse", "less").code == 0
    assert call("measure", "safety_drift", *files, "--delta", "0.3", "--worse", "more").code == 2
    assert call("measure", "safety_drift", *files).code == 0
    assert "THE JUDGE IS TAKEN AS PERFECT" in ended.out
    # rates alone
    assert SECRET not in ended.out + ended.err


def test_nothing_of_a_text_reaches_the_workspace(files: tuple[Path, Path], tmp_path: Path) -> None:
    assert (
        call("measure", "safety_drift", *files, "--delta", "0.02", "--worse", "more", "--into", tmp_path / "w").code
        == 1
    )
    ws = open_workspace(tmp_path / "w")
    rows = ws.db.execute('SELECT "check", value, evidence FROM findings').fetchall()
    assert ("safety_drift", 1.0) in [row[:2] for row in rows]
    everything = b"".join(path.read_bytes() for path in (tmp_path / "w").rglob("*") if path.is_file())
    assert SECRET not in str(rows)
    assert SECRET.encode() not in everything


def test_labels_carry_the_judge_s_errors(files: tuple[Path, Path], tmp_path: Path) -> None:
    lines = [f"{n},{model},{int(n < most)}" for model, most in (("base", 20), ("variant", 40)) for n in range(100)]
    (tmp_path / "labels.csv").write_text("\n".join(["id,model,label", *lines]), encoding="utf-8")
    made = measure(base=files[0], variant=files[1], labels=tmp_path / "labels.csv", delta=0.02, worse="more")
    value = {one.axis: one for one in made.findings}
    # people call 20 of the base's positive, of which the judge found 10, and agree of the variant's
    assert value["base_rate"].value == pytest.approx(0.2)
    assert value["variant_rate"].value == pytest.approx(0.4)
    assert value["base_rate"].evidence == "0.100 flagged; judge found 10 of 20 positive and spared 80 of 80 negative"
    assert made.met is False
    assert len(made.notes) == 1
    assert "drawn at random" in made.notes[0]
    few = tmp_path / "few.csv"
    few.write_text("id,model,label\n1,base,1\n1,variant,1\n", encoding="utf-8")
    told = call(
        "measure",
        "safety_drift",
        *files,
        "--labels",
        few,
        "--delta",
        "0.02",
        "--worse",
        "more",
        "--correction",
        "rogan_gladen",
    )
    assert told.code == 2
    assert "could not be told: base: no labelled completion is negative" in told.out.replace("\n", " ")


def test_what_cannot_be_judged_is_counted(tmp_path: Path) -> None:
    base = write(tmp_path / "b.csv", [*answers(10, 50), "", ""])
    variant = write(tmp_path / "v.csv", answers(10, 51))
    made = measure(base=base, variant=variant)
    assert made.notes[1:] == (
        "2 completions the judge refusal could not tell, which count for neither",
        "2 prompts that not both models have judged completions of, which are left out",
    )
    with pytest.raises(BadInput, match="none was answered by both and judged"):
        measure(base=base, variant=write(tmp_path / "e.csv", [""] * 50))


@pytest.mark.parametrize(
    "wrong", [{"delta": -0.1}, {"delta": 1.1}, {"level": 1.0}, {"level": 0.5}, {"rope": -1.0}, {"judge": "nobody"},
              {"delta": 0.1}, {"prompts": Path("p.csv")}, {"subset": "prompt"}, {"subset": "nowhere"}, {"toxic_labels": "x"}]
)  # fmt: skip
def test_what_was_asked_wrongly_is_one_line(files: tuple[Path, Path], wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        measure(base=files[0], variant=files[1], **wrong)
    assert "\n" not in str(caught.value)


def test_a_variant_that_lost_its_refusals_passes_no_gate_by_default(files: tuple[Path, Path]) -> None:
    ended = call("measure", "safety_drift", files[1], files[0], "--delta", "0.02")
    assert ended.code == 3
    assert "Say --worse less or more" in ended.err
    assert call("measure", "safety_drift", files[1], files[0], "--delta", "0.02", "--worse", "less").code == 1


def test_a_table_without_a_header_is_not_quoted(files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "bare.csv").write_text(f"1,{SECRET} one\n2,{SECRET} two\n", encoding="utf-8")
    for table in ((files[0], tmp_path / "bare.csv"), (tmp_path, files[0], "--prompts", tmp_path / "bare.csv")):
        ended = call("measure", "safety_drift", *table)
        assert ended.code == 3
        assert "has no column id" in ended.err
        assert SECRET not in ended.out + ended.err


def test_a_model_needs_prompts(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to ask it"):
        measure(base=files[0], variant=tmp_path)


def test_between_both_ends_nobody_can_tell() -> None:
    assert [decided(chance, 0.95) for chance in (1, 0.95, 0.949, 0.051, 0.05, 0, None)] == [
        True, True, None, None, False, False, None
    ]  # fmt: skip


def test_from_prompts_to_gate_with_models_that_drift_and_do_not(tmp_path: Path) -> None:
    base, clean, planted = write_pair(tmp_path)
    words, asked = tmp_path / "words.csv", write_prompts(tmp_path / "prompts.csv")
    words.write_text(f"phrase\n{MARK}\n", encoding="utf-8")
    flags: dict[str, Any] = {"prompts": asked, "judge": str(words), "samples": 4, "tokens": 12, "delta": 0.1}

    ended = call("measure", "safety_drift", base, planted, *_words(flags), "--format", "json")
    found = json.loads(ended.out)
    value = {one["axis"]: one["value"] for one in found["findings"]}
    assert (ended.code, found["answer"]["met"]) == (1, False)
    assert value["difference"] > 0.2
    assert value["chance"] < 0.001
    assert value["drifted_subsets"] >= 1
    assert call("measure", "safety_drift", base, clean, *_words(flags | {"delta": 0.2})).code == 0
    # base and variant are drawn apart: the same model does not say the same twice
    twice = {one.axis: one.value for one in measure(base=base, variant=base, **flags).findings}
    assert twice["difference"] != 0
    assert twice["chance"] is not None
    assert twice["chance"] > 0.05

    # the same model asked anew: how often it seems to have drifted, over all or in any subset
    drawn = generate.generated(base, prompts.read(asked), samples=2 * REPEATS * 4, tokens=12)
    flagged = judging.judge(str(words))(drawn.texts).reshape(-1, 2 * REPEATS, 4)
    subsets = np.array(drawn.subsets).reshape(len(flagged), -1)[:, 0]
    alarms = {"all": 0, "subset": 0, "gate": 0}
    for n in range(REPEATS):
        whole, parts = compare(from_arrays(flagged[:, 2 * n], flagged[:, 2 * n + 1], subsets), delta=0.1, seed=n)
        assert whole.chance is not None
        alarms["all"] += whole.chance <= 0.05
        alarms["subset"] += any(one.holm is not None and one.holm <= 0.05 for one in parts)
        alarms["gate"] += decided(whole.within, 0.95) is False
    assert max(alarms.values()) <= 0.05 * REPEATS, alarms


def test_rates_of_five_models_cover_what_people_say(data: Path) -> None:
    root = data / "content" / "xstest"
    for path in sorted((root / "model_completions").glob("*.csv")):
        model = path.stem.rpartition("_")[2]
        people = _column(path, "final_label")
        judge = _column(root / "labels" / f"{path.stem}_streval.csv", "strmatch_label")
        rest_held, all_held = [], []
        for seed in range(20):
            drawn = np.random.default_rng(seed).permutation(450) < 225
            said = np.where(drawn, people, np.nan)
            pairs = from_arrays(judge, judge, ~drawn, base_labels=said, variant_labels=said)
            # of the half without labels, corrected by those of the other; and of all, of which half is labelled
            rest = compare(pairs, correction="rogan_gladen", draws=1000, seed=seed)[1][1].base
            whole = compare(pairs, draws=1000, seed=seed)[0].base
            assert whole.low is not None
            assert whole.high is not None
            all_held.append(whole.low <= people.mean() <= whole.high)
            if rest.low is not None and rest.high is not None:
                rest_held.append(rest.low <= people[~drawn].mean() <= rest.high)
        assert np.mean(all_held) >= 0.93, model
        assert np.mean(rest_held) >= 0.8, model  # more splits are in bench/safety_drift.py


def _words(flags: dict[str, Any]) -> list[object]:
    return [word for name, value in flags.items() for word in (f"--{name}", value)]


def _column(path: Path, column: str) -> np.ndarray:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return np.array([float(row[column] == "2_full_refusal") for row in csv.DictReader(file)])
