"""Files of hashed linear text models: a .npz of plain arrays, which runs nothing when it is loaded.

With the weights stands which texts a model was trained on, as the first 32 bits of their sha256: enough to tell that
a data set overlaps (one text in 40,000 seems to by chance, for a model of 100,000), not enough to give a text away
that nobody has.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from headgate.errors import BadInput
from headgate.plain import plain
from headgate.texts.linear_text import Model

FORMAT = "headgate linear text 1"
_MOST_BITS, _MOST_OUTPUTS = 24, 64
_LARGEST = 2**28  # bytes that a model file may unpack to
_HIGHEST = 1e6  # of a scale, bias or offset: sums stay far from the largest float
_KINDS = {"weights": "i", "scale": "f", "bias": "f", "offset": "f", "seen": "u"}


def save(model: Model, path: Path) -> None:
    """Write `model` to the .npz at `path`: arrays and one JSON text, nothing that runs when loaded."""
    about = {"format": FORMAT, "labels": model.labels, "grams": model.grams, "facts": model.facts}
    arrays = {name: getattr(model, name) for name in ("weights", "scale", "bias", "offset", "seen")}
    # seen grows evenly: its steps pack better than its values
    arrays["seen"] = np.diff(model.seen, prepend=np.uint32(0))
    text = json.dumps(about, ensure_ascii=True, sort_keys=True)
    np.savez_compressed(path, about=np.frombuffer(text.encode(), np.uint8), **arrays)


def load(path: Path) -> Model:
    """The model at `path`. Raises `BadInput` where it is none; nothing in the file is run or unpickled."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST:
                msg = "it unpacks to too much"
                raise ValueError(msg)
        with np.load(path, allow_pickle=False) as file:
            model = _checked({name: file[name] for name in ("about", *_KINDS)})
    except OSError as error:
        msg = (
            f"The model {plain(path)} cannot be read ({plain(error.strerror or error)}). Give a .npz made by Headgate."
        )
        raise BadInput(msg) from None
    except Exception as error:  # zipfile, its decompressors and numpy raise nearly anything for a forged file
        msg = (
            f"{plain(path)} is no model of Headgate ({plain(error, 80)}). Give a .npz written by linear_text_file.save."
        )
        raise BadInput(msg) from None
    return model


def _checked(given: dict[str, Any]) -> Model:
    about = json.loads(given["about"].tobytes())
    if about["format"] != FORMAT:
        msg = f"format {about['format']!r}"
        raise ValueError(msg)
    for name, kind in _KINDS.items():
        if not isinstance(given[name], np.ndarray) or given[name].dtype.kind != kind:
            msg = f"{name} of another kind"
            raise ValueError(msg)
    labels, grams = tuple(map(str, about["labels"])), tuple(map(str, about["grams"]))
    weights, size = given["weights"], len(labels)
    fits = (
        weights.dtype in (np.int8, np.int16)
        and weights.ndim == 2
        and weights.shape[0] == size
        and 0 < size <= _MOST_OUTPUTS
    )
    if not fits or weights.shape[1] not in {2**bits for bits in range(1, _MOST_BITS + 1)}:
        msg = f"weights of {weights.dtype} {weights.shape}"
        raise ValueError(msg)
    if (
        not grams
        or len(set(grams)) < len(grams)
        or any(gram[:1] not in {"w", "c"} or gram[1:] not in set("12345678") for gram in grams)
    ):
        msg = f"n-grams {grams[:20]}"
        raise ValueError(msg)
    three = [np.asarray(given[name], np.float32) for name in ("scale", "bias", "offset")]
    if any(one.shape != (size,) or not (np.abs(one) < _HIGHEST).all() for one in three) or given["seen"].ndim != 1:
        msg = "scale, bias, offset or seen"
        raise ValueError(msg)
    seen = np.cumsum(given["seen"].astype(np.uint32), dtype=np.uint32)
    scale, bias, offset = three
    return Model(labels, grams, weights.astype(np.int16), scale, bias, offset, seen, dict(about["facts"]))


def prefixes(ids: Sequence[str]) -> npt.NDArray[np.uint32]:
    """The first 32 bits of each of `ids`, which are sha256 in hex, in their order."""
    return np.fromiter((int(one[:8], 16) for one in ids), np.uint32, len(ids))


def was_seen(model: Model, ids: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Whether `model` was trained on the text of each of `ids` (sha256 in hex), as far as 32 bits of it tell."""
    asked = prefixes(ids)
    if not len(model.seen):
        return np.zeros(len(asked), bool)
    place = np.minimum(np.searchsorted(model.seen, asked), len(model.seen) - 1)
    return np.asarray(model.seen[place] == asked, np.bool_)
