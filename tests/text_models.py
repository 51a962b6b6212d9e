"""Small linear text models with weights set by hand, and texts of two invented kinds to train on."""

from __future__ import annotations

import numpy as np

from headgate.texts import ngrams
from headgate.texts.linear_text import Model

BITS = 12


def place(word: str) -> int:
    """Where the word stands in a table of 2^BITS, by its definition."""
    hashes, _ = ngrams.word_ngrams(ngrams.words(*ngrams.code_points([word])), 1)
    return int(ngrams.slots(hashes, BITS, salt=1)[0])


def model(words: dict[str, list[int]], labels: tuple[str, ...], scale: float = 1.0) -> Model:
    """A model of single words: `words` gives the weight of each for each label."""
    weights = np.zeros((len(labels), 2**BITS), np.int16)
    for word, values in words.items():
        weights[:, place(word)] = values
    zero = np.zeros(len(labels), np.float32)
    return Model(labels, ("w1",), weights, zero + np.float32(scale), zero, zero, np.zeros(0, np.uint32))


def invented(number: int, seed: int = 0) -> tuple[list[str], list[bool]]:
    """Sentences of neutral words; every second one has a stand-in for an insult and is toxic."""
    rng = np.random.default_rng(seed)
    words = [f"word{n}" for n in range(60)]
    toxic = [n % 2 == 1 for n in range(number)]
    texts = [
        " ".join([*rng.choice(words, 6), str(rng.choice(["blorf", "grumpish"])) if bad else "kindly"]) for bad in toxic
    ]
    return texts, toxic
