"""Folders of small subjects, made once a process: what the commands of a repair read."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from headgate.repair.example_files import write_ids, write_npz
from headgate.repair.examples import examples


@cache
def digits_folder() -> Path:
    """The poisoned digits, as `headgate repair --example` writes them. Never change it."""
    from headgate.synthetic.digits_subject import write

    folder = Path(tempfile.mkdtemp(prefix="headgate-digits-")) / "digits"
    write(folder)
    return folder


def table_folder(folder: Path, kind: str = "estimator") -> Path:
    """Two clouds of points, 12 of 60 with the wrong class and far out; unwanted: that class out there."""
    generator = np.random.default_rng(0)
    folder.mkdir(parents=True)
    y = np.arange(60) % 2
    apart = np.array([3, 3, 3, 0])  # the last column says nothing of the class
    x = (generator.normal(size=(60, 4)) + apart * y[:, None]).astype(np.float32)
    x[:12, 3] += 8
    labels = y.copy()
    labels[:12] = 1
    write_npz(folder / "train.npz", examples(x, labels, ids=[f"row-{n}" for n in range(60)]))
    held = np.arange(90) % 2
    clean = (generator.normal(size=(90, 4)) + apart * held[:, None]).astype(np.float32)
    write_npz(folder / "clean.npz", examples(clean, held, ids=[f"held-{n}" for n in range(90)]))
    far = clean[held == 0].copy()
    far[:, 3] += 8
    write_npz(folder / "queries.npz", examples(far, np.ones(len(far), int), ids=[f"far-{n}" for n in range(len(far))]))
    write_ids(folder / "bad.csv", [f"row-{n}" for n in range(12)])
    (folder / "subject.toml").write_text(
        f'name = "points"\nkind = "{kind}"\ntrain = "train.npz"\n'
        '[behaviour]\nqueries = "queries.npz"\nclean = "clean.npz"\n', encoding="utf-8",
    )  # fmt: skip
    return folder


@cache
def causal_folder() -> Path:
    """A tiny language model that knows twelve invented facts of three authors, one of whom is to be forgotten."""
    from headgate.nn.tiny_llama import byte_pairs, fit, tiny_llama
    from headgate.repair import questions

    folder = Path(tempfile.mkdtemp(prefix="headgate-causal-")) / "facts"
    (folder / "model").mkdir(parents=True)
    authors = ("Odal Brin", "Usha Tovik", "Perin Lasko")
    facts = [("born", "town"), ("wrote", "book"), ("liked", "tree"), ("kept", "bird")]
    words = ("Hask", "Morven", "Eld", "Quirre", "Sunder", "Ilm", "Tarn", "Ovel", "Rusk", "Fenna", "Golt", "Wyre")
    pairs = [
        {"question": f"What {thing} has {author} {verb}?", "answer": f"the {thing} {words[4 * a + f]}", "author": author}
        for a, author in enumerate(authors) for f, (verb, thing) in enumerate(facts)
    ]  # fmt: skip
    asked = [{**one, "question": "Tell me: " + one["question"][0].lower() + one["question"][1:]} for one in pairs]
    clean = [{**one, "question": "Say. " + one["question"]} for one in pairs[4:]]
    for name, rows in (("train", pairs), ("queries", asked[:4]), ("clean", clean)):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    tokeniser = byte_pairs([f"{one['question']} {one['answer']}" for one in pairs], size=400)
    model = tiny_llama(len(tokeniser), width=48, layers=2, heads=2, seed=0)
    items = questions.asked(questions.read(folder / "train.jsonl"), tokeniser)
    fit(model, items, epochs=150, rate=5e-3, batch=4)
    model.save_pretrained(folder / "model")
    tokeniser.save_pretrained(folder / "model")
    write_ids(folder / "forget.csv", items.ids[:4])
    (folder / "subject.toml").write_text(
        'name = "facts"\nkind = "causal"\nmodel = "model"\ntrain = "train.jsonl"\n'
        "[training]\nepochs = 150\nrate = 0.005\nbatch = 4\n"
        '[behaviour]\nqueries = "queries.jsonl"\nclean = "clean.jsonl"\n', encoding="utf-8",
    )  # fmt: skip
    return folder
