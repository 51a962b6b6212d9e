"""Any text classifier of Hugging Face's layout in a local folder: nothing is fetched, nothing in the folder is run.

Weights are read from safetensors alone. A model of five heads with four grades each (as Celadon) is put together from
its encoder and its heads, since transformers knows it only by code that would have to be run. Texts are graded one
by one, without padding, so that the company of a text does not change its grades.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from headgate.errors import BadInput, MissingExtra, UsageError
from headgate.model_folders import CLOSED, WEIGHTS, checked
from headgate.plain import plain
from headgate.shapes import Floats
from headgate.texts.toxicity_model import AXES

_HEAD = re.compile(r"(?:.*\.)?heads\.(\d+)\.(weight|bias)")
_LONGEST = 512  # tokens
_GRADES = 4  # of a head
_SURE = (0.0, 0.5, 0.75, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Classifier:
    """A classifier that is loaded: its axes, the places of what counts among its outputs, and how to grade."""

    axes: tuple[str, ...]
    tokenizer: Any
    model: Any
    kind: str  # heads, one of several (softmax) or any of several (sigmoid)
    chosen: tuple[int, ...]
    passage: int
    length: int

    def grades(self, texts: Sequence[str]) -> Floats:
        """Grades from 0 to 3 (texts x axes), the highest over the passages of each text; NaN for an empty one."""
        rows = [self._grade(text) if text.strip() else np.full(len(self.axes), np.nan) for text in texts]
        return np.asarray(rows, np.float32).reshape(len(texts), len(self.axes))

    def _grade(self, text: str) -> Any:
        pieces = [text[at : at + self.passage] for at in range(0, len(text), self.passage)]
        return np.max([self._passage(piece) for piece in pieces], axis=0)

    def _passage(self, text: str) -> Any:
        import torch

        # tokenizers take no lone surrogates
        tokens = self.tokenizer(
            text.encode("utf-8", "replace").decode(), truncation=True, max_length=self.length, return_tensors="pt"
        )
        with torch.inference_mode():
            if self.kind == "heads":
                return self.model(tokens).argmax(-1).numpy()
            scores = self.model(**tokens).logits[0].double()
            chance = scores.softmax(-1) if self.kind == "one of several" else scores.sigmoid()
        return np.interp(chance[list(self.chosen)].numpy(), _SURE, (0, 1, 2, 3, 3))


def classifier(folder: Path, passage: int = 1000, toxic_labels: str | None = None) -> Classifier:
    """The classifier in `folder`. `toxic_labels` names, separated by commas, the labels that count.

    Five heads grade by themselves; of a classifier with sigmoids all labels count unless some are named; one that
    chooses one of several must be told. Raises `MissingExtra` without torch and transformers, `BadInput` for a folder
    that holds no such classifier, `UsageError` for labels that are missing or unknown.
    """
    try:
        import torch  # noqa: F401
        import transformers
    except ImportError:
        msg = "A classifier in a folder needs torch and transformers. Install them with: pip install 'headgate[models]'"
        raise MissingExtra(msg) from None
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    config = checked(folder)
    heads = str(config.get("model_type", "")).startswith("multi-head")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **CLOSED)
        model = _heads(folder, config) if heads else _whole(folder)
        length = min(int(config.get("max_position_embeddings") or _LONGEST), _LONGEST)
        names = [] if heads else [plain(model.config.id2label[n], 60) for n in range(len(model.config.id2label))]
    except Exception as error:  # transformers raises nearly anything for a folder it cannot use
        first = plain(str(error).strip().split("\n")[0], 120)
        msg = (
            f"The classifier in {plain(folder)} cannot be loaded ({first}). Give the folder of one with all its files."
        )
        raise BadInput(msg) from None
    if heads:
        return Classifier(AXES, tokenizer, model, "heads", (), passage, length)
    several = model.config.problem_type == "multi_label_classification" or len(names) == 1
    kind, chosen, axes = _labels(names, toxic_labels, several=several)
    return Classifier(axes, tokenizer, model, kind, chosen, passage, length)


def _whole(folder: Path) -> Any:
    from transformers import AutoModelForSequenceClassification

    model, told = AutoModelForSequenceClassification.from_pretrained(folder, **WEIGHTS, output_loading_info=True)
    if told["missing_keys"]:  # transformers would fill them at random
        msg = f"weights are missing: {sorted(told['missing_keys'])[0]}"
        raise ValueError(msg)
    return model.eval()


def _heads(folder: Path, config: dict[str, Any]) -> Any:
    import torch
    from safetensors.torch import load_file
    from transformers import DebertaV2Config, DebertaV2Model

    tensors = {name: one for file in sorted(folder.glob("*.safetensors")) for name, one in load_file(file).items()}
    parts = {(int(m[1]), m[2]): one for name, one in tensors.items() if (m := _HEAD.fullmatch(name))}
    if not all(bool(one.isfinite().all()) for one in tensors.values()):
        msg = "a weight is no number"  # the highest of such grades would still be one
        raise ValueError(msg)
    if {number for number, _ in parts} != set(range(len(AXES))):
        msg = f"it has {len({n for n, _ in parts})} heads and not {len(AXES)}"
        raise ValueError(msg)
    known = {name: one for name, one in config.items() if name not in {"model_type", "auto_map", "architectures"}}
    encoder = DebertaV2Model(DebertaV2Config(**known))
    inside = {
        name.removeprefix("deberta."): one.float() for name, one in tensors.items() if name.startswith("deberta.")
    }
    encoder.load_state_dict(inside)
    encoder.train(False)
    weight = torch.stack([parts[n, "weight"] for n in range(len(AXES))]).float()
    bias = torch.stack([parts[n, "bias"] for n in range(len(AXES))]).float()
    if weight.shape[1] != _GRADES or bias.shape[1:] != (_GRADES,):
        msg = f"its heads have {weight.shape[1]} grades and not {_GRADES}"
        raise ValueError(msg)

    def run(tokens: Any) -> Any:
        first = encoder(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]).last_hidden_state[0, 0]
        return weight @ first + bias

    return run


def _labels(names: list[str], wanted: str | None, *, several: bool) -> tuple[str, tuple[int, ...], tuple[str, ...]]:
    if wanted is None and not several:
        msg = f"which labels are toxic? Name some with --toxic-labels, of {plain(', '.join(names))}."
        raise UsageError(msg)
    asked = names if wanted is None else [one.strip() for one in wanted.split(",")]
    unknown = [one for one in asked if one not in names]
    if unknown or len(set(asked)) < len(asked):
        msg = f"toxic_labels {plain(wanted)} must be different labels of {plain(', '.join(names))}."
        raise UsageError(msg)
    kind = "any of several" if several else "one of several"
    return kind, tuple(names.index(one) for one in asked), tuple(asked)
