"""The import contracts of pyproject.toml hold, and would be noticed if they did not."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

import headgate
from headgate.shapes import STAGES

SRC = Path(headgate.__file__).parent
NETWORK = {"httpx2", "httpx", "requests", "socket", "urllib.request", "http.client", "aiohttp", "huggingface_hub"}


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_imports_another(stage: str) -> None:
    others = tuple(f"headgate.{other}" for other in STAGES if other != stage)
    for path in (SRC / stage).glob("*.py"):
        assert not [name for name in imports_of(path) if name.startswith(others)], path


def test_only_the_http_module_and_collect_know_the_network() -> None:
    for path in SRC.rglob("*.py"):
        inside = path.relative_to(SRC).as_posix()
        # chat asks a model at an address that the user names, through http; serve listens and asks nobody
        if inside not in ("http.py", "debating/chat.py", "commands/serve.py") and not inside.startswith("collect/"):
            assert not imports_of(path) & (NETWORK | {"headgate.http"}), path


def test_nothing_from_a_hub_is_executed_or_unpickled() -> None:
    for path in SRC.rglob("*.py"):
        assert not imports_of(path) & {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "runpy"}, path
        calls = {
            n.func.id
            for n in ast.walk(ast.parse(path.read_text()))
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        }
        assert not calls & {"eval", "exec", "compile", "__import__"}, path


def test_only_the_workspace_writes_tables() -> None:
    writers = {
        path.relative_to(SRC).as_posix()
        for path in SRC.rglob("*.py")
        if "write_parquet" in path.read_text() or "FORMAT parquet" in path.read_text()
    }
    # derive writes one file aside, which the workspace's parts are then made from
    assert writers == {"workspace.py", "derive.py"}


def test_the_contracts_name_every_stage() -> None:
    contracts = tomllib.loads((SRC.parent.parent / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    independent = next(c for c in contracts if c["type"] == "independence")
    assert independent["modules"] == [f"headgate.{stage}" for stage in STAGES]
