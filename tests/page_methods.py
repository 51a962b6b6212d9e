"""A copy of the package with one method more, as a page of the docs writes it, and a way to call it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def added(page: str, method: str, folder: Path) -> Callable[..., str]:
    """Put the first Python block of `docs/<page>` at `method` (such as detect/name.py) in a copy of the package.

    What comes back runs `headgate` of that copy with the words it is given, and returns what it printed.
    """
    package = folder / "src" / "headgate"
    shutil.copytree(ROOT / "src" / "headgate", package, ignore=shutil.ignore_patterns("__pycache__"))
    source = re.search(r"```python\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL)
    assert source
    (package / method).write_text(source[1], encoding="utf-8")

    def headgate(*words: str) -> str:
        begin = f"import sys; sys.path.insert(0, {str(package.parent)!r}); from headgate.cli import main; main()"
        done = subprocess.run([sys.executable, "-c", begin, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return headgate
