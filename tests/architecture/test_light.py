"""Heavy packages stay out of `import headgate` and of every `--help`."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "torch", "ray", "transformers", "sklearn", "scipy", "numpy", "pandas", "polars", "pyarrow", "duckdb", "httpx2",
    "stamina", "jinja2", "yaml", "fastapi", "starlette", "uvicorn", "networkx",
)  # fmt: skip


def loaded_by(code: str) -> set[str]:
    """Names of the heavy packages that `code` loads in a fresh process."""
    script = f"import sys\ntry:\n    {code}\nexcept SystemExit: pass\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name for name in HEAVY if name in done.stderr.splitlines()}


def test_the_measure_itself_works() -> None:
    assert loaded_by("import yaml") == {"yaml"}


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["methods"], ["detect", "--help"], ["collect", "huggingface", "--help"],
              ["link", "quantised_copy", "--help"], ["host-key", "make", "--help"], ["items", "--help"],
              ["review", "--help"], ["appeal", "--help"], ["diff", "--help"], ["reproduce", "--help"], ["reproduce"],
              ["bom", "--help"], ["coverage", "--help"],
              ["card", "--help"], ["licences", "--help"], ["gate", "--help"], ["check-card", "--help"], ["terms", "--help"],
              ["screen", "--help"], ["screen", "toxicity", "--help"], ["screen", "report", "--help"],
              ["probe", "--help"], ["trace", "--help"], ["remove", "npo", "--help"], ["prove", "relearning", "--help"],
              ["protect", "--help"], ["protect", "cuda", "--help"],
              ["repair", "--help"], ["typology", "--help"], ["serve", "--help"]],
)  # fmt: skip
def test_looking_around_loads_nothing_heavy(words: list[str]) -> None:
    assert loaded_by(f"from headgate.cli import main; main({words!r})") == set()


def test_importing_loads_nothing_heavy() -> None:
    assert loaded_by("import headgate") == set()
