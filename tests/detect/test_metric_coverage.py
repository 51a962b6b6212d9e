from __future__ import annotations

from pathlib import Path

import pytest

from headgate.disclosure.answers import ask
from headgate.disclosure.questions import load
from tests.build import collect, findings
from tests.disclosure_labels import confusion

CHECK = "metric_coverage"


@pytest.mark.parametrize(
    ("card", "item", "answer"),
    [
        ("Synthetic images with an FID of 3.2.", "fidelity", "reported"),
        ("The Kolmogorov-Smirnov statistic is 0.04.", "fidelity", "reported"),
        ("High-fidelity synthetic records.", "fidelity", "mentioned"),
        ("It mirrors real-world distributions.", "fidelity", "mentioned"),
        ("Trained on synthetic, tested on real (TSTR): AUROC 0.91.", "utility", "reported"),
        ("We evaluate the utility of the synthetic data.", "utility", "mentioned"),
        ("Generated with differential privacy (ε = 8.0).", "privacy", "reported"),
        ("Generated with differential privacy.", "privacy", "mentioned"),
        ("Membership inference attacks reach an AUC of 0.52.", "privacy", "reported"),
        ("It contains no real patient data.", "privacy", "mentioned"),
        ("Demographic parity difference: 0.03", "fairness", "reported"),
        ("We checked equalized odds.", "fairness", "mentioned"),
        ("Out-of-distribution accuracy: 71%", "robustness", "reported"),
        ("A robust pipeline makes synthetic data.", "robustness", "missing"),
        ("A fair question about synthetic data.", "fairness", "missing"),
        ("A dataset for privacy-preserving machine learning.", "privacy", "missing"),
    ],
)  # fmt: skip
def test_families(card: str, item: str, answer: str) -> None:
    assert {one.item: one.answer for one in ask(card, load(CHECK))}[item] == answer


def test_findings(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [
        {"id": "a/s", "author": "a", "description": "Realistic synthetic records with an epsilon of 1.0."},
        {"id": "a/r", "author": "a", "description": "Real records, FID 3.2."},
    ], "dataset")  # fmt: skip
    assert findings(ws, CHECK) == {
        "hf:dataset:a/s": (1, "fidelity: mentioned “Realistic synthetic records with an epsilon of 1.0.”; utility: "
                           "missing; privacy: reported “Realistic synthetic records with an epsilon of 1.0.”; fairness: "
                           "missing; robustness: missing"),
        "hf:dataset:a/r": (None, "no synthetic data is mentioned"),
    }  # fmt: skip


def test_against_labels(data: Path) -> None:
    assert confusion(data, CHECK, held_out=True) == {
        "fidelity": (7, 0, 0),
        "utility": (0, 0, 1),
        "privacy": (0, 0, 0),
        "fairness": (0, 0, 0),
        "robustness": (0, 0, 0),
    }
    assert confusion(data, CHECK, held_out=False) == {
        "fidelity": (12, 0, 0),
        "utility": (0, 0, 0),
        "privacy": (4, 0, 0),
        "fairness": (0, 0, 0),
        "robustness": (0, 0, 0),
    }
