"""The folder is the registry: list the methods of a stage without importing them.

A method is a file of a stage folder that defines a function named after the folder's verb. Its
docstring, the literals `NEEDS`, `SENSITIVE`, `HARM`, `RISKS` and `READS`, and the keyword-only arguments are read
from the source, so that listing works with none of the extras installed.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, cast

from headgate.errors import MissingExtra, UsageError
from headgate.shapes import STAGES, Method, Param

ROOT = Path(__file__).parent
# The govern methods that need no more than the workspace; the others ask for a use, a plan or an owner.
AUDITED = ("release_gate", "risk_coverage", "release_level", "control_plan", "intake_threats", "claim_limits")
CHECKING = ("detect", "screen", "measure", "prove")  # the stages whose methods make findings
# package -> the extra that brings it
EXTRAS = {"sklearn": "learn", "torch_geometric": "graph", "torch": "models", "transformers": "models",
          "PIL": "screen", "pyarrow": "screen", "ray": "ray"}  # fmt: skip


def methods(stage: str) -> list[Method]:
    """The methods of `stage`, by name."""
    paths = sorted((ROOT / stage).glob("[!_]*.py"))
    return [found for path in paths if (found := _read(stage, path))]


def find(stage: str, name: str) -> Method:
    """The method `name` of `stage`; raises `UsageError` with the nearest name where there is none."""
    if stage not in STAGES:
        msg = f"no stage {stage!r}. The stages are {', '.join(STAGES)}."
        raise UsageError(msg)
    path = ROOT / stage / f"{name}.py"
    found = _read(stage, path) if name.isidentifier() and path.exists() else None
    if found is None:
        near = get_close_matches(name, [m.name for m in methods(stage)], 1)
        hint = f" Did you mean {near[0]}?" if near else f" `headgate methods {stage}` lists them."
        msg = f"{stage} has no method {name!r}.{hint}"
        raise UsageError(msg)
    return found


def load(method: Method) -> Callable[..., Any]:
    """The function of `method`, imported now; raises `MissingExtra` where a package is missing."""
    missing = [name for name in method.needs if not installed(name)]
    if missing:
        msg = (
            f"{method.stage} {method.name} needs {', '.join(missing)}. "
            f"Install it with: pip install 'headgate[{EXTRAS.get(missing[0], missing[0])}]'"
        )
        raise MissingExtra(msg)
    module = importlib.import_module(f"headgate.{method.stage}.{method.name}")
    return cast("Callable[..., Any]", getattr(module, method.stage))


def installed(package: str) -> bool:
    """Whether `package` could be imported."""
    return importlib.util.find_spec(package) is not None


def _read(stage: str, path: Path) -> Method | None:
    return _read_at(stage, path, path.stat().st_mtime_ns)


@cache
def _read_at(stage: str, path: Path, _changed: int) -> Method | None:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    verb = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == stage), None)
    if verb is None:
        return None
    literals = _literals(tree)
    doc = ast.get_docstring(tree) or ""
    return Method(
        stage=stage,
        name=path.stem,
        summary=doc.split("\n", 1)[0].rstrip("."),
        doc=doc,
        needs=tuple(literals.get("NEEDS", ())),
        sensitive=bool(literals.get("SENSITIVE", False)),
        harm=literals.get("HARM"),
        risks=tuple(literals.get("RISKS", ())),
        reads=str(literals.get("READS", "")),
        whole=stage in ("screen", "measure") and bool(verb.args.args),
        params=tuple(_params(verb)),
    )


def _literals(tree: ast.Module) -> dict[str, Any]:
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in {"NEEDS", "SENSITIVE", "HARM", "RISKS", "READS"}:
                found[name] = ast.literal_eval(node.value)
    return found


def _params(verb: ast.FunctionDef) -> list[Param]:
    pairs = zip(verb.args.kwonlyargs, verb.args.kw_defaults, strict=True)
    return [
        Param(
            name=arg.arg,
            type=ast.unparse(arg.annotation) if arg.annotation else "str",
            default=None if default is None else ast.literal_eval(default),
            required=default is None,
            help=_said_of(arg.arg, ast.get_docstring(verb) or ""),
        )
        for arg, default in pairs
    ]


def _said_of(name: str, doc: str) -> str:
    """The clause of the function's docstring that names the argument first, as the help of its flag."""
    clauses = re.split(r"(?<=[.;])\s+", " ".join(doc.split()))
    clause = next((c for c in clauses if f"`{name}`" in c), "")
    words = clause.rstrip(".;").removeprefix(f"`{name}` is ").removeprefix(f"`{name}` ").replace("`", "")
    return words[:1].upper() + words[1:]
