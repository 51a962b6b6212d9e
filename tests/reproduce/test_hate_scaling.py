from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_ind

from headgate.errors import BadInput
from headgate.reproduce.hate_scaling import FILE, reproduce
from headgate.reproductions import Figure

SMALL = [0.3, 0.28, 0.32]
LARGE = [0.34, 0.36, 0.35, 0.37]


def write(root: Path) -> Path:
    """A file of the published form with shards of both datasets; 0.3 per cent are 300 of the 100,000."""
    lines = ["dataset,file_id,file_size_GB,file_loc,P_hateful,P_targeted,P_aggressive,file_ind"]
    lines += [
        f"{data},{data}_{n},1.6,./x/{n}.parquet,{p},{p / 2},0.0139999999999999,{n}"
        for data, shards in (("400m", SMALL), ("2B", LARGE))
        for n, p in enumerate(shards)
    ]
    (root / FILE).parent.mkdir(parents=True)
    (root / FILE).write_text("\n".join(lines) + "\n")
    return root


def figures(root: Path) -> dict[tuple[str, str, str], Figure]:
    return {(one.data, one.about, one.name): one for one in reproduce(root).figures}


def test_rates_t_and_growth(tmp_path: Path) -> None:
    found = figures(write(tmp_path))
    one, two = found["LAION-400M", "hateful", "rate"], found["LAION-2B-en", "hateful", "rate"]
    assert (one.found, one.of) == (900, 300_000)
    assert (two.found, two.of) == (1420, 400_000)
    assert found["LAION-400M", "aggressive", "rate"].found == 3 * 14
    both = "LAION-400M to LAION-2B-en"
    t = ttest_ind(np.array(LARGE), np.array(SMALL), equal_var=False).statistic
    assert found[both, "hateful", "Welch t"].value == pytest.approx(t)
    assert (both, "aggressive", "Welch t") not in found  # shards that do not vary have no t
    assert one.high is not None
    assert two.low is not None
    growth = found[both, "hateful", "conservative growth, %"].value
    assert growth == pytest.approx(100 * (two.low - one.high) / one.high)


def test_other_files_are_one_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no data at"):
        reproduce(tmp_path)
    write(tmp_path)
    for text in ("dataset\n400m\n", "dataset,P_hateful,P_targeted,P_aggressive\n400m,a,b,c\n", "\n", "dataset\n"):
        (tmp_path / FILE).write_text(text)
        with pytest.raises(BadInput, match=r"published\.$"):
            reproduce(tmp_path)


def test_the_published_file(data: Path) -> None:
    if not (data / FILE).exists():
        pytest.skip(f"no {FILE} in {data}: take it from vinayprabhu/hate_scaling")
    for one in reproduce(data).figures:
        if one.name == "rate":
            assert f"{100 * one.found / one.of:.4f} %" == one.paper
        if one.name == "Welch t":
            assert f"{one.value:.2f}" == one.paper
