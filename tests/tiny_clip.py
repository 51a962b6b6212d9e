"""A CLIP with random weights that is built where it is needed: of the right form, and good for nothing."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

SIDE, WIDTH = 32, 16
_TOWER = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}


def save_clip(folder: Path) -> Path:
    """The model, its preprocessor and a tokenizer of four words in `folder`."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import CLIPConfig, CLIPModel, PreTrainedTokenizerFast
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    torch.manual_seed(0)
    text: dict[str, Any] = {
        **_TOWER,
        "vocab_size": 8,
        "max_position_embeddings": 8,
        "bos_token_id": 0,
        "eos_token_id": 1,
    }
    vision: dict[str, Any] = {**_TOWER, "image_size": SIDE, "patch_size": 8}
    CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=WIDTH)).save_pretrained(folder)
    CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}).save_pretrained(
        folder
    )
    words = Tokenizer(models.WordLevel({"<s>": 0, "</s>": 1, "fine": 2, "bad": 3}, unk_token="<s>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, model_input_names=["input_ids", "attention_mask"]).save_pretrained(
        folder
    )
    return folder


def png(pixels: np.ndarray) -> bytes:
    """Pixels as the bytes of a PNG file."""
    from PIL import Image

    made = io.BytesIO()
    Image.fromarray(pixels).save(made, "PNG")
    return made.getvalue()


def noise(seed: int, *, bright: int = 0, high: int = 40, wide: int = 60) -> np.ndarray:
    """Random pixels; `bright` is added to each."""
    made = np.random.default_rng(seed).integers(0, 120, (high, wide, 3)) + bright
    return made.clip(0, 255).astype(np.uint8)
