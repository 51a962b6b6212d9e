from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from headgate.web import hidden, snapshot
from tests.lineages import lineage

PERSON = "hf:model:who/ever"


@pytest.fixture
def shelf(tmp_path: Path) -> Any:
    ws = lineage(
        tmp_path / "w",
        {"hf:model:org/base": {}, "hf:model:org/alone": {}, PERSON: {"person": True}},
        [{"child": "hf:model:org/base", "parent": "hf:model:Not/Here"}, {"child": PERSON, "parent": "hf:model:org/base"},
         {"child": "hf:model:org/base", "parent": "name:some body"}],
    )  # fmt: skip
    return snapshot.take(ws.path).cursor()


def test_what_depicts_a_person_is_unknown_or_free_text_is_not_named(shelf: Any) -> None:
    asked = [
        "hf:model:ORG/base",
        "hf:model:org/alone",
        "hf:model:not/here",
        PERSON,
        "name:some body",
        "hf:model:no/such",
    ]
    assert hidden.nameable(shelf, asked) == {"hf:model:ORG/base", "hf:model:org/alone", "hf:model:not/here"}
    assert hidden.nameable(shelf, []) == set()


def test_the_folders_of_this_machine_are_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "a" / "w", Path("a/w"), Path("w")):
        said = hidden.placeless(f"cannot read {path}/x, {path.resolve()}, beside beta/w.md and ../w.md", path)
        assert said == "cannot read w/x, w, beside beta/w.md and ../w.md"


def test_refs_in_words_are_masked() -> None:
    text = "first dropped at hf:model:a/b; path: this <-merge- name:king of spain <-merge- civitai:model:12, then hf:model:c/d."
    assert hidden.refs_in(text) == ["hf:model:a/b", "name:king of spain", "civitai:model:12", "hf:model:c/d"]
    assert hidden.masked(text, {"hf:model:a/b", "hf:model:c/d"}) == (
        "first dropped at hf:model:a/b; path: this <-merge- withheld <-merge- withheld, then hf:model:c/d."
    )
    assert hidden.masked("no ref here: none", set()) == "no ref here: none"
