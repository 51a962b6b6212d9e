from __future__ import annotations

from pathlib import Path

import pytest

from tests.build import collect, edges, model

# One recipe of each form that mergekit knows, written for this test.
RECIPES = {
    "slerp": """```yaml
slices:
  - sources:
      - model: org/first
        layer_range: [0, 32]
      - model: other/second-7B.v2
        layer_range: [0, 32]
merge_method: slerp
base_model: org/first
```""",
    "ties": """```yaml
models:
  - model: org/first
  - model: "other/second-7B.v2"
    parameters: {density: 0.5}
merge_method: ties
base_model: third/base_1
```""",
    "adapter": "merge_method: linear\nmodels:\n- model: org/first+some/lora\n- model: ./local/path\n",
    "listed": "### Models Merged\n\nThe following models were included in the merge:\n* [org/first](https://huggingface.co/org/first)\n* other/second-7B.v2\n",
    "older": "This is a merge of the following models, see below. The following models were merged:\n- org/first\n",
}  # fmt: skip
EXPECTED = {
    "slerp": {"org/first", "other/second-7B.v2"},
    "ties": {"org/first", "other/second-7B.v2", "third/base_1"},
    "adapter": {"org/first"},
    "listed": {"org/first", "other/second-7B.v2"},
    "older": {"org/first"},
}


@pytest.mark.parametrize("form", RECIPES)
def test_every_form_of_recipe(tmp_path: Path, form: str) -> None:
    ws, _ = collect(tmp_path / "w", [model("me/merged", card="# A merge\n" + RECIPES[form])])
    assert edges(ws, "merge_recipe") == {
        ("hf:model:me/merged", f"hf:model:{parent}", "merge", "read") for parent in EXPECTED[form]
    }


@pytest.mark.parametrize(
    "card",
    [
        "model: org/first\n",  # YAML, but no recipe
        "We did not merge anything. * [org/first](x)",
        "we do not use merge_method: here\nmodel: b/foo\n",
        "Compare with these models:\n* org/first\n",
        "merge_method: slerp\nmodels:\n  - model: me/merged\n",  # names itself only
    ],
)
def test_other_cards_name_no_ingredients(tmp_path: Path, card: str) -> None:
    ws, _ = collect(tmp_path / "w", [model("me/merged", card=card)])
    assert edges(ws, "merge_recipe") == set()
