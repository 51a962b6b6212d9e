"""Real texts that are on every machine with Python: docstrings of the standard library, ten groups by package."""

from __future__ import annotations

import ast
import sysconfig
from collections import defaultdict
from pathlib import Path

import pytest

GROUPS, LEAST, MOST = 10, 40, 400


def grouped() -> tuple[list[str], list[str]]:
    """Docstrings of ten words and more, and the package of each; the ten packages with most, `MOST` of each at most."""
    root = Path(sysconfig.get_path("stdlib"))
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for path in sorted(root.glob("*/**/*.py")):
        group = path.relative_to(root).parts[0]
        if group in {"site-packages", "dist-packages", "test", "__pycache__", "lib2to3"}:
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node) or ""
                if len(text.split()) >= 10:
                    found[group].setdefault(text)
    largest = sorted(found, key=lambda group: (-len(found[group]), group))[:GROUPS]
    if len(largest) < GROUPS or len(found[largest[-1]]) < LEAST:
        pytest.skip("this Python's standard library has too few docstrings in its packages")
    rows = [(text, group) for group in largest for text in list(found[group])[:MOST]]
    return [text for text, _ in rows], [group for _, group in rows]
