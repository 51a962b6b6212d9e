"""A judge that is a causal language model in a local folder: nothing is fetched, no code of the folder runs, greedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from headgate.debating.debate import Speak
from headgate.debating.verdicts import Ask, Reply, prompt
from headgate.model_folders import causal


def local_model(folder: Path, tokens: int) -> Speak:
    """The model in `folder` (safetensors), which answers with `tokens` tokens at most.

    A prompt that is longer than the model can read gets no answer. Raises `MissingExtra` without torch and
    transformers, and `BadInput` where it cannot be loaded.
    """
    tokenizer, model = causal(folder)
    longest = int(getattr(model.config, "max_position_embeddings", 0) or 2**30)

    def speak(ask: Ask) -> Reply:
        import torch

        # tokenizers take no lone surrogates
        asked = prompt(ask).encode("utf-8", "replace").decode()
        given = tokenizer(_as_chat(tokenizer, asked), return_tensors="pt", return_token_type_ids=False)
        length = int(given["input_ids"].shape[1])
        if length + tokens > longest:
            return Reply(None, tokens_in=length)
        with torch.inference_mode():
            made = model.generate(
                **given, do_sample=False, num_beams=1, max_new_tokens=tokens, pad_token_id=tokenizer.eos_token_id
            )
        new = made[0, length:]
        return Reply(tokenizer.decode(new, skip_special_tokens=True), tokens_in=length, tokens_out=len(new))

    return speak


def _as_chat(tokenizer: Any, text: str) -> str:
    if not tokenizer.chat_template:
        return text
    said = [{"role": "user", "content": text}]
    return str(tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True))
