"""Images, and texts where the model takes them, as vectors by an encoder from a local folder; nothing is fetched.

Any folder that transformers' `AutoModel` loads from safetensors: CLIP-like models with `get_image_features`, or plain
vision models, whose pooled output (or first token) is taken. Code in the folder is never run. Images go through one at
a time on one thread: in a batch the rounding of one image depends on how many others there are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from headgate import model_folders
from headgate.errors import BadInput, UsageError
from headgate.pictures.decoding import Pixels
from headgate.shapes import Floats

_MEAN, _SPREAD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # CLIP's
_SIZE = 224
_NOTES = 1_000_000  # bytes of a configuration file


@dataclass(frozen=True, slots=True)
class Encoder:
    """`image` gives the vector (d, float32, any length) of uint8 RGB pixels; `text` likewise, None without a text side.

    `size` is the side of the square that it sees, `digest` the sha256 of its weights and configuration.
    """

    image: Callable[[Pixels], Floats]
    text: Callable[[str], Floats] | None
    size: int
    digest: str


def load(folder: Path) -> Encoder:
    """The encoder in `folder`. Raises `UsageError` where it holds no model in safetensors that can be loaded,
    and `BadInput` where loading it could run code.
    """
    if not any(folder.glob("*.safetensors")) or not (folder / "config.json").is_file():
        msg = f"{folder} holds no config.json with *.safetensors. Name the folder of a model in safetensors."
        raise UsageError(msg)
    model_folders.checked(folder)
    import torch
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(1)
    try:
        model = AutoModel.from_pretrained(folder, **model_folders.WEIGHTS)
    except Exception as error:  # transformers raises nearly anything for a folder it cannot use
        msg = f"{folder} cannot be loaded ({type(error).__name__}). Give a model that transformers loads by AutoModel."
        raise UsageError(msg) from error
    model = model.eval().to(torch.float32)
    size, mean, spread = _preparation(folder, model.config)

    def image(pixels: Pixels) -> Floats:
        with torch.inference_mode():
            return _vector(_features(model, torch.from_numpy(prepared(pixels, size, mean, spread)[None])))

    return Encoder(image, _text_side(folder, model), size, _digest(folder))


def prepared(pixels: Pixels, size: int, mean: Sequence[float] = _MEAN, spread: Sequence[float] = _SPREAD) -> Floats:
    """Pixels (h x w x 3) as 3 x size x size: the shorter side scaled to `size`, the middle cut out, normalised."""
    from PIL import Image

    height, width = pixels.shape[:2]
    wide, high = (max(size, size * side // min(height, width)) for side in (width, height))
    left, top = (wide - size) // 2, (high - size) // 2
    # Only what is cut out is scaled, so that a long thin picture does not become a huge one.
    box = (left * width / wide, top * height / high, (left + size) * width / wide, (top + size) * height / high)
    square = Image.fromarray(pixels).resize((size, size), Image.Resampling.BICUBIC, box=box)
    values = np.asarray(square, dtype=np.float32) / 255
    made = (values - np.asarray(mean, np.float32)) / np.asarray(spread, np.float32)
    return np.ascontiguousarray(made.transpose(2, 0, 1), dtype=np.float32)


def _preparation(folder: Path, config: Any) -> tuple[int, Sequence[float], Sequence[float]]:
    """Side, mean and spread by preprocessor_config.json, or CLIP's; the side of the model itself goes first."""
    file = folder / "preprocessor_config.json"
    said: dict[str, Any] = {}
    if file.is_file() and file.stat().st_size <= _NOTES:
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            msg = f"{file} is no JSON ({type(error).__name__}). Give the model's folder as published."
            raise BadInput(msg) from error
    size = getattr(getattr(config, "vision_config", config), "image_size", None) or _SIZE
    return int(size), said.get("image_mean") or _MEAN, said.get("image_std") or _SPREAD


def _features(model: Any, pixels: Any) -> Any:
    if hasattr(model, "get_image_features"):
        return model.get_image_features(pixel_values=pixels)
    return model(pixel_values=pixels)


def _vector(made: Any) -> Floats:
    """The one row of a tensor, or of a model's output: its pooled output, else its first token."""
    if getattr(made, "pooler_output", None) is not None:
        made = made.pooler_output
    elif hasattr(made, "last_hidden_state"):
        made = made.last_hidden_state[:, 0]
    return np.asarray(made[0].reshape(-1).numpy(), dtype=np.float32)


def _text_side(folder: Path, model: Any) -> Callable[[str], Floats] | None:
    if not hasattr(model, "get_text_features") or not (folder / "tokenizer_config.json").is_file():
        return None

    def text(words: str) -> Floats:
        import torch
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(folder, **model_folders.CLOSED)
        tokens = tokenizer(words, return_tensors="pt", truncation=True)
        with torch.inference_mode():
            return _vector(model.get_text_features(**tokens))

    return text


def _digest(folder: Path) -> str:
    made = hashlib.sha256()
    for file in sorted([*folder.glob("*.safetensors"), folder / "config.json"]):
        with file.open("rb") as stream:
            made.update(hashlib.file_digest(stream, "sha256").digest())
    return made.hexdigest()
