"""Use restrictions over chains made by hand: none that drops them may be missed."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from tests.build import findings
from tests.chains import hub

RESTRICTED = (
    "creativeml-openrail-m",
    "openrail++",
    "bigscience-bloom-rail-1.0",
    "bigcode-openrail-m",
    "llama3",
    "gemma",
)
PERMISSIVE = ("mit", "apache-2.0", "cc-by-4.0", "bsd-3-clause", "gpl-3.0")
DROPPED = list(itertools.product(RESTRICTED, PERMISSIVE))


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, ...]]:
    """A base, a fine-tune, its quantised copy and an adapter of the base, for each pair of licences."""
    models: dict[str, Any] = {}
    for n, (above, below) in enumerate(DROPPED):
        models[f"a{n}/base"] = (above, [])
        models[f"b{n}/child"] = (below, [("finetune", f"a{n}/base")])
        models[f"c{n}/copy"] = (below, [("quantized", f"b{n}/child")])
        models[f"d{n}/lora"] = (below, [("adapter", f"a{n}/base")])
    return findings(hub(tmp_path_factory.mktemp("rails") / "w", models), "rail_inheritance")


@pytest.mark.parametrize("n", range(len(DROPPED)), ids=["/".join(pair) for pair in DROPPED])
def test_a_permissive_label_below_a_restricted_one_is_always_found(chains: dict[str, tuple[Any, ...]], n: int) -> None:
    assert [chains[f"hf:model:{id_}"][0] for id_ in (f"b{n}/child", f"c{n}/copy", f"d{n}/lora")] == [1, 1, 1]


def test_there_are_thirty_chains() -> None:
    assert len(DROPPED) == 30


@pytest.mark.parametrize("licence", RESTRICTED)
def test_the_same_licence_keeps_them(tmp_path: Path, licence: str) -> None:
    models = {"a/base": (licence, []), "b/child": (licence, [("finetune", "a/base")])}
    assert findings(hub(tmp_path / "w", models), "rail_inheritance")["hf:model:b/child"][0] == 0


def test_a_licence_that_names_fewer_uses_is_not_clear(tmp_path: Path) -> None:
    models = {"a/base": ("bigscience-bloom-rail-1.0", []), "b/child": ("gemma", [("finetune", "a/base")])}
    assert findings(hub(tmp_path / "w", models), "rail_inheritance")["hf:model:b/child"][0] is None


def test_what_inherits_no_restrictions_has_no_finding(tmp_path: Path) -> None:
    models = {
        "a/base": ("mit", []),
        "b/child": ("gpl-3.0", [("finetune", "a/base")]),
        "c/other": ("other", [("finetune", "b/child")]),
    }
    assert findings(hub(tmp_path / "w", models), "rail_inheritance") == {}


def test_the_evidence_names_the_uses_that_were_dropped(tmp_path: Path) -> None:
    models = {"a/base": ("creativeml-openrail-m", []), "b/child": ("mit", [("finetune", "a/base")])}
    text = findings(hub(tmp_path / "w", models), "rail_inheritance")["hf:model:b/child"][1]
    assert "creativeml-openrail-m" in text
    assert "minors" in text
    assert "path: this <-finetune- hf:model:a/base" in text
