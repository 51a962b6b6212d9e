from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headgate.diff import diff
from headgate.diff_shapes import Diff
from tests.build import collect, model
from tests.comparing import DECLARED, holding, tagged

Rows = Mapping[str, dict[str, Any]]


def compared(path: Path, old: Rows, new: Rows) -> Diff:
    holding(path / "old", **old)
    holding(path / "new", **new)
    return diff((path / "old", None), (path / "new", None))


def changes(made: Diff, kind: str) -> list[tuple[str, str | None, str | None]]:
    return [(one.ref.removeprefix("hf:model:a/"), one.was, one.now) for one in made.changes if one.kind == kind]


def test_what_an_incomplete_listing_lacks_is_absent_and_not_gone(tmp_path: Path) -> None:
    collect(tmp_path / "old", [model("a/x"), model("a/y")], complete=True)
    collect(tmp_path / "new", [model("a/x")])
    made = diff((tmp_path / "old", None), (tmp_path / "new", None))
    assert (made.totals["gone"], made.totals["absent"]) == (0, 1)
    assert "1 artifacts of the old side are not in the new one" in made.unknown[0].what
    assert made.exit_code(["gone"]) == 2
    assert made.exit_code(["licence-change"]) == 0


def test_a_tombstone_is_gone_whatever_was_listed_since(tmp_path: Path) -> None:
    made = compared(tmp_path, {"x": {}, "y": {}, "z": {}}, {"x": {}, "y": {"gone": True}})
    assert (changes(made, "gone"), changes(made, "absent")) == ([("y", None, None)], [("z", None, None)])


def test_a_complete_listing_of_models_says_nothing_of_datasets(tmp_path: Path) -> None:
    collect(tmp_path / "old", [model("a/x"), model("a/y")], complete=True)
    collect(tmp_path / "old", [{"id": "a/data", "tags": []}], "dataset", complete=True)
    collect(tmp_path / "new", [model("a/x")], complete=True)
    made = diff((tmp_path / "old", None), (tmp_path / "new", None))
    assert [(one.kind, one.ref) for one in made.changes] == [
        ("gone", "hf:model:a/y"), ("absent", "hf:dataset:a/data"),
    ]  # fmt: skip


def test_a_listing_that_was_doubted_is_not_complete(tmp_path: Path) -> None:
    everything = [model(f"a/m{n}") for n in range(30)]
    collect(tmp_path / "old", everything)
    collect(tmp_path / "new", everything[:25], observed="2026-01-01")
    collect(tmp_path / "new", everything[:5], observed="2026-02-01", complete=True)  # fewer than half
    made = diff((tmp_path / "old", None), (tmp_path / "new", None))
    assert (made.totals["gone"], made.totals["absent"]) == (0, 5)


def test_a_rename_is_told_by_the_hub_id_or_by_spelling(tmp_path: Path) -> None:
    old = {"one": {"hub_id": "7"}, "Two": {}, "three": {}, "four": {"hub_id": "8", "licences": ["mit"]}}
    new = {"uno": {"hub_id": "7"}, "two": {}, "tres": {}, "four": {"hub_id": "8", "licences": ["mit"]}}
    made = compared(tmp_path, old, new)
    assert changes(made, "renamed") == [
        ("two", "hf:model:a/Two", "hf:model:a/two"), ("uno", "hf:model:a/one", "hf:model:a/uno"),
    ]  # fmt: skip
    assert (changes(made, "new"), made.totals["absent"]) == ([("tres", None, None)], 1)


def test_what_changed_of_a_renamed_artifact_is_told_too(tmp_path: Path) -> None:
    made = compared(tmp_path, {"x": {"hub_id": "7", "gated": "no"}}, {"y": {"hub_id": "7", "gated": "auto"}})
    assert changes(made, "gated") == [("y", "no", "auto")]


def test_names_of_what_depicts_a_person_are_not_put_side_by_side(tmp_path: Path) -> None:
    made = compared(tmp_path, {"zq": {"hub_id": "7"}}, {"pseudonym": {"hub_id": "7", "person": True}})
    assert made.totals["renamed"] == 0
    assert (made.totals["new"], made.totals["absent"]) == (1, 1)


def test_licences_are_compared_as_declared_whatever_their_order(tmp_path: Path) -> None:
    old: Rows = {"a": {"licences": ["mit", "apache-2.0"]}, "b": {"licences": ["other"], "licence_name": "x-licence"},
                 "c": {"licences": ["other"]}, "d": {"licences": []},
                 "e": {"licence_source": "terms", "commercial_use": ["Image", "Rent"]}}  # fmt: skip
    new: Rows = {"a": {"licences": ["apache-2.0", "mit"]}, "b": {"licences": ["other"], "licence_name": "y-licence"},
                 "c": {"licences": ["other"], "licence_name": "z"}, "d": {"licences": None},
                 "e": {"licence_source": "terms", "commercial_use": ["Image"]}}  # fmt: skip
    made = compared(tmp_path, old, new)
    assert changes(made, "licence") == [
        ("b", "other; x-licence", "other; y-licence"), ("e", "for sale: Image, Rent", "for sale: Image"),
    ]  # fmt: skip
    assert made.exit_code(["licence-change"]) == 1


def test_a_licence_that_only_one_side_recorded_is_no_change_and_no_pass(tmp_path: Path) -> None:
    unseen = {"has_card": None}
    made = compared(tmp_path, {"x": unseen, "y": unseen}, {"x": {"licences": ["mit"]}, "y": unseen})
    assert changes(made, "licence") == []
    assert made.unknown[0].what == "of 1 artifacts only one side recorded a licence, or that there is none"
    assert made.exit_code(["licence-change"]) == 2


def test_a_gate_nobody_recorded_and_parents_of_an_unseen_card_are_no_change(tmp_path: Path) -> None:
    made = compared(
        tmp_path,
        {"x": {"gated": None, "base_models": ["a/b"]}, "y": {"base_models": ["A/b"]}, "z": {"base_models": ["a/b"]}},
        {"x": {"gated": "auto", "has_card": None}, "y": {"base_models": ["a/B"]}, "z": {"base_models": []}},
    )
    assert (changes(made, "gated"), changes(made, "base models")) == ([], [("z", "a/b", "none")])


def test_parents_are_compared_as_a_whole_and_without_regard_to_case(tmp_path: Path) -> None:
    base = [model("a/b"), model("a/c")]
    merge = "base_model:merge:"
    collect(tmp_path / "old", [*base, tagged("a/m", merge + "a/b", merge + "a/c"), tagged("a/n", DECLARED + "x/Elsewhere"),
                               tagged("a/o", DECLARED + "a/b")])  # fmt: skip
    collect(tmp_path / "new", [*base, tagged("a/m", merge + "a/c"), tagged("a/n", DECLARED + "x/elsewhere"),
                               tagged("a/o", "base_model:adapter:a/b")])  # fmt: skip
    made = diff((tmp_path / "old", None), (tmp_path / "new", None))
    assert changes(made, "parents") == [
        ("m", "merge of hf:model:a/b, merge of hf:model:a/c", "merge of hf:model:a/c"),
        ("o", "finetune of hf:model:a/b", "adapter of hf:model:a/b"),
    ]  # fmt: skip
