"""Thirty malformed files of every format beside good ones: a line for each, a count, and the rest is screened."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner, Result

from headgate.cli import headgate
from tests import malformed
from tests.tiny_clip import noise, png, save_clip

NEEDS = {"arrow": "pyarrow"}
TEXTS = [one for one in malformed.FORMATS if one != "images"]


def screened(*words: object) -> Result:
    return CliRunner().invoke(headgate, ["screen", *map(str, words), "--workers", "1", "--format", "json"])


def told(done: Result) -> list[str]:
    """The files that the lines on stderr name, in order; every line is such a line."""
    found = [re.fullmatch(r"left out: (\S+?)(, .+?)?: .+", line) for line in done.stderr.splitlines()]
    assert all(found), done.stderr
    return [one[1] for one in found if one]


@pytest.mark.parametrize("format_", TEXTS)
def test_every_malformed_file_gets_one_line_and_the_rest_is_screened(tmp_path: Path, format_: str) -> None:
    pytest.importorskip(NEEDS.get(format_, "headgate"))
    data, into = tmp_path / "data", tmp_path / "w"
    bad = [path.relative_to(data).as_posix() for path in malformed.make(data, format_)]
    assert len(bad) >= 30
    ending, content = malformed.good(format_)
    for name in ("00/good", "99/good"):
        (data / name).parent.mkdir(exist_ok=True)
        (data / f"{name}{ending}").write_bytes(content)
    done = screened("deobfuscate", data, "--into", into)
    assert done.exit_code == 0, done.stderr
    assert told(done) == bad
    assert all(len(line) < 500 and line.isprintable() for line in done.stderr.splitlines())
    said = json.loads(done.stdout)
    # each malformed file is counted, as a whole or by at least one place in it
    assert sum(said["counts"].get(kind, 0) for kind in ("files unreadable", "places unreadable")) >= len(bad)
    rows = duckdb.execute(
        "SELECT file, count(*) FROM read_parquet(?) GROUP BY file", [f"{into}/tables/item_scores/*.parquet"]
    ).fetchall()
    scored = dict(rows)
    items = {"parquet": 6144}.get(format_, malformed.GOOD)
    assert [scored[f"{name}{ending}"] for name in ("00/good", "99/good")] == [items, items]
    assert sum(scored.values()) == said["items"]


def test_every_malformed_image_gets_one_line_and_the_rest_is_screened(tmp_path: Path) -> None:
    for package in ("PIL", "torch", "transformers"):
        pytest.importorskip(package)
    data, into = tmp_path / "data", tmp_path / "w"
    bad = [path.relative_to(data).as_posix() for path in malformed.make(data, "images")]
    whole = png(noise(1))
    header = malformed.PNG[:8]
    for number in range(30):  # cut off, damaged, or no image at all
        path = data / f"{60 + number}" / "bad.png"
        path.parent.mkdir()
        path.write_bytes(
            (whole[: 60 + 40 * number], header + b"\0" * (number + 1), b"text " * (number + 1))[number % 3]
        )
        bad.append(path.relative_to(data).as_posix())
    for name in ("00/good.png", "95/good.png"):
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_bytes(whole)
    np.save(tmp_path / "probe.npy", np.ones((2, 16), np.float32))
    clip = save_clip(tmp_path / "clip")
    done = screened("q16", data, "--into", into, "--encoder", clip, "--probe", tmp_path / "probe.npy")
    assert done.exit_code == 0, done.stderr
    assert told(done) == bad
    said = json.loads(done.stdout)
    assert said["counts"]["files unreadable"] == len(bad) == 60
    assert said["findings"][0]["n"] == 2
