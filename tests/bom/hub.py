"""Workspaces that tests of bills of materials share, and the public strict validator."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from headgate import run
from headgate.synthetic import generate
from headgate.workspace import Workspace, open_workspace

MOMENT = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
BASE, TUNED, DATA = "hf:model:org/base", "hf:model:a/tuned", "hf:dataset:org/data"


def synthetic(folder: Path, artifacts: int = 300) -> Workspace:
    """A workspace with a synthetic hub, linked, with one check that is sensitive and one that is not."""
    generate(folder / "dumps", artifacts=artifacts, seed=7)
    ws = open_workspace(folder / "w", create=True)
    dumps = (
        ("hf_models", "huggingface-models"),
        ("hf_datasets", "huggingface-datasets"),
        ("civitai_models", "civitai-models"),
    )
    for name, shape in dumps:
        run.collect(ws, "dump", path=folder / "dumps" / f"{name}.jsonl.zst", shape=shape, observed="2026-11-01")
    run.run_stage(ws, "link")
    for check in ("licence_missing", "uncensored_name"):
        run.run_method(ws, "detect", check)
    run.run_method(ws, "govern", "release_gate")
    return ws


def errors(document: dict[str, Any]) -> str | None:
    """What the strict validator of CycloneDX's Python library says against `document`."""
    found = _validator(document["specVersion"]).validate_str(json.dumps(document))
    return str(found) if found else None


@cache
def _validator(spec: str) -> Any:
    pytest.importorskip("jsonschema", reason="needs cyclonedx-python-lib[json-validation]")
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.from_version(spec))
