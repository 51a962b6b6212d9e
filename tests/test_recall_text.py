from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from headgate import recall_text
from headgate.recall import Recall, recall
from tests.lineages import lineage


def model(name: str) -> str:
    return f"hf:model:{name}"


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    base, evil = model("org/base"), "name:\x1b[31m|<script>`x`\u202e"
    ws = lineage(tmp_path / "w", {base: {}}, [{"child": base, "parent": evil}])
    made = recall(ws, base)
    text, page = recall_text.text(made, limit=9), recall_text.text(made, limit=9, markdown=True)
    assert "\x1b" not in text + page
    assert "\u202e" not in text + page
    assert "<script>" not in page
    row = next(line for line in page.splitlines() if "script" in line)
    assert row.replace(r"\|", "").count("|") == 6


def test_record_holds_plain_values(tmp_path: Path) -> None:
    base = model("org/base")
    ws = lineage(
        tmp_path / "w", {base: {"author": "org"}, model("a/x"): {}, model("a/y"): {}},
        [{"child": child, "parent": base} for child in (model("a/x"), model("a/y"))],
    )  # fmt: skip
    made = recall(ws, base)
    assert recall_text.record(made)["descendants"][1] == {
        "ref": model("a/y"), "depth": 1, "relation": "finetune", "via": base, "how": "declared", "known": "stated",
        "status": "present", "hub": "huggingface", "kind": "model", "author": None, "downloads": None, "window": None,
        "fix": "copied the weights", "name": None,
    }  # fmt: skip
    assert recall_text.record(made)["levers"][0]["can"] == ["gate", "label", "remove"]


def family(path: Path, number: int = 7) -> Recall:
    """A base with children of which each also has the first for a parent, one of them by its name only."""
    base, first, *others = (model(f"org/a-model-with-quite-a-long-name-{n}") for n in range(number))
    edges = [{"child": one, "parent": base, "relation": "adapter"} for one in (first, *others)]
    edges += [{"child": one, "parent": first} for one in others]
    edges += [{"child": model("z/tail"), "parent": others[0], "how": "inferred"}]
    artifacts = {one: {"author": f"holder-{n}", "downloads": n, "downloads_window": "30d"} for n, one in
                 enumerate((base, first, *others))}  # fmt: skip
    return recall(lineage(path / "w", artifacts | {model("z/tail"): {}}, edges), base)


def test_a_limit_cuts_the_long_lists_and_nothing_inside_items(tmp_path: Path) -> None:
    made = family(tmp_path)
    whole, cut = recall_text.record(made), recall_text.record(made, 2)
    assert (whole["truncated"], cut["truncated"]) == (False, True)
    assert whole["totals"] == cut["totals"] == {
        "ancestors": 0, "ancestors_inferred": 0, "ancestors_max_depth": 0,
        "descendants": 7, "descendants_inferred": 1, "descendants_max_depth": 2, "holders": 8,
    }  # fmt: skip
    lists = ("ancestors", "descendants", "levers")
    assert {name: len(whole[name]) for name in lists} == {"ancestors": 0, "descendants": 7, "levers": 8}
    assert all(cut[name] == whole[name][:2] for name in lists)
    assert {name: v for name, v in cut.items() if name not in {*lists, "truncated"}} == {
        name: v for name, v in whole.items() if name not in {*lists, "truncated"}
    }
    assert len(cut["levers"][0]["can"]) == 3
    assert len(cut["troubles"][0]["examples"]) == 5
    assert recall_text.record(made, 8)["truncated"] is False
    assert recall_text.record(made, 0)["descendants"] == []


def test_a_limit_of_none_leaves_out_what_it_empties(tmp_path: Path) -> None:
    text = recall_text.text(family(tmp_path), limit=0)
    heads = [line.split(":")[0].split(" (")[0] for before, line in pairwise(text.splitlines()) if not before]
    assert heads == ["Harm", "Downloads at stake", "What a fix reaches, and what it does not", "Met on the way"]
    assert "Ancestors: none.\nDescendants: 7 up to 2 steps away, 1 of them known by inference only." in text


def test_lines_fit_a_narrow_terminal_and_are_whole_elsewhere(tmp_path: Path) -> None:
    made = family(tmp_path)
    narrow, wide = (recall_text.text(made, limit=9, width=w).splitlines() for w in (110, None))
    assert max(map(len, wide)) > 150
    assert max(len(line) for line in narrow if line.startswith("  ")) <= 120
    assert len(narrow) == len(wide)
    assert any("hf:model:org/a" in line and "\N{HORIZONTAL ELLIPSIS}" in line for line in narrow)
    assert not any("\N{HORIZONTAL ELLIPSIS}" in line for line in wide[:-1])  # the last row is a few of many refs


def test_the_neighbour_is_left_out_where_it_is_the_recalled_one(tmp_path: Path) -> None:
    made = family(tmp_path)
    assert "ref steps relation from how" in " ".join(recall_text.text(made, limit=9).split())
    assert "ref steps relation how" in " ".join(recall_text.text(made, limit=2).split())


def test_markdown_has_single_blank_lines_and_numbers_to_the_right(tmp_path: Path) -> None:
    page = recall_text.text(family(tmp_path), limit=2, markdown=True)
    assert "\n\n\n" not in page
    assert "| hub | kind | window | downloads | counted | no count |\n| --- | --- | --- | ---: | ---: | ---: |" in page
    assert "| ref | steps | relation | how | status | fix |\n| --- | ---: | --- | --- | --- | --- |" in page


def test_single_points_say_how_they_are_ranked_and_names_stand_beside_refs(tmp_path: Path) -> None:
    page, version = "civitai:model:1", "civitai:version:2"
    told = {"hub": "civitai", "kind": "version"}
    ws = lineage(
        tmp_path / "w",
        {page: told | {"name": "Ink | *"}, version: told | {"name": "v1"}, model("a/tuned"): {}},
        [{"child": version, "parent": page, "relation": "version_of"}, {"child": model("a/tuned"), "parent": version}],
    )  # fmt: skip
    text, markdown = (recall_text.text(recall(ws, page), limit=9, markdown=m) for m in (False, True))
    assert "Ranked by the downloads at and behind them" in text
    assert "counts only what no other way reaches" in text
    assert text.startswith("Recall of civitai:model:1 “Ink | *” (present)\n")
    assert markdown.startswith(r"# Recall of civitai:model:1 “Ink \| \*” (present)")
    assert text.count("civitai:version:2 “v1”") == 4  # as descendant, neighbour, single point and fix
    assert "not counted civitai version all" in text


def test_training_again_is_told_as_a_consequence(tmp_path: Path) -> None:
    data = "hf:dataset:uni/faces"
    ws = lineage(
        tmp_path / "w", {data: {"kind": "dataset", "author": "uni"}, model("a/x"): {}},
        [{"child": model("a/x"), "parent": data, "relation": "trained_on"}],
    )  # fmt: skip
    text = recall_text.text(recall(ws, data), limit=9)
    assert "Where a dataset owner fixes it, models trained on the data must be trained again." in text
    assert "notify, models" not in text
