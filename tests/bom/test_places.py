from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from headgate.bom import places
from headgate.bom.shapes import Artifact, unseen

MODEL = Artifact("hf:model:a/b", "present", "huggingface", "model", "a/b", sha="f" * 40)
DATA = Artifact("hf:dataset:squad", "present", "huggingface", "dataset", "squad")


@pytest.mark.parametrize(
    ("one", "home", "download"),
    [
        (MODEL, "https://huggingface.co/a/b", f"https://huggingface.co/a/b/tree/{'f' * 40}"),
        (DATA, "https://huggingface.co/datasets/squad", "https://huggingface.co/datasets/squad/tree/main"),
        (Artifact("civitai:model:12", "present", "civitai", "model"), None, None),
        (Artifact("civitai:version:34", "present", "civitai", "version"), None, None),
        (Artifact("file:sha256:" + "a" * 64, "present", "file", "model"), None, None),
        (unseen("hf:model:a/b"), None, None),
        (unseen("name:x"), None, None),
        (MODEL._replace(status="gone"), None, None),
    ],
)  # fmt: skip
def test_home_and_download(one: Artifact, home: str | None, download: str | None) -> None:
    assert places.home(one) == home
    assert places.download(one) == download


def test_files_and_licences() -> None:
    assert places.file(MODEL, "a b/#1.bin") == f"https://huggingface.co/a/b/resolve/{'f' * 40}/a%20b/%231.bin"
    assert places.file(Artifact("civitai:model:12", "present", "civitai", "model"), "x") is None
    assert places.licence("GPL-2.0+") == "https://spdx.org/licenses/GPL-2.0%2B"


def test_stamps_are_utc_to_the_second() -> None:
    assert places.stamp(datetime(26, 1, 2, 3, 4, 5, 999)) == "0026-01-02T03:04:05Z"
    assert places.stamp(datetime(2026, 1, 2, 3, tzinfo=UTC)) == "2026-01-02T03:00:00Z"
    assert places.stamp(datetime(2026, 1, 2, 1, tzinfo=timezone(timedelta(hours=2)))) == "2026-01-01T23:00:00Z"
