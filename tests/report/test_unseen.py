from __future__ import annotations

from pathlib import Path

from headgate.report.summary import summarise
from headgate.workspace import open_workspace
from tests.report_workspace import artifact, findings, put


def test_what_nobody_looked_at_is_counted_once(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    put(ws, "collect", "civitai", "artifacts", [
        artifact("hf:model:a/seen", has_card=True),
        artifact("hf:model:b/bare"),
        artifact("hf:model:c/tagged", licences=["mit"], licence_source="tag"),
        artifact("civitai:model:1", hub="civitai", licence_source="terms"),
        artifact("civitai:version:2", hub="civitai", kind="version", version_of="civitai:model:1"),
    ], hub="civitai", kind="model")  # fmt: skip
    put(
        ws,
        "detect",
        "licence_missing",
        "findings",
        findings("licence_missing", {"hf:model:a/seen": 1, "civitai:version:2": 0}),
    )
    told = {row.what: (row.count, row.of) for row in summarise(ws).unseen}
    # only b/bare: the others show a licence, or a card
    assert told["no licence known and the card never looked at"] == (1, 4)
    # a version is part of its model, so two of four models were looked at
    assert told["not looked at by licence_missing"] == (2, 4)
    assert "Hugging Face datasets: no artifact was collected" in told
    assert "models that Civitai leaves out of its public listing: those flagged as a real person or a minor" in told
    assert "detect uncensored_name has not been run" in told
    assert "detect licence_missing has not been run" not in told


def test_the_note_on_civitai_needs_a_civitai_listing(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    put(ws, "collect", "dump", "artifacts", [artifact("hf:model:a/seen")], hub="huggingface", kind="model")
    assert not [row for row in summarise(ws).unseen if "leaves out" in row.what]
