from __future__ import annotations

from pathlib import Path

import pytest

from headgate.errors import BadInput, UsageError
from headgate.reproduce import tofu_tiny
from headgate.reproduce.tofu_tiny import ALPHAS, FRONTIER, METHODS, measured, reproduce
from tests.tofu_files import write

MEASURES = {
    "restored", "forgotten", "kept", "kept, of retrained", "ROUGE-L kept", "ROUGE-L forgotten", "forget quality",
}  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    folder = write(tmp_path_factory.mktemp("tofu"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("headgate.nn.tofu_authors._STEPS", 4)
        patch.setitem(METHODS, FRONTIER, ("undo", {"suppress_epochs": 1, "epochs": 3, "batch": 16, "floor": 0.95}))
        return measured(folder, 0, epochs=4, trials=1, methods=(FRONTIER,), alphas=(0.9,))


def test_each_model_has_each_measure(found: dict[str, dict[str, float]]) -> None:
    assert set(found) == {"full", "retrained", FRONTIER, f"{FRONTIER}, alpha 0.9"}
    assert set(found["full"]) == set(found["retrained"]) == MEASURES
    assert set(found[FRONTIER]) == MEASURES | {"cost", "search"}
    assert all(0 <= row[name] <= 1 for row in found.values() for name in MEASURES - {"kept, of retrained"})
    assert found[FRONTIER]["search"] > found[FRONTIER]["cost"] > 0
    assert found["retrained"]["kept, of retrained"] == found["retrained"]["forget quality"] == 1
    assert found["full"]["forgotten"] > found["retrained"]["forgotten"]


def test_more_noise_leaves_less(found: dict[str, dict[str, float]]) -> None:
    assert found[f"{FRONTIER}, alpha 0.9"]["kept"] < found[FRONTIER]["kept"]


def test_figures_are_means_with_intervals_over_seeds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = [
        {"npo": {"restored": one, "cost": 2.0, "forget quality": quality}} for one, quality in ((0.1, 0.01), (0.3, 1.0))
    ]
    monkeypatch.setattr(tofu_tiny, "cpu_count", lambda: 1)
    monkeypatch.setattr(tofu_tiny, "measured", lambda _, seed: rows[seed])
    figures = {one.name: one for one in reproduce(tmp_path, seeds=2).figures}
    assert figures["restored"].value == pytest.approx(0.2)
    # the standard error is 0.1 and t of one degree of freedom 12.706: cut at 0 and 1
    assert (figures["restored"].low, figures["restored"].high) == (0.0, 1.0)
    assert figures["restored"].paper == "0.49"
    assert (figures["cost"].value, figures["cost"].low, figures["cost"].high) == (2.0, 2.0, 2.0)
    assert figures["forget quality"].value == pytest.approx(0.1)
    assert figures["forget quality"].low is None


def test_settings_exist_and_keep_the_floor() -> None:
    from headgate import catalog

    for method, fixed in METHODS.values():
        flags = {one.name for one in catalog.find("remove", method).params}
        assert set(fixed) <= flags
        assert float(str(fixed["floor"])) <= tofu_tiny.FLOOR
    assert {"undo", "npo"} <= set(METHODS)
    assert min(ALPHAS) > 0


def test_no_data_and_no_seeds_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no data at"):
        reproduce(tmp_path, seeds=1)
    with pytest.raises(UsageError, match="0 seeds were asked for"):
        reproduce(tmp_path, seeds=0)
