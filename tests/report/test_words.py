"""Numbers as people read them, and hub text made safe."""

from __future__ import annotations

import pytest

from headgate.report.shares import share_of
from headgate.report.words import counted, hub_of, interval, number, of_kind, percent, shown, title


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "–"), (0.0, "0.0 %"), (0.0004, "<0.1 %"), (0.345, "34.5 %"), (0.9996, ">99.9 %"), (1.0, "100.0 %")],
)
def test_percent(value: float | None, said: str) -> None:
    assert percent(value) == said


def test_number() -> None:
    assert [number(n) for n in (None, 0, 1234567, "<10", 0.12345)] == ["–", "0", "1,234,567", "<10", "0.123"]


def test_counted() -> None:
    assert [counted(n, "root") for n in (0, 1, 2, 1000, "<10")] == [
        "0 roots",
        "1 root",
        "2 roots",
        "1,000 roots",
        "<10 roots",
    ]


def test_of_kind() -> None:
    assert of_kind("civitai", "model") == "Civitai models"
    assert of_kind("file", "sha256") == "Local files"
    assert of_kind("<b>", "model") == "other artifacts"


def test_interval() -> None:
    assert interval(share_of(81, 263, "", "")) == "25.5–36.6 %"
    assert interval(share_of(0, 0, "", "")) == "–"


def test_shown() -> None:
    assert shown("=1+1") == "'=1+1"
    assert shown("a" * 100, 10) == "a" * 9 + "…"


def test_hubs() -> None:
    refs = ["hf:model:a/b", "civitai:version:1", "file:sha256:0", "name:text", "<b>"]
    assert [hub_of(ref) for ref in refs] == ["huggingface", "civitai", "file", "name only", "other"]
    assert [title(hub) for hub in ("huggingface", "somewhere")] == ["Hugging Face", "somewhere"]
