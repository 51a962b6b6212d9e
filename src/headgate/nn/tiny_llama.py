"""A language model small enough to be trained from nothing in a minute on one core: byte pairs and a tiny Llama.

It knows only the texts it was trained on, so that what it says after a removal can be told from what it ever knew.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from headgate.nn.causal import mean_losses
from headgate.nn.training import train
from headgate.repair.shapes import Checkpoint, Examples

END = "</s>"


def byte_pairs(texts: Iterable[str], *, size: int = 1_500) -> PreTrainedTokenizerFast:
    """A tokeniser of at most `size` byte pairs, the 256 bytes among them, learned from `texts`."""
    tokeniser = Tokenizer(models.BPE())
    tokeniser.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokeniser.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=[END], initial_alphabet=alphabet, show_progress=False
    )  # fmt: skip
    tokeniser.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokeniser, eos_token=END, pad_token=END
    )


def tiny_llama(
    vocabulary: int, *, width: int = 128, layers: int = 3, heads: int = 4, length: int = 512, seed: int = 0
) -> LlamaForCausalLM:
    """A Llama of random weights drawn from `seed`: 0.68 million at a `vocabulary` of 1,500, embeddings shared."""
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=2 * width, num_hidden_layers=layers,
        num_attention_heads=heads, max_position_embeddings=length, tie_word_embeddings=True, use_cache=False,
        bos_token_id=None, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    model.train(False)
    return model


def fit(
    model: torch.nn.Module, items: Examples, *, epochs: int = 26, rate: float = 2e-3, batch: int = 6, seed: int = 0,
    keep: tuple[int, ...] = (),
) -> tuple[Checkpoint, ...]:  # fmt: skip
    """Train `model` in place on the answers of `items`; copies from the epochs in `keep`."""
    return train(model, items, mean_losses, epochs=epochs, rate=rate, batch=batch, clip=1.0, seed=seed, keep=keep)
