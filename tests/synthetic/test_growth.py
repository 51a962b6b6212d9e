from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from headgate.synthetic import growth
from headgate.synthetic.shapes import Family, Repo
from tests.synthetic.dumps import LINEAGE, Dumps, edges, grown

FAMILY = Family("Fen", "maker", "llama", "mit")
IMAGE = Family("SDXL 1.0", "maker", "diffusion", "openrail++", "SDXL 1.0")


def repo(relation: str = "finetune", form: str = "transformers", size: float = 7, family: Family = FAMILY) -> Repo:
    return Repo("ann/Fen-GGUF", family, size, relation, datetime(2024, 1, 1, tzinfo=UTC), form)


@pytest.fixture(scope="module")
def hub() -> growth.Hub:
    return grown(900)


def test_it_grows_to_the_number_asked_for_in_the_order_of_time(hub: growth.Hub) -> None:
    made = list(hub.repos.values())
    assert len(made) == 900
    assert [r.created for r in made] == sorted(r.created for r in made)
    assert sum(r.relation == "root" for r in made) == 16
    assert all(key == r.id.lower() for key, r in hub.repos.items())


def test_every_model_is_one_step_deeper_than_its_deepest_parent(hub: growth.Hub) -> None:
    place = {id(r): i for i, r in enumerate(hub.repos.values())}
    for i, r in enumerate(hub.repos.values()):
        assert r.depth == (1 + max(p.depth for p in r.parents) if r.relation != "root" else 0)
        assert all(place[id(p)] < i and p.family.name == r.family.name for p in r.parents)
        assert len(r.parents) in {"root": (0,), "merge": (2, 3, 4)}.get(r.relation, (1,))
    assert 6 <= max(r.depth for r in hub.repos.values()) <= 8


def test_a_model_lies_in_the_urn_once_and_once_for_each_child(hub: growth.Hub) -> None:
    children = Counter(id(p) for r in hub.repos.values() for p in r.parents)
    for image in (True, False):
        drawn = Counter(id(r) for r in hub.urns[image])
        for r in hub.repos.values():
            itself = r.form in ("transformers", "diffusers", "peft")
            assert drawn[id(r)] == (itself + children[id(r)] if r.family.image == image else 0)
            assert r.children == children[id(r)]
    # a model chosen without regard to its children would hardly get more than ten
    assert max(children.values()) > 25
    assert sum(not children[id(r)] for r in hub.repos.values()) > 450


def test_copies_carry_the_files_of_their_original_and_others_their_own(hub: growth.Hub) -> None:
    made = hub.repos.values()
    copies = [r for r in made if r.relation == "copy"]
    assert len(copies) > 5
    assert all((r.weights, r.name, r.told) == (r.parents[0].weights, r.parents[0].name, "files") for r in copies)
    own = [w.sha256 for r in made if r.relation != "copy" for w in r.weights]
    assert len(own) == len(set(own))


def test_a_taken_name_goes_to_another_account() -> None:
    hub, twins = growth.Hub(Random(1), 1, ["ann"], []), [repo(), repo(), repo()]
    twins[1].id = "ANN/fen-gguf"
    assert [hub.add(twin).id for twin in twins] == ["ann/Fen-GGUF", "ANN2/fen-gguf", "ann3/Fen-GGUF"]


def test_without_a_card_nothing_is_declared() -> None:
    told: dict[str, set[str]] = {}
    for i in range(400):
        for relation, family in (("finetune", FAMILY), ("adapter", FAMILY), ("merge", FAMILY), ("adapter", IMAGE)):
            made = repo(relation, family=family)
            made.parents, made.has_card, made.has_text = [repo("root")], i % 2 == 0, False
            growth.tell(Random(i), made)
            told.setdefault(f"{relation} {family.image} {made.has_card}", set()).add(made.told)
            assert made.has_text == (made.told == "recipe")
    assert told == {
        "finetune False True": {"declared", "nothing"}, "finetune False False": {"nothing"},
        "adapter False True": {"declared", "config", "nothing"}, "adapter False False": {"config", "nothing"},
        "merge False True": {"declared", "recipe", "nothing"}, "merge False False": {"nothing"},
        "adapter True True": {"declared", "nothing"}, "adapter True False": {"nothing"},
    }  # fmt: skip


def test_weight_files_fit_the_number_of_weights() -> None:
    def files(*what: object) -> dict[str, int]:
        return {w.path: w.size for w in growth.weights(1, repo(*what))}  # type: ignore[arg-type]

    third = 14_000_000_000 // 3
    assert files() == {f"model-0000{i}-of-00003.safetensors": third for i in (1, 2, 3)}
    assert files("root", "transformers", 1.5) == {"model.safetensors": 3_000_000_000}
    assert files("adapter", "peft") == {"adapter_model.safetensors": 140_000_000}
    assert files("adapter", "diffusers", 2.6, IMAGE) == {"pytorch_lora_weights.safetensors": 52_000_000}
    assert files("quantized", "awq") == {"model.safetensors": 3_500_000_000}
    gguf = files("quantized", "gguf")
    assert list(gguf) == [f"Fen.{q}.gguf" for q in ("Q3_K_M", "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0")]
    assert list(gguf.values()) == [14_000_000_000 * bits // 16 for bits in (3, 4, 5, 6, 7)]


def test_undeclared_parents_are_told_by_one_thing_only(dumps: Dumps) -> None:
    by_ref = {f"hf:model:{r['id']}": r for r in dumps.models}
    undeclared = [e for e in dumps.truth.edges if e.relation in LINEAGE and e.told != "declared"]
    assert {e.told for e in undeclared} == {"config", "recipe", "name", "nothing"}
    for e in undeclared:
        record, parent = by_ref[e.child], e.parent.removeprefix("hf:model:")
        config = record.get("config", {}).get("peft", {})
        assert "base_model" not in record.get("cardData", {})
        assert not [t for t in record["tags"] if t.startswith("base_model:")]
        assert (config.get("base_model_name_or_path") == parent) == (e.told == "config")
        assert (f"- model: {parent}\n" in record.get("card", "")) == (e.told == "recipe")
        if e.told == "name":
            known = re.escape(parent.split("/")[1]) + "-((i1-)?GGUF|AWQ|GPTQ(-Int4)?|4bit-mlx)"
            assert re.fullmatch(known, record["id"].split("/")[1])


def test_names_say_what_the_truth_says_they_say(dumps: Dumps) -> None:
    says = re.compile("uncensored|abliterated|heretic|unfiltered|decensored", re.IGNORECASE)
    named = {f"hf:model:{r['id']}" for r in dumps.models if says.search(r["id"])}
    assert named == dumps.truth.uncensored_named
    assert dumps.truth.uncensored_hidden
    assert not named & dumps.truth.uncensored_hidden


def test_datasets_trained_on_are_what_cards_and_tags_say(dumps: Dumps) -> None:
    true = edges(dumps.truth, {"trained_on"}, "declared")
    rows = [(f"hf:model:{r['id']}", r) for r in dumps.models]
    assert true == {(ref, f"hf:dataset:{t[8:]}") for ref, r in rows for t in r["tags"] if t.startswith("dataset:")}
    assert true == {(ref, f"hf:dataset:{d}") for ref, r in rows for d in r.get("cardData", {}).get("datasets", [])}
    assert len(true) > 100
