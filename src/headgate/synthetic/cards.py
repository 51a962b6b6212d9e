"""Model cards: front matter, a few sentences, and for some merges the recipe that alone names the parents."""

from __future__ import annotations

import json
from typing import Any

from headgate.synthetic import names
from headgate.synthetic.shapes import Repo


def model_card(repo: Repo, front: dict[str, Any], prompt: str | None) -> str:
    """The README of `repo` under the card data `front`."""
    parts = ["---", *(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items()), "---", ""]
    if repo.person:
        full = f"{repo.person.given} {repo.person.family}"
        parts += [f"# {full}", "", f"A likeness adapter of {full}. Trigger word: `{prompt}`."]
    else:
        parts += [f"# {repo.name}", "", _sentence(repo)]
    if repo.relation == "merge" and repo.told in ("declared", "recipe"):
        parts += _recipe(repo)
    return "\n".join([*parts, ""])


def _sentence(repo: Repo) -> str:
    size = f" with {repo.size:g} billion weights" if not repo.family.image else ""
    said = {
        "root": f"A base model{size}.",
        "finetune": f"A fine-tuned model{size}. Evaluate it before use.",
        "adapter": "An adapter. Load it on top of the model that it was trained on.",
        "merge": "This is a merge of pre-trained language models created using mergekit.",
        "quantized": "Quantised weights in several sizes; the smaller, the worse.",
        "copy": "Mirror.",
    }[repo.relation]
    if repo.uncensored and repo.says_uncensored:
        said += " Refusals were removed from this model."
    return said


def _recipe(repo: Repo) -> list[str]:
    # the text that mergekit writes; by hand, people keep the YAML only
    method = ("slerp", "ties", "linear", "dare_ties")[int(names.digest(repo.id, "method")[0], 16) % 4]
    listed = [f"* [{id_}](https://huggingface.co/{id_})" for id_ in repo.declared]
    models = [line for id_ in repo.declared for line in (f"  - model: {id_}", "    parameters:", "      weight: 0.5")]
    text = ["", "## Merge Details", "### Merge Method", "", f"This model was merged using the {method} method."]
    if int(names.digest(repo.id, "hand")[0], 16) > 4:
        text += ["", "### Models Merged", "", "The following models were included in the merge:", *listed]
    return [*text, "", "### Configuration", "", "```yaml", "models:", *models, f"merge_method: {method}",
            f"base_model: {repo.declared[0]}", "dtype: bfloat16", "```"]  # fmt: skip
