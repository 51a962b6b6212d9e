"""Conflicts over chains solved by hand, and laws of inheritance over random lineages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate.licences.resolve import resolve
from tests.build import findings
from tests.chains import hub
from tests.licence_oracle import verdicts

# Solved by hand before the detector was run on them: labels by the authors, one pass. Each is a hub
# id -> (licence, parents), what is asked of `z/end`, and the value: 1 conflict, 0 none, None not clear.
FT, ADAPTER, MERGE, QUANT, DATA = "finetune", "adapter", "merge", "quantized", "trained_on"
CHAINS: list[tuple[str, dict[str, Any], float | None]] = [
    ("agreement dropped", {"a/l": ("llama2", []), "z/end": ("apache-2.0", [(FT, "a/l")])}, 1),
    ("agreement kept", {"a/l": ("llama2", []), "z/end": ("llama2", [(FT, "a/l")])}, 0),
    (
        "two steps, dropped at the first",
        {"a/l": ("llama2", []), "b/f": ("apache-2.0", [(FT, "a/l")]), "z/end": ("apache-2.0", [(QUANT, "b/f")])},
        1,
    ),
    (
        "dropped in between and taken up again",
        {"a/l": ("llama2", []), "b/f": ("apache-2.0", [(FT, "a/l")]), "z/end": ("llama2", [(QUANT, "b/f")])},
        0,
    ),
    ("permissive to permissive", {"a/m": ("apache-2.0", []), "z/end": ("mit", [(FT, "a/m")])}, 0),
    ("permissive to stricter", {"a/m": ("apache-2.0", []), "z/end": ("cc-by-nc-4.0", [(FT, "a/m")])}, 0),
    ("non-commercial widened", {"a/n": ("cc-by-nc-4.0", []), "z/end": ("apache-2.0", [(FT, "a/n")])}, 1),
    ("non-commercial kept", {"a/n": ("cc-by-nc-4.0", []), "z/end": ("cc-by-nc-sa-4.0", [(FT, "a/n")])}, 0),
    ("non-commercial, quantised", {"a/n": ("cc-by-nc-4.0", []), "z/end": ("cc-by-nc-4.0", [(QUANT, "a/n")])}, 0),
    ("no derivatives", {"a/d": ("cc-by-nc-nd-4.0", []), "z/end": ("cc-by-nc-nd-4.0", [(FT, "a/d")])}, 1),
    ("no derivatives, format", {"a/d": ("cc-by-nc-nd-4.0", []), "z/end": ("cc-by-nc-nd-4.0", [(QUANT, "a/d")])}, None),
    (
        "a quantised copy of a forbidden derivative",
        {"a/d": ("cc-by-nc-nd-4.0", []), "b/f": ("cc-by-nc-4.0", [(FT, "a/d")]), "z/end": ("other", [(QUANT, "b/f")])},
        1,
    ),
    ("copyleft lost", {"a/g": ("gpl-3.0", []), "z/end": ("apache-2.0", [(FT, "a/g")])}, 1),
    ("copyleft kept", {"a/g": ("gpl-3.0", []), "z/end": ("gpl-3.0", [(FT, "a/g")])}, 0),
    ("copyleft to its network form", {"a/g": ("gpl-3.0", []), "z/end": ("agpl-3.0", [(FT, "a/g")])}, 0),
    ("copyleft and an adapter", {"a/g": ("gpl-3.0", []), "z/end": ("mit", [(ADAPTER, "a/g")])}, None),
    ("use restrictions dropped", {"a/r": ("creativeml-openrail-m", []), "z/end": ("mit", [(FT, "a/r")])}, 1),
    (
        "use restrictions kept by an adapter",
        {"a/r": ("creativeml-openrail-m", []), "z/end": ("creativeml-openrail-m", [(ADAPTER, "a/r")])},
        0,
    ),
    (
        "use restrictions and an adapter",
        {"a/r": ("creativeml-openrail-m", []), "z/end": ("mit", [(ADAPTER, "a/r")])},
        1,
    ),
    (
        "merge, one parent restricted",
        {"a/g": ("gemma", []), "b/m": ("apache-2.0", []), "z/end": ("apache-2.0", [(MERGE, "a/g"), (MERGE, "b/m")])},
        1,
    ),
    (
        "merge under the stricter",
        {"a/g": ("gemma", []), "b/m": ("apache-2.0", []), "z/end": ("gemma", [(MERGE, "a/g"), (MERGE, "b/m")])},
        0,
    ),
    (
        "merge of two agreements under one",
        {"a/g": ("gemma", []), "b/l": ("llama2", []), "z/end": ("llama2", [(MERGE, "a/g"), (MERGE, "b/l")])},
        1,
    ),
    ("unknown upstream", {"a/o": ("other", []), "z/end": ("apache-2.0", [(FT, "a/o")])}, None),
    (
        "a known conflict beside an unknown",
        {"a/o": ("other", []), "b/n": ("cc-by-nc-4.0", []), "z/end": ("apache-2.0", [(MERGE, "a/o"), (MERGE, "b/n")])},
        1,
    ),
    ("permissive to unknown", {"a/m": ("apache-2.0", []), "z/end": ("other", [(FT, "a/m")])}, 0),
    ("restricted to unknown", {"a/l": ("llama3", []), "z/end": ("other", [(FT, "a/l")])}, None),
    ("restricted to nothing stated", {"a/l": ("llama3", []), "z/end": (None, [(FT, "a/l")])}, None),
    ("nothing stated upstream", {"a/x": (None, []), "z/end": ("mit", [(FT, "a/x")])}, None),
    ("parent not collected", {"z/end": ("mit", [(FT, "gone/x")])}, None),
    ("share-alike lost", {"a/s": ("cc-by-sa-4.0", []), "z/end": ("cc-by-4.0", [(FT, "a/s")])}, 1),
    ("share-alike, later version", {"a/s": ("cc-by-sa-3.0", []), "z/end": ("cc-by-sa-4.0", [(FT, "a/s")])}, 0),
    ("the holder licenses anew", {"z/n": ("cc-by-nc-4.0", []), "z/end": ("apache-2.0", [(FT, "z/n")])}, 0),
    (
        "downstream of a holder who licensed anew",
        {"a/n": ("cc-by-nc-4.0", []), "a/y": ("apache-2.0", [(FT, "a/n")]), "z/end": ("mit", [(FT, "a/y")])},
        0,
    ),
    (
        "one account cannot license others' work anew",
        {"a/l": ("llama2", []), "z/y": ("llama2", [(FT, "a/l")]), "z/end": ("apache-2.0", [(QUANT, "z/y")])},
        1,
    ),
    (
        "the holder's middle artifact states nothing",
        {"a/n": ("cc-by-nc-4.0", []), "a/y": (None, [(FT, "a/n")]), "z/end": ("mit", [(FT, "a/y")])},
        1,
    ),
    ("another version of the agreement", {"a/l": ("llama3.1", []), "z/end": ("llama3", [(FT, "a/l")])}, 1),
    ("no upstream", {"z/end": ("mit", [])}, 0),
    (
        "copyleft and non-commercial merged, nothing known stated",
        {"a/g": ("gpl-3.0", []), "b/n": ("cc-by-nc-4.0", []), "z/end": ("other", [(MERGE, "a/g"), (MERGE, "b/n")])},
        1,
    ),
]


@pytest.fixture(scope="module")
def all_chains(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, ...]]:
    """Every chain in one hub, the accounts of each made its own."""
    together = {
        f"c{place}-{id_}": (licence, [(relation, f"c{place}-{parent}") for relation, parent in parents])
        for place, (_, models, _) in enumerate(CHAINS)
        for id_, (licence, parents) in models.items()
    }
    return findings(hub(tmp_path_factory.mktemp("chains") / "w", together), "licence_conflict")


@pytest.mark.parametrize("place", range(len(CHAINS)), ids=[chain[0] for chain in CHAINS])
def test_chains_solved_by_hand(all_chains: dict[str, tuple[Any, ...]], place: int) -> None:
    _, models, value = CHAINS[place]
    found = all_chains[f"hf:model:c{place}-z/end"]
    assert found[0] == value, found
    assert all(f"hf:model:c{place}-{one}" in all_chains for one in models)


def test_training_data_is_not_settled_unless_left_out(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", {"z/end": ("mit", [(DATA, "a/d")])}, {"a/d": "cc-by-nc-4.0"})
    assert findings(ws, "licence_conflict")["hf:model:z/end"][0] is None
    assert findings(ws, "licence_conflict", data=False)["hf:model:z/end"][0] == 0


def test_the_evidence_names_licence_clause_path_and_where_it_was_dropped(tmp_path: Path) -> None:
    models = {
        "a/base": ("llama2", []), "b/tuned": ("apache-2.0", [(FT, "a/base")]),
        "c/copy": ("apache-2.0", [(QUANT, "b/tuned")]),
    }  # fmt: skip
    text = findings(hub(tmp_path / "w", models), "licence_conflict")["hf:model:c/copy"][1]
    assert text.startswith("the artifact says Apache-2.0, but llama2 upstream asks: ")
    assert "path: this <-quantized- hf:model:b/tuned <-finetune- hf:model:a/base" in text
    assert text.endswith("first dropped at hf:model:b/tuned")


def test_the_nearest_of_two_ways_is_told(tmp_path: Path) -> None:
    models = {
        "a/base": ("cc-by-nc-4.0", []), "b/one": ("cc-by-nc-4.0", [(FT, "a/base")]),
        "c/two": ("mit", [(MERGE, "b/one"), (MERGE, "a/base")]),
    }  # fmt: skip
    text = findings(hub(tmp_path / "w", models), "licence_conflict")["hf:model:c/two"][1]
    assert text.count("<-merge-") == 1


def test_an_adapter_whose_base_nobody_states_is_not_clear(tmp_path: Path) -> None:
    from tests.build import collect, model

    tags = {"a/x": ["lora"], "a/y": ["gguf", "safetensors"], "a/z-GGUF": [], "a/gguf-reader": []}
    ws, _ = collect(tmp_path / "w", [model(id_, tags=["license:mit", *more]) for id_, more in tags.items()])
    found = {ref.removeprefix("hf:model:"): row[0] for ref, row in findings(ws, "licence_conflict").items()}
    assert found == {"a/x": None, "a/y": 0, "a/z-GGUF": None, "a/gguf-reader": 0}


def test_a_cycle_of_parents_ends(tmp_path: Path) -> None:
    models = {"a/x": ("gpl-3.0", [(FT, "b/y")]), "b/y": ("mit", [(FT, "a/x")])}
    found = findings(hub(tmp_path / "w", models), "licence_conflict")
    assert (found["hf:model:b/y"][0], found["hf:model:a/x"][0]) == (1, 0)


_IDS = [f"u{n % 4}/m{n}" for n in range(7)]  # some accounts have two
_LICENCES = (
    "mit",
    "apache-2.0",
    "llama2",
    "gemma",
    "gpl-3.0",
    "cc-by-nc-4.0",
    "cc-by-nc-nd-4.0",
    "creativeml-openrail-m",
    "other",
)
_RELATIONS = (FT, ADAPTER, MERGE, QUANT)
# Parents come before their children; every child has up to three.
_hubs = st.tuples(
    st.lists(st.sampled_from(_LICENCES), min_size=7, max_size=7),
    st.lists(st.lists(st.tuples(st.integers(0, 6), st.sampled_from(_RELATIONS)), max_size=3), min_size=7, max_size=7),
)
_TIGHT = {1.0: 2, None: 1, 0.0: 0}


def _models(drawn: tuple[list[str], list[list[tuple[int, str]]]], reverse: bool = False) -> dict[str, Any]:
    licences, parents = drawn
    models = {}
    for place, id_ in enumerate(_IDS):
        own = [(relation, _IDS[at % place]) for at, relation in parents[place]] if place else []
        models[id_] = (licences[place], list(reversed(own)) if reverse else own)
    return models


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    drawn=_hubs, restrictive=st.sampled_from(("llama2", "gpl-3.0", "cc-by-nc-nd-4.0", "other")), child=st.integers(0, 6)
)
def test_random_hubs_agree_with_a_plain_walk_and_no_restrictive_ancestor_or_order_loosens(
    tmp_path_factory: pytest.TempPathFactory, drawn: Any, restrictive: str, child: int
) -> None:
    models = _models(drawn)
    before = findings(hub(tmp_path_factory.mktemp("a") / "w", models), "licence_conflict")
    turned = findings(hub(tmp_path_factory.mktemp("b") / "w", _models(drawn, reverse=True)), "licence_conflict")
    assert {ref: row[0] for ref, row in turned.items()} == {ref: row[0] for ref, row in before.items()}
    known = {
        f"hf:model:{id_}": (id_.split("/")[0], () if licence == "other" else resolve(licence))
        for id_, (licence, _) in models.items()
    }
    edges = [
        (f"hf:model:{id_}", f"hf:model:{parent}", relation)
        for id_, (_, parents) in models.items()
        for relation, parent in parents
    ]
    assert {ref: row[0] for ref, row in before.items()} == verdicts(known, edges)
    licence, parents = models[_IDS[child]]
    more = models | {"new/one": (restrictive, []), _IDS[child]: (licence, [*parents, (MERGE, "new/one")])}
    after = findings(hub(tmp_path_factory.mktemp("c") / "w", more), "licence_conflict")
    assert all(_TIGHT[after[ref][0]] >= _TIGHT[row[0]] for ref, row in before.items())
