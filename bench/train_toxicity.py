"""Train and measure the model that `screen toxicity` ships, src/headgate/data/toxicity.npz.

    OMP_NUM_THREADS=1 python bench/train_toxicity.py [--to FILE]

Trained on four fifths of Davidson (MIT), COLD train and dev (Apache-2.0), half of the real comments and a sample of the
templates of wiki_bias (Apache-2.0), and a fifth of the dataset descriptions (CDLA-Permissive-2.0, as not toxic). The
file keeps numbers alone: no word, and of each text 32 bits of its sha256.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from toxicity_data import Rows, held_out, topics, training

from headgate.screen.toxicity import SHIPPED, screen
from headgate.shapes import Batch, Errors
from headgate.texts.linear_text import Model
from headgate.texts.linear_text_file import prefixes, save
from headgate.texts.toxicity_model import AXES, TOXIC, mentions, train_toxicity

GRAMS = ("w1", "w2", "c3", "c4")
# Latin with its extensions, and Han
LETTERS = [[0x41, 0x24F], [0x1E00, 0x1EFF], [0x3400, 0x4DBF], [0x4E00, 0x9FFF], [0xF900, 0xFAFF], [0x20000, 0x3FFFF]]


def ids(texts: list[str]) -> list[str]:
    return [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]


def trained(sources: dict[str, Rows]) -> Model:
    texts = [text for rows in sources.values() for text in rows.texts]
    model = train_toxicity(
        texts,
        np.concatenate([rows.toxic for rows in sources.values()]),
        sources=[name for name, rows in sources.items() for _ in rows.texts],
        topics=np.concatenate([topics(name, rows, len(AXES)) for name, rows in sources.items()]),
        grams=GRAMS,
    )
    facts = {"trained_on": {name: len(rows.texts) for name, rows in sources.items()}, "letters": LETTERS}
    return replace(model, seen=np.unique(prefixes(ids(texts))), facts=facts)


def errors(path: Path) -> list[Errors]:
    """How the screener of the model at `path` does on held-out rows, all sources together; an axis by weak labels.

    Copies of training texts are left out.
    """
    screener, parts = screen(model=path), held_out()
    texts = [text for rows in parts.values() for text in rows.texts]
    toxic = np.concatenate([rows.toxic for rows in parts.values()])
    about = np.concatenate([topics(name, rows, len(AXES)) for name, rows in parts.items()])
    about = np.where(np.isnan(about), mentions(texts), about).astype(bool) & toxic[:, None]
    scores = screener.score(Batch(ids(texts), texts))
    named = "held-out rows of Davidson, COLD and wiki_bias"
    out = []
    for axis, flagged, truth in [
        ("", scores.score, toxic),
        (TOXIC, scores.axes[:, 0], toxic),
        *((axis, scores.axes[:, place], about[:, place - 1]) for place, axis in enumerate(AXES, start=1)),
    ]:
        told = ~np.isnan(flagged) & (scores.axes[:, -1] == 0)
        over, true = flagged[told] >= screener.threshold, truth[told]
        out.append(Errors(axis, int((over & true).sum()), int(true.sum()), int((~over & ~true).sum()),
                          int((~true).sum()), named + (", weak labels" if axis in AXES else "")))  # fmt: skip
    return out


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--to", type=Path, default=SHIPPED)
    path = asked.parse_args().to
    model = trained(training())
    save(model, path)
    measured = errors(path)
    save(replace(model, facts={**model.facts, "errors": [asdict(one) for one in measured]}), path)
    print(f"{path.name}: {path.stat().st_size:,} bytes, trained on {model.facts['trained_on']}")
    for one in measured:
        print(f"{one.axis or 'headline'}: {one.hits} of {one.positives} found, {one.passed} of {one.negatives} passed")


if __name__ == "__main__":
    main()
