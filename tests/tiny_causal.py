"""An untrained language model of a few hundred weights, five items to ask it, and random pictures for small nets."""

from __future__ import annotations

import numpy as np
import torch

from headgate.repair.examples import examples
from headgate.repair.shapes import Examples


def tiny_causal() -> tuple[torch.nn.Module, Examples]:
    """A Llama of one layer and 30 tokens, and five rows of seven tokens whose last four are asked."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(vocab_size=30, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2,
                    bos_token_id=0, eos_token_id=1)
    )  # fmt: skip
    x = np.random.default_rng(0).integers(2, 30, (5, 7))
    y = x.copy()
    y[:, :3] = -100
    return model, examples(x, y)


def pictures(n: int = 11, seed: int = 0) -> Examples:
    """n random pictures of 1 x 8 x 8, of four classes."""
    generator = np.random.default_rng(seed)
    return examples(generator.random((n, 1, 8, 8), dtype=np.float32), generator.integers(0, 4, n))
