from __future__ import annotations

import gzip
import json
import time
from itertools import product
from math import log
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput
from headgate.reproduce.tofu_oracle import CHOSEN, DATA, DECAYS, FOLDER, FORGET, MODELS, RETAIN, reproduce


def column(values: object) -> dict[str, object]:
    return {str(n): one for n, one in enumerate(values)}  # type: ignore[arg-type, var-annotated]


def log_of(right: float, recall: float, wrong: list[list[float]]) -> dict[str, object]:
    """A part of a log in which every right answer, and its paraphrase, has the probability `right`."""
    n = len(wrong)
    return {
        "avg_gt_loss": column([-log(right)] * n),
        "avg_paraphrased_loss": column([-log(right)] * n),
        "average_perturb_loss": column(wrong),
        "rougeL_recall": column([recall] * n),
        "generated_text": column([["asked", "one two", "one three"]] * n),
    }


def write(root: Path, shift: float = 0.0) -> Path:
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    for (stem, data), decay in product(product(MODELS.values(), DATA), DECAYS):
        apart = np.linspace(1.0, 2.0, 6) + (shift if data == "full" else 0)
        parts = {RETAIN: log_of(0.5, 0.5, [[log(4)]] * 6), FORGET: log_of(0.5, 0.5, [[one] for one in apart])}
        parts |= {name: log_of(0.5, 0.5, [[log(4), log(4)]] * 6) for name in CHOSEN}
        packed = gzip.compress(json.dumps(parts).encode())
        (root / FOLDER / f"{stem}_{data}_wd{decay}.json.gz").write_bytes(packed)
    return root


def test_figures_by_hand(tmp_path: Path) -> None:
    figures = reproduce(write(tmp_path, shift=100)).figures
    utilities = [one.value for one in figures if one.name == "model utility"]
    # the right answer has 1/2, each wrong one 1/4: the ratio is 1/2; a choice among 1/2, 1/4 and 1/4 is 1/2
    assert utilities == pytest.approx([0.5] * 16)
    quality = {one.about: one.value for one in figures if one.name == "forget quality"}
    assert quality["retain90, weight decay 0 against 0.01"] == pytest.approx(1)
    # six against six that do not overlap: 2 of the 924 ways to part twelve ranks
    assert quality["full against retain90, weight decay 0.01"] == pytest.approx(2 / 924)
    same = next(one for one in figures if one.name == "same ROUGE-L")
    assert (same.found, same.of) == (16 * 4 * 6, 16 * 4 * 6)


def test_other_files_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no data at"):
        reproduce(tmp_path)
    file = next((write(tmp_path) / FOLDER).glob("*llama2-7b_full_wd0.01*"))
    for content in (b"no archive", gzip.compress(b"{}"), gzip.compress(b"[1"), file.read_bytes()[:50]):
        file.write_bytes(content)
        with pytest.raises(BadInput, match="is no evaluation log of TOFU"):
            reproduce(tmp_path)


@pytest.mark.parametrize(
    ("name", "values"),
    [("rougeL_recall", [0.5] * 5), ("rougeL_recall", [1.5] * 6), ("avg_gt_loss", [float("nan")] * 6),
     ("average_perturb_loss", [1.0] * 6), ("average_perturb_loss", [[1.0]] * 5), ("avg_paraphrased_loss", [-1.0] * 6),
     ("generated_text", [["asked", "one", 3]] * 6), ("generated_text", [["asked", "one", "two"]] * 5)],
)  # fmt: skip
def test_columns_that_do_not_fit_are_one_line(tmp_path: Path, name: str, values: list[object]) -> None:
    file = next((write(tmp_path) / FOLDER).glob("*llama2-7b_full_wd0.01*"))
    log = json.loads(gzip.decompress(file.read_bytes()))
    log[RETAIN][name] = column(values)
    file.write_bytes(gzip.compress(json.dumps(log).encode()))
    with pytest.raises(BadInput, match="is no evaluation log of TOFU"):
        reproduce(tmp_path)


def test_logs_without_items_too_deep_or_too_large_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = next((write(tmp_path) / FOLDER).glob("*llama2-7b_full_wd0.01*"))
    log = json.loads(gzip.decompress(file.read_bytes()))
    for content in (json.dumps({**log, RETAIN: log_of(0.5, 0.5, [])}), "[" * 200_000):
        file.write_bytes(gzip.compress(content.encode()))
        with pytest.raises(BadInput, match="is no evaluation log of TOFU"):
            reproduce(tmp_path)
    monkeypatch.setattr("headgate.reproduce.tofu_oracle._LARGEST", 10)
    with pytest.raises(BadInput, match="is no evaluation log of TOFU"):
        reproduce(write(tmp_path))


def test_the_released_logs(data: Path) -> None:
    if not (data / FOLDER).is_dir():
        pytest.skip(f"no {FOLDER} in {data}: take the evaluation logs of locuslab/tofu")
    begun = time.process_time()
    found = {(one.data, one.about, one.name): one.value for one in reproduce(data).figures}
    assert time.process_time() - begun < 30
    for model, about, value in (
        ("Llama-2-7B", "full", 0.6227), ("Llama-2-7B", "retain90", 0.6137), ("Phi-1.5", "full", 0.5221), ("Phi-1.5", "retain90", 0.5320)
    ):  # fmt: skip
        assert found[model, f"{about}, weight decay 0.01", "model utility"] == pytest.approx(value, abs=5e-5)
    pair = "full against retain90, weight decay 0.01"
    assert found["Llama-2-7B", pair, "forget quality"] == pytest.approx(1.83e-21, rel=5e-3)
    assert found["Phi-1.5", pair, "forget quality"] == pytest.approx(2.19e-16, rel=5e-3)
    pair = "retain90, weight decay 0 against 0.01"
    assert found["Llama-2-7B", pair, "forget quality"] == pytest.approx(0.999, abs=5e-4)
    assert found["Phi-1.5", pair, "forget quality"] == pytest.approx(1.0, abs=5e-4)
