from __future__ import annotations

from pathlib import Path

import pytest

from headgate import labels
from headgate.appeals import appeal
from headgate.errors import BadInput, UsageError
from tests.reviewing import OPEN, SECRET, ref, workspace


def test_an_appeal_is_taken_for_every_ref_that_was_collected(tmp_path: Path) -> None:
    ws = workspace(tmp_path / "w", 4)
    assert (
        appeal(ws, "org1/M1", question=OPEN, note="no, see https://x.example/a", labeller="Zoe") == "hf:model:org1/M1"
    )
    appeal(ws, ref(2), question=SECRET, note="never", labeller="Zoe")
    assert [(one.ref, one.check) for one in labels.appeals(ws)] == [(ref(2), None), (ref(1), OPEN)]


def test_what_is_refused(tmp_path: Path) -> None:
    ws = workspace(tmp_path / "w", 4)
    for name, given, error in (
        ("org9/none", {}, BadInput), ("org1/m1", {"question": "nonsense"}, UsageError), ("org1/m1", {"note": " \n"}, UsageError),
        ("org1/m1", {"labeller": "rule:x"}, UsageError), ("org1/m1", {"labeller": " "}, UsageError), ("", {}, UsageError),
    ):  # fmt: skip
        with pytest.raises(error):
            appeal(ws, name, **({"question": OPEN, "note": "x", "labeller": "Zoe"} | given))
    assert labels.appeals(ws) == []
