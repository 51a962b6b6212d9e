from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from headgate import reproductions
from headgate.errors import BadInput, UsageError
from headgate.reproductions import Figure, Reproduced, render

MADE = Reproduced(
    "thing", "A. Author, A thing, 2020.",
    (Figure("v1", "a hub", "omission", 1, 4, 0.1, 0.6, "of all, none.", "about 30 %"),
     Figure("v2", "a hub", "omission", 0, 0, None, None, "of all, none.")), ("a note",),
)  # fmt: skip


def test_an_estimate_next_to_0_is_0() -> None:
    figures = tuple(Figure("v1", "a", "d", 0, 0, low, 0.02, "d.", value=-2e-17, digits=3) for low in (-1e-9, -0.01))
    rows = [line.split() for line in render(Reproduced("x", "y", figures, ()), "table").splitlines()[5:7]]
    assert [row[3:] for row in rows] == [["0.000", "0.000", "to", "0.020"], ["0.000", "-0.010", "to", "0.020"]]


def test_the_folder_lists_them() -> None:
    assert reproductions.names()["data_provenance"].startswith("Omitted and wrong licences")
    for name in reproductions.names():
        assert (Path(reproductions.__file__).parent / "reproduce" / f"{name}.py").exists()


def test_a_wrong_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no reproduction 'data_provenence'\. Did you mean data_provenance\?"):
        reproductions.reproduce("data_provenence")
    with pytest.raises(UsageError, match=r"There are: .*data_provenance"):
        reproductions.reproduce("../x")


def test_no_folder_named_is_no_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HEADGATE_DATA", raising=False)
    with pytest.raises(BadInput, match="Name their folder with --data or in HEADGATE_DATA"):
        reproductions.reproduce("data_provenance")
    monkeypatch.setenv("HEADGATE_DATA", str(tmp_path))
    with pytest.raises(BadInput, match=f"no data at {tmp_path}"):
        reproductions.reproduce("data_provenance")


def test_seeds_are_only_for_what_draws_any(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"data_provenance draws nothing\. Leave out --seeds 2"):
        reproductions.reproduce("data_provenance", tmp_path, seeds=2)


def test_table_has_each_figure_and_each_meaning_once() -> None:
    lines = render(MADE, "table").splitlines()
    assert lines[4].split() == ["data", "of", "figure", "ours", "95", "%", "interval", "counts", "paper"]
    assert lines[5].split() == [
        "v1",
        "a",
        "hub",
        "omission",
        "25.0",
        "%",
        "10.0",
        "to",
        "60.0",
        "%",
        "1",
        "of",
        "4",
        "about",
        "30",
        "%",
    ]
    assert lines[6].split() == ["v2", "a", "hub", "omission", "none", "0", "of", "0"]
    assert lines[7:] == ["", "omission: of all, none.", "", "a note"]


def test_what_is_no_share_is_shown_in_its_own_unit() -> None:
    kappa = Figure("v1", "a head", "kappa", 0, 0, 0.7, 0.8, "weighted.", ".754", value=0.7544, digits=3)
    rare = Figure("v1", "a head", "rate", 3, 10_000, 0.0001, 0.0009, "of all.", digits=3)
    text = render(Reproduced("thing", "A.", (kappa, rare), ()), "md")
    assert "| v1 | a head | kappa | 0.754 | 0.700 to 0.800 |  | .754 |" in text
    assert "| v1 | a head | rate | 0.030 % | 0.010 to 0.090 % | 3 of 10,000 |  |" in text


def test_markdown_and_json() -> None:
    text = render(MADE, "md")
    assert text.startswith("# thing\n")
    assert "| v1 | a hub | omission | 25.0 % | 10.0 to 60.0 % | 1 of 4 | about 30 % |" in text
    assert "- **omission**: of all, none." in text
    made = json.loads(render(MADE, "json"))
    assert made["figures"][0]["low"] == 0.1
    assert made["figures"][1]["paper"] is None


def test_a_p_value_too_small_for_decimals_is_a_power_of_ten() -> None:
    figures = tuple(
        Figure("v1", "a", "p", 0, 0, None, None, "p.", value=one, digits=3) for one in (1.83e-21, 0.999, 0.0)
    )
    assert [line.split()[-1] for line in render(replace(MADE, figures=figures), "table").splitlines()[5:8]] == [
        "1.83e-21", "0.999", "0.000",
    ]  # fmt: skip
