from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from headgate.errors import BadInput
from headgate.evidence.clustered import t_quantile
from headgate.evidence.intervals import wilson
from headgate.reproduce.data_provenance import SNAPSHOTS, reproduce
from headgate.reproductions import Figure

V1, LATER = SNAPSHOTS
COLUMNS = ("collection", "cls_dpi_no_openai", "cls_hf", "cls_github", "cls_pwc", "hf_yaml", "hf_config",
           "github_license", "pwc_license", "licenses_verified")  # fmt: skip
NONE, FREE, NC = "unspecified", "commercial", "non-commercial"
# Eight invented datasets of three collections.
ROWS = [
    # collection, audit, hf, github, pwc, yaml, config, github, pwc, verified
    ("a", FREE, FREE, NONE, NONE, "MIT License", "", "", "", ["MIT License"]),
    ("a", FREE, FREE, NONE, NONE, "MIT License", None, "", "", ["Apache License 2.0", "OpenAI"]),
    ("a", NC, FREE, NONE, NONE, "MIT License", "", "", "", ["CC BY-NC 4.0"]),
    ("b", NONE, FREE, FREE, NONE, "Apache License 2.0", "", "MIT License", "", ["Unspecified"]),
    ("b", NC, NC, NONE, NONE, "MIT License", "CC BY-NC 4.0", "", "", ["CC BY-NC-SA 4.0"]),
    ("b", FREE, NONE, NONE, NONE, "Unspecified", "", "", "Custom", ["MIT License"]),
    ("c", NONE, NONE, NONE, NONE, None, None, None, None, []),
    ("c", FREE, "academic-only", NONE, NONE, "Custom", "", "", "", ["Custom"]),
]  # fmt: skip


def folder(path: Path, rows: list[tuple[object, ...]] = ROWS) -> Path:
    """A folder of data in which both snapshots hold `rows`."""
    (path / "provenance").mkdir()
    db = duckdb.connect()
    db.execute(f"CREATE TABLE t ({', '.join(f'{c} VARCHAR' for c in COLUMNS[:-1])}, licenses_verified VARCHAR[])")
    db.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(COLUMNS))})", [list(row) for row in rows])
    for file in SNAPSHOTS.values():
        db.execute(f"COPY t TO '{path}/provenance/{file}' (FORMAT parquet)")
    return path


def figures(path: Path) -> dict[tuple[str, str, str], Figure]:
    return {(one.data, one.about, one.name): one for one in reproduce(path).figures}


def counts(found: dict[tuple[str, str, str], Figure], data: str, about: str) -> dict[str, tuple[int, int]]:
    return {name: (one.found, one.of) for (d, a, name), one in found.items() if (d, a) == (data, about)}


def test_counts_equal_those_worked_out_by_hand(tmp_path: Path) -> None:
    found = figures(folder(tmp_path))
    assert counts(found, V1, "Hugging Face") == {
        "omission": (2, 8),
        "error of stated": (3, 6),  # a3 (audit NC), b1 (audit states none), c2 (academic against commercial)
        "error where both state one": (2, 5),  # b1 left out
        "error of all rows": (4, 8),  # and b3, which Hugging Face leaves out
        "placed by us": (5, 6),  # not Custom
        "our class is theirs": (5, 5),
        "error by our classes": (1, 4),  # a3; b1 has no audited licence
    }  # fmt: skip
    assert counts(found, LATER, "GitHub") == {
        "omission": (7, 8), "error of stated": (1, 1), "error where both state one": (0, 0),
        "error of all rows": (7, 8), "placed by us": (1, 1), "our class is theirs": (1, 1),
        "error by our classes": (0, 0),
    }  # fmt: skip
    assert counts(found, V1, "Papers with Code")["placed by us"] == (0, 1)


def test_the_interval_lets_collections_vary_as_wholes(tmp_path: Path) -> None:
    one = figures(folder(tmp_path))[V1, "Hugging Face", "omission"]
    # shares of 1/8 each: residuals by collection -3/32, 1/32, 2/32 around 1/4, so the variance is
    variance = ((3 / 32) ** 2 + (1 / 32) ** 2 + (2 / 32) ** 2) * 3 / 2
    effective = min(0.25 * 0.75 / variance, 8) * (1.959963985 / t_quantile(2, 0.95)) ** 2
    ends = wilson(0.25 * effective, effective)
    assert ends is not None
    assert (one.low, one.high) == pytest.approx(ends, abs=1e-6)
    nothing = figures(tmp_path)[V1, "GitHub", "error of stated"]
    assert (nothing.low, nothing.high) == (None, None)  # one row tells nothing of others


def test_generators_terms_are_no_licence_and_the_strictest_counts(tmp_path: Path) -> None:
    rows = [
        ("a", NC, FREE, NONE, NONE, "MIT License", "", "", "", ["MIT License", "CC BY-NC 4.0"]),
        ("a", FREE, FREE, NONE, NONE, "MIT License", "", "", "", ["MIT License", "Anthropic"]),
        ("b", FREE, FREE, NONE, NONE, "BigScience OpenRAIL-M", "", "", "", ["MIT License"]),
        ("b", FREE, FREE, NONE, NONE, "MIT License", "", "", "", ["MIT License", "a licence nobody knows"]),
        ("b", NONE, FREE, NONE, NONE, "MIT License", "", "", "", ["OpenAI"]),
    ]
    found = counts(figures(folder(tmp_path, rows)), V1, "Hugging Face")
    assert found["placed by us"] == (4, 5)  # use restrictions have no class of theirs
    assert found["error by our classes"] == (1, 2)  # the unknown licence might be stricter; OpenAI alone is none


def test_absent_data_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no data at .*dpc_v1_2023-10-25\.parquet\. Name the folder"):
        reproduce(tmp_path)


def test_the_published_snapshots(data: Path) -> None:
    found = figures(data)
    percent = {key: round(100 * one.found / one.of, 1) for key, one in found.items()}
    hosts = ("GitHub", "Hugging Face", "Papers with Code")
    assert [percent[V1, host, "omission"] for host in hosts] == [72.1, 69.4, 69.9]
    errors = ("error of stated", "error where both state one", "error of all rows")
    assert [percent[V1, "Hugging Face", name] for name in errors] == [54.3, 34.0, 63.6]
    assert [percent[LATER, host, "omission"] for host in hosts] == [71.5, 35.3, 78.9]
    assert [percent[LATER, "Hugging Face", name] for name in errors] == [32.2, 18.7, 38.2]
    for key, one in found.items():
        assert one.low is not None, key
        assert one.high is not None, key
        assert one.low <= one.found / one.of <= one.high
    # few collections hold most rows, so the intervals are wide: this one leaves the paper's 50 % open both ways
    wide = found[V1, "Hugging Face", "error where both state one"]
    assert (round(100 * (wide.low or 0), 1), round(100 * (wide.high or 0), 1)) == (10.8, 68.8)
    assert "four largest hold 74.2 %" in reproduce(data).notes[0]
    ours = [found[day, host, "our class is theirs"] for day in SNAPSHOTS for host in hosts]
    assert min(one.found / one.of for one in ours) > 0.99
    assert min(one.of for one in ours) > 400
