"""Every file of a stage folder is a method of that stage's shape, with a test and a page."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from headgate import catalog
from headgate.shapes import STAGES, Method
from headgate.tables import rows

ROOT = Path(__file__).resolve().parents[2]
METHODS = [method for stage in STAGES for method in catalog.methods(stage)]
FIRST = {
    "collect": ["start"], "link": ["db"], "detect": ["db"], "govern": ["db"],
    "trace": ["subject", "behaviour"], "remove": ["subject", "forget", "behaviour"], "prove": ["case"],
    "protect": ["own"],
}  # fmt: skip
WHOLE = {"screen": "items", "measure": "db"}


def name_of(method: Method) -> str:
    return f"{method.stage}-{method.name}"


def test_every_file_of_a_stage_is_a_method() -> None:
    files = {
        (stage, path.stem)
        for stage in STAGES
        for path in (catalog.ROOT / stage).glob("*.py")
        if path.stem != "__init__"
    }
    assert files == {(method.stage, method.name) for method in METHODS}


@pytest.mark.parametrize("method", METHODS, ids=name_of)
def test_its_docstring_says_what_it_can_and_cannot(method: Method) -> None:
    for heading in ("Reads:", "Finds:", "Cannot see:", "Reference:"):
        assert f"\n{heading}" in method.doc, heading
    assert len(method.summary) <= 120


@pytest.mark.parametrize("method", METHODS, ids=name_of)
def test_its_signature_is_the_stage_s(method: Method) -> None:
    parameters = list(inspect.signature(catalog.load(method)).parameters.values())
    # a screener of single items, and a measurement of files, have only their flags
    first = [WHOLE[method.stage]] if method.whole else FIRST.get(method.stage, [])
    flags = parameters[len(first) :]
    assert [p.name for p in parameters[: len(first)]] == first
    assert {p.kind for p in flags} <= {inspect.Parameter.KEYWORD_ONLY}
    assert [p.name for p in flags] == [p.name for p in method.params]


SCREENERS = [method for method in METHODS if method.stage == "screen"]


@pytest.mark.parametrize("method", SCREENERS, ids=name_of)
def test_a_screener_says_what_it_reads_and_can_be_loaded_by_flags_alone(method: Method) -> None:
    assert method.reads in {"texts", "images", "pairs", "table"}
    assert not [param.name for param in method.params if param.required]


@pytest.mark.parametrize("method", METHODS, ids=name_of)
def test_it_has_a_test_and_a_page(method: Method) -> None:
    assert (ROOT / "tests" / method.stage / f"test_{method.name}.py").exists()
    page = ROOT / "docs" / "methods" / f"{method.name}.md"
    assert page.exists()
    assert page.read_text().startswith(f"# {method.stage} {method.name}\n")


CHECKS = [method for method in METHODS if method.stage in catalog.CHECKING]


@pytest.mark.parametrize("method", CHECKS, ids=name_of)
def test_a_check_declares_which_risks_it_looks_at(method: Method) -> None:
    source = (catalog.ROOT / method.stage / f"{method.name}.py").read_text(encoding="utf-8")
    assert re.search(r"^RISKS = \(", source, re.MULTILINE), "write RISKS = () if it looks at none"
    assert set(method.risks) <= {row["id"] for row in rows("risks.csv")}
    assert list(method.risks) == sorted(set(method.risks))


def test_every_source_file_has_a_test_of_its_name() -> None:
    # what only holds words or shapes, or is run by every other test
    exempt = {"__init__", "__main__", "errors", "shapes", "options", "zstd"}
    source = ROOT / "src" / "headgate"
    missing = [
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if path.stem not in exempt
        and not (ROOT / "tests" / path.relative_to(source).parent / f"test_{path.name}").exists()
    ]
    assert missing == []
