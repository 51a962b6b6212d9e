"""What people said of some of the completions, in the order of the completions."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import numpy as np

from headgate import frames
from headgate.drift.completions import Completions
from headgate.drift.pairs import Floats
from headgate.errors import BadInput
from headgate.plain import plain


def read(path: Path, base: Completions, variant: Completions) -> tuple[Floats, Floats]:
    """Labels of the completions of `base` and of `variant`: 1 yes, 0 no, NaN where nobody looked.

    The table has the columns id (of the prompt), model (base or variant), label (yes or no: whether it is what the
    judge looks for) and, where a prompt has several completions, sample. Raises `BadInput` where a row fits no
    completion, or one is labelled twice.
    """
    table = frames.read(path)
    ids, models, said = table.words("id").tolist(), table.words("model").tolist(), table.flags("label").tolist()
    samples = table.words("sample").tolist() if "sample" in table.columns else ["0"] * table.rows
    given = {"base": base, "variant": variant}
    found = {model: np.full(len(one.ids), np.nan) for model, one in given.items()}
    places = {
        model: {key: n for n, key in enumerate(zip(one.ids, one.samples, strict=True))} for model, one in given.items()
    }
    for row, (name, sample, model, label) in enumerate(zip(ids, samples, models, said, strict=True)):
        if model not in given:
            _bad(path, row, f"the model {plain(model, 40)!r} is neither base nor variant")
        place = places[model].get((plain(name, 200), plain(sample, 200)))
        if place is None:
            _bad(path, row, f"{model} has no completion of sample {plain(sample, 40)!r} of {plain(name, 60)!r}")
        if found[model][place] == found[model][place]:
            _bad(path, row, f"the completion of {plain(name, 60)!r} by {model} is labelled twice")
        found[model][place] = label
    return found["base"], found["variant"]


def _bad(path: Path, row: int, what: str) -> NoReturn:
    msg = f"{plain(path)}, row {row + 1}: {what}. Correct or leave out the row."
    raise BadInput(msg)
