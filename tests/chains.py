"""Chains of derivation for the licence detectors: small hubs of models and datasets of different accounts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from headgate import run
from headgate.workspace import Workspace
from tests.build import collect, model

Parent = tuple[str, str]  # relation, id


def hub(
    path: Path, models: dict[str, tuple[str | None, Sequence[Parent]]], datasets: dict[str, str] | None = None
) -> Workspace:
    """A linked workspace: id -> (stated licence or None, parents); data is a parent by `trained_on`."""
    ws, _ = collect(path, [_record(id_, licence, parents) for id_, (licence, parents) in models.items()])
    if datasets:
        ws, _ = collect(path, [model(id_, **_says(licence)) for id_, licence in datasets.items()], "dataset")
    for method in ("declared_base", "trained_on"):
        run.run_method(ws, "link", method)
    return ws


def _record(id_: str, licence: str | None, parents: Sequence[Parent]) -> dict[str, object]:
    tags = [f"base_model:{relation}:{parent}" for relation, parent in parents if relation != "trained_on"]
    data = [parent for relation, parent in parents if relation == "trained_on"]
    says = _says(licence)
    card = says["cardData"] | ({"datasets": data} if data else {})
    return model(id_, tags=[*says["tags"], *tags, *(f"dataset:{one}" for one in data)], cardData=card)


def _says(licence: str | None) -> dict[str, object]:
    return (
        {"tags": [f"license:{licence}"], "cardData": {"license": licence}} if licence else {"tags": [], "cardData": {}}
    )
