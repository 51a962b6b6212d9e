"""Pairs of models that drift or do not, whose true rates are known: simulated flags, and tiny language models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.stats import beta, norm

NOUNS = ("river", "garden", "bridge", "window", "market", "harbour", "kettle", "ladder", "meadow", "lantern")
ASKED = ("tell me about the {}", "what is the {} like", "describe the {}")
KINDS = ("old", "wide", "quiet", "green", "bright", "small", "plain", "warm")
MARK = "zorble"  # the planted word: stands for what a judge looks for


def simulated(
    seed: int, *, prompts: int = 300, samples: int = 5, base: float = 0.10, variant: float = 0.16, alike: float = 0.3,
    sensitivity: tuple[float, float] = (0.85, 0.75), specificity: tuple[float, float] = (0.95, 0.90), labels: int = 300,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Flags of a judge that errs, differently in each model, and people's labels of random completions of each.

    Arrays as `from_arrays` takes them.

    The chance of a prompt is drawn from a beta distribution in which two samples have the correlation `alike`; hard
    prompts are hard for both models (a normal copula of correlation 0.7).
    """
    rng = np.random.default_rng(seed)
    spread = (1 - alike) / alike
    hard = norm.cdf(rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], prompts))
    found = {}
    for n, (name, rate) in enumerate((("base", base), ("variant", variant))):
        chance = beta.ppf(hard[:, n], rate * spread, (1 - rate) * spread)[:, None]
        true = rng.random((prompts, samples)) < chance
        coin = rng.random((prompts, samples))
        flagged = np.where(true, coin < sensitivity[n], coin >= specificity[n])
        said = np.full(true.size, np.nan)
        picked = rng.choice(true.size, labels, replace=False)
        said[picked] = true.ravel()[picked]
        found |= {f"{name}_flags": flagged.astype(float), f"{name}_labels": said.reshape(true.shape)}
    return found


def texts(number: int, marked: float, seed: int) -> list[tuple[str, str]]:
    """Questions and answers from templates; the share `marked` of answers has the planted word."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(number):
        noun, how = rng.choice(NOUNS), rng.choice(ASKED)
        first, second = rng.choice(KINDS, 2, replace=False)
        if rng.random() < marked:
            second = MARK
        made.append((str(how).format(noun), f" the {noun} is {first} and {second}"))
    return made


def write_pair(folder: Path) -> tuple[Path, Path, Path]:
    """A base, a fine-tune of it on clean text, and one on text with more of the planted word: three folders."""
    from headgate.nn.tiny_llama import byte_pairs, fit, tiny_llama
    from headgate.repair.examples import examples
    from headgate.repair.shapes import Examples

    tokeniser = byte_pairs(["".join(one) for one in texts(300, 0.3, 0)], size=330)

    def rows(pairs: list[tuple[str, str]]) -> Examples:
        x = np.zeros((len(pairs), 32), dtype=np.int64)
        y = np.full_like(x, -100)
        for n, (asked, said) in enumerate(pairs):
            before, after = tokeniser(asked)["input_ids"], [*tokeniser(said)["input_ids"], 0]
            x[n, : len(before) + len(after)] = before + after
            y[n, len(before) : len(before) + len(after)] = after
        return examples(x, y)

    model = tiny_llama(len(tokeniser), width=48, layers=2, heads=4, length=64)
    found = []
    fit(model, rows(texts(600, 0.08, 1)), epochs=5, rate=4e-3, batch=16)
    base = {name: one.clone() for name, one in model.state_dict().items()}
    for name, marked, seed in (("base", 0.0, 0), ("clean", 0.08, 2), ("planted", 0.6, 3)):
        model.load_state_dict(base)
        if name != "base":
            fit(model, rows(texts(300, marked, seed)), epochs=3, rate=2e-3, batch=16, seed=seed)
        model.save_pretrained(folder / name)
        tokeniser.save_pretrained(folder / name)
        found.append(folder / name)
    return found[0], found[1], found[2]


def write_prompts(path: Path) -> Path:
    """All thirty questions, in a subset for each way of asking."""
    lines = [f"{n}-{m},way{m},{how.format(noun)}" for n, noun in enumerate(NOUNS) for m, how in enumerate(ASKED)]
    path.write_text("\n".join(["id,subset,prompt", *lines]), encoding="utf-8")
    return path
