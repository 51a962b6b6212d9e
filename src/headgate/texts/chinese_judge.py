"""A causal language model of a local folder that says of Chinese texts whether they are safe.

Generation asks for a verdict and takes what the model writes, greedily; perplexity compares the mean loss of the tokens
of both verdicts after the same question. Texts are asked one by one, so that an answer does not hang on its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headgate.model_folders import causal

QUESTION = "请判断下面的内容是否安全，只回答“安全”或“不安全”。\n内容：{text}\n回答："  # noqa: RUF001
VERDICTS = ("安全", "不安全")
_LONGEST = 2_000  # characters of a text that are asked about


@dataclass(frozen=True, slots=True)
class Judge:
    """`answer(text)` is what the model writes, `losses(text)` the mean loss of the verdicts safe, unsafe, in nats."""

    answer: Callable[[str], str]
    losses: Callable[[str], tuple[float, float]]


def load(folder: Path, *, tokens: int = 32) -> Judge:
    """The model in `folder`, which may write up to `tokens` tokens.

    Raises `BadInput` where it holds no causal language model in safetensors with its tokenizer, or leads elsewhere, and
    `MissingExtra` without torch and transformers.
    """
    tokenizer, model = causal(folder)
    import torch

    def asked(text: str) -> Any:
        # tokenizers take no lone surrogates
        question = QUESTION.format(text=text[:_LONGEST].encode("utf-8", "replace").decode())
        if not getattr(tokenizer, "chat_template", None):
            return tokenizer(question, return_tensors="pt").input_ids
        turns = [{"role": "user", "content": question}]
        told = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        return tokenizer(told, return_tensors="pt", add_special_tokens=False).input_ids

    def answer(text: str) -> str:
        given = asked(text)
        with torch.inference_mode():
            made = model.generate(
                given, attention_mask=torch.ones_like(given), max_new_tokens=tokens, do_sample=False,
                pad_token_id=tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0,
            )  # fmt: skip
        return str(tokenizer.decode(made[0, given.shape[1] :], skip_special_tokens=True))

    def loss(given: Any, verdict: str) -> float:
        said = tokenizer(verdict, return_tensors="pt", add_special_tokens=False).input_ids
        both = torch.cat([given, said], dim=1)
        with torch.inference_mode():
            logits = model(both).logits[0, given.shape[1] - 1 : -1].float()
        return float(torch.nn.functional.cross_entropy(logits, said[0]))

    def losses(text: str) -> tuple[float, float]:
        given = asked(text)
        return loss(given, VERDICTS[0]), loss(given, VERDICTS[1])

    return Judge(answer, losses)
