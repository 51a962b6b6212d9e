"""A workspace with findings of a check to review, and its host key, for tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate import host_key
from headgate.cli import main
from headgate.labels import Label
from headgate.workspace import Workspace
from tests.lineages import lineage

SECRET, OPEN = "a_secret_check", "an_open_check"


def ref(number: int) -> str:
    return f"hf:model:org{number}/m{number}"


def workspace(path: Path, number: int = 40) -> Workspace:
    """`number` models with findings of a sensitive and of an open check: value n / number, downloads n."""
    artifacts = {ref(n): {"downloads": n, "downloads_window": "30d", "tags": [f"tag{n}"]} for n in range(number)}
    told = [(SECRET, True), (OPEN, False)]
    findings = [
        {"subject": ref(n), "check": check, "value": n / number, "low": max(0, n / number - 0.1),
         "high": min(1, n / number + 0.1), "n": 1, "evidence": f"word{n} at https://hub.example/m{n}", "sensitive": sensitive}
        for check, sensitive in told
        for n in range(number)
    ]  # fmt: skip
    return lineage(path, artifacts, findings=findings)


def key_for(ws: Workspace) -> Path:
    out = ws.path.parent / "host.key"
    host_key.make(ws.path, out)
    return out


def review(subject: str, label: str, who: str, question: str = SECRET, **given: object) -> Label:
    return Label(subject, question, label, who, **({"role": "review"} | given))  # type: ignore[arg-type]


def said(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> tuple[str, str]:
    """What the command line prints to stdout and stderr; it must end with `code`."""
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert ended.value.code == code, out + err
    return out, err
