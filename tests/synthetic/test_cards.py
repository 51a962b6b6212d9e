from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import yaml

from headgate.synthetic.cards import model_card
from headgate.synthetic.shapes import Family, Repo
from headgate.synthetic.truth import Person

FAMILY = Family("Fen", "maker", "llama", "mit")
FRONT = {"license": "mit", "base_model": ["maker/Fen-7B"], "tags": ["say: \"hi\"", "é"]}  # fmt: skip


def repo(id_: str = "ann/Mix-7B", relation: str = "merge", **fields: Any) -> Repo:
    made = Repo(id_, FAMILY, 7, relation, datetime(2024, 1, 1, tzinfo=UTC), **fields)
    made.declared = ["maker/Fen-7B", "bob/Fen-Chat"]
    return made


def recipe(card: str) -> Any:
    return yaml.safe_load(card.partition("```yaml\n")[2].partition("```")[0])


def test_front_matter_is_yaml_of_the_card_data() -> None:
    start, front, text = model_card(repo(), FRONT, None).split("---\n", 2)
    assert start == ""
    assert yaml.safe_load(front) == FRONT
    assert text.startswith("\n# Mix-7B\n\nThis is a merge of pre-trained language models created using mergekit.\n")


def test_a_recipe_lists_the_parents_with_a_method() -> None:
    for told in ("declared", "recipe"):
        card = model_card(repo(told=told), FRONT, None)
        made = recipe(card)
        assert [m["model"] for m in made["models"]] == ["maker/Fen-7B", "bob/Fen-Chat"]
        assert (made["base_model"], made["dtype"]) == ("maker/Fen-7B", "bfloat16")
        assert f"merged using the {made['merge_method']} method" in card


def test_only_merges_of_which_something_tells_have_one() -> None:
    assert "maker/Fen-7B" not in model_card(repo(told="nothing"), {}, None)
    assert "```" not in model_card(repo(relation="finetune"), {}, None)


def test_some_recipes_are_written_by_hand_without_the_list_of_models() -> None:
    cards = [model_card(repo(f"ann/Mix-{i}"), {}, None) for i in range(320)]
    listed = [c for c in cards if "### Models Merged" in c]
    assert all("* [bob/Fen-Chat](https://huggingface.co/bob/Fen-Chat)\n" in c for c in listed)
    assert 180 < len(listed) < 260  # 11 of 16 digits
    assert {recipe(c)["merge_method"] for c in cards} == {"slerp", "ties", "linear", "dare_ties"}


def test_alignment_removed_is_said_only_where_the_name_says_it() -> None:
    said = [
        "Refusals were removed" in model_card(repo(uncensored=one, says_uncensored=two), {}, None)
        for one, two in ((True, True), (True, False), (False, False))
    ]
    assert said == [True, False, False]


def test_a_card_of_a_person_gives_name_and_trigger_instead_of_the_repository() -> None:
    made = repo("ann/x-lora", "adapter", person=Person("Aeldraneth", "Gwenbawick"))
    text = model_card(made, {}, "photo of aeldraneth gwenbawick")
    assert text.splitlines()[3:] == [
        "# Aeldraneth Gwenbawick", "",
        "A likeness adapter of Aeldraneth Gwenbawick. Trigger word: `photo of aeldraneth gwenbawick`.",
    ]  # fmt: skip
