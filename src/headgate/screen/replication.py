"""Copies: exact and near duplicates inside a dataset, and outputs of a generator that copy what it was trained on.

Reads: texts (MinHash of runs of five characters) or images (perceptual hashes of the whole, its mirror image and 34
parts); with `against` a second dataset, or a file of fingerprints that `hashes` wrote for somebody else.
Finds: for each item its likeness to the nearest other one (Jaccard similarity of texts, share of equal bits of images;
0 where none is near), the size of its cluster, and with `against` its likeness to the nearest item there. Of the
dataset: the share with a copy, exact or near, and what keeping one of each would remove. With `against`: the share of
outputs that replicate a training item, with an interval and beside what chance allows, and whether training items
that are duplicated are copied more often.
Cannot see: paraphrases and translations; a picture redrawn, turned, or cropped to less than about two thirds; what
was copied from a part of a long text; copies of style. That an output is like a training item does not show that
it was copied from there when the world is full of such items: give a `control` of real items nobody trained on.
Reference: "Replication in Visual Diffusion Models: A Survey and Outlook" (arXiv 2408.00001): unveiling copies, and
duplicates in the training data as a cause.
Checked against: exhaustive comparison and datasketch (texts), held-out pictures; see docs/methods/replication.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from headgate.copies import fingerprints, minhash
from headgate.copies.fingerprints import Prints
from headgate.copies.near_copies import BASE, Across, Inside, across, calibrated, inside, knows_sets, same
from headgate.copies.near_texts import Similar
from headgate.errors import UsageError
from headgate.screen_findings import share
from headgate.shapes import Columns, Finding, Items, Scores, Screened

READS = "pairs"
RISKS = ("2.1", "6.3")

_PART = 5_000
_ENOUGH = 100  # training items from which the rate of chance matches comes to what was asked (30 digits: 2.6 %)
_SURE = 0.01  # p-value from which outputs are said to replicate


def screen(
    items: Items,
    *,
    against: Path | None = None,
    role: Literal["outputs", "training"] = "outputs",
    control: Path | None = None,
    by: Literal["either", "texts", "images"] = "either",
    similarity: float | None = None,
    false_match: float = 0.001,
    parts: bool = True,
    hashes: Path | None = None,
    seed: int = 0,
) -> Screened:
    """Scores axes inside, across and cluster for each item, then findings about the dataset.

    `against` is a second dataset, or a file of fingerprints, to compare with; `role` says what `against` holds:
    outputs of a model that was trained on DATA, or the training items of one whose outputs are DATA; `control` is a
    dataset of real items that no model was trained on, to compare outputs with; `by` says whether texts or images are
    compared, by default images where there are any; `similarity` is the likeness from 0 to 1 from which two items are
    near copies, by default set from unrelated pairs; `false_match` is the chance allowed that an unrelated item
    counts as a copy of any; `parts` compares images with parts of others, which finds crops; `hashes` is a file
    (.npz) to write the fingerprints of DATA to; `seed` draws the unrelated pairs.
    """
    _check(similarity, false_match, hashes, against, control)
    how = minhash.plan(similarity or BASE)
    ours = fingerprints.take(items.batches(), items.scratch / "ours", how, by=by, parts=parts)
    if hashes is not None:
        fingerprints.save(ours, hashes)
    among = len(ours.told)
    limit = similarity or calibrated(ours, among, false_match, seed)
    near = inside(ours, limit)
    if against is None:
        findings = _of_inside(ours, near, limit, headline="")
        return Screened(_parts(ours, near, None), ("inside", "across", "cluster"), findings)

    kind: Literal["texts", "images"] = "texts" if ours.kind == "texts" else "images"
    other = _prints(against, items.scratch / "against", how, kind, parts)
    training, outputs = (ours, other) if role == "outputs" else (other, ours)
    unrelated = training if knows_sets(training) else outputs
    known = limit if unrelated is training is ours else None  # which is then asked for the same items
    match = similarity or known or calibrated(unrelated, len(training.told), false_match, seed)
    found = across(training, outputs, match)
    chance = None
    if control is not None:
        unseen = _prints(control, items.scratch / "control", how, kind, parts)
        chance = int((across(training, unseen, match).best > 0).sum()), int(unseen.told.sum())
    findings = [
        *_of_outputs(outputs, found, match, false_match, chance, int(training.told.sum())),
        *_of_inside(ours, near, limit, headline="inside"),
    ]
    if role == "outputs":
        findings += _of_cause(ours, near, found)
    best = found.copied if role == "outputs" else found.best
    return Screened(_parts(ours, near, best), ("inside", "across", "cluster"), findings)


def _check(similarity: float | None, false_match: float, hashes: Path | None, *read: Path | None) -> None:
    if similarity is not None and not 0.3 <= similarity <= 1:
        msg = f"--similarity {similarity} is not from 0.3 to 1. Leave it out to have it set from unrelated pairs."
        raise UsageError(msg)
    if not 0 < false_match < 0.5:
        msg = f"--false-match {false_match} is not between 0 and 0.5. The usual is 0.001."
        raise UsageError(msg)
    if hashes is not None and hashes.suffix != ".npz":
        msg = f"--hashes {hashes.name} does not end in .npz. Give it a name that does."
        raise UsageError(msg)
    missing = next((path for path in read if path is not None and not path.exists()), None)
    if missing is not None:
        msg = f"nothing at {missing}. Name a dataset, or a file of fingerprints."
        raise UsageError(msg)


def _prints(path: Path, folder: Path, how: minhash.Plan, by: Literal["texts", "images"], parts: bool) -> Prints:
    """The fingerprints of the dataset at `path`, or those it holds."""
    if fingerprints.is_file_of_prints(path):
        return fingerprints.load(path)
    from headgate.reading import find, read

    columns = Columns("pairs")
    return fingerprints.take(read.every(find.find(path, columns), columns, []), folder, how, by=by, parts=parts)


def _parts(prints: Prints, near: Inside, best: Similar | None) -> Iterator[tuple[Sequence[str], Scores]]:
    assert prints.ids is not None
    for begin in range(0, len(prints.told), _PART):
        some = slice(begin, begin + _PART)
        told = prints.told[some]
        elsewhere = best[some] if best is not None else np.full(len(told), np.nan, np.float32)
        axes = np.column_stack([near.best[some], elsewhere, near.size[some]]).astype(np.float32)
        axes[~told] = np.nan
        words = [_words(*row) for row in zip(told.tolist(), *axes.T.tolist(), strict=True)]
        ids = [bytes(one).hex() for one in np.asarray(prints.ids[some])]
        yield ids, Scores(axes[:, 0] if best is None else axes[:, 1], axes, words)


def _words(told: bool, inside: float, across: float, size: float) -> str | None:
    if not told:
        return "empty, plain or not to be decoded"
    said = [f"one of {size:.0f} near copies, likeness {inside:.2f}"] if inside > 0 else []
    said += [f"likeness {across:.2f} to one of the other dataset"] if across > 0 else []
    return "; ".join(said) or None


def _of_inside(prints: Prints, near: Inside, limit: float, headline: str) -> list[Finding]:
    told, n = prints.told, int(prints.told.sum())
    # that two items have no text does not make them equal
    sure = told if prints.kind == "texts" else np.ones(len(told), bool)
    exact, copied = same(prints) & sure, (near.best > 0) & told
    kept = len(np.unique(near.cluster[told]))
    largest = int(near.size[told].max(initial=0))
    left = f"; {len(told) - n:,} empty, plain or not decoded" if n < len(told) else ""
    return [
        share(
            headline,
            int(copied.sum()),
            n,
            f"{copied.sum():,} of {n:,} {prints.kind} are near another, likeness >= {limit:.2f}{left}",
        ),
        share(
            "exact",
            int(exact.sum()),
            int(sure.sum()),
            f"{exact.sum():,} of {sure.sum():,} are equal to another to the byte",
        ),
        share("surplus", n - kept, n, f"{n - kept:,} of {n:,} would go if one of each cluster were kept"),
        Finding("largest", float(largest), None, None, n, f"the largest cluster has {largest:,} items"),
    ]


def _of_outputs(
    outputs: Prints, found: Across, limit: float, rate: float, chance: tuple[int, int] | None, among: int
) -> list[Finding]:
    from scipy.stats import binomtest, fisher_exact

    n, copied = int(outputs.told.sum()), int((found.best > 0).sum())
    said = f"{copied:,} of {n:,} outputs are like a training item, likeness >= {limit:.2f}"
    headline = share("", copied, n, f"{said}; chance allows {rate:.2%}")
    if not n:
        return [headline]
    if chance is None and among < _ENOUGH:
        said = f"{among:,} training items are too few to say what chance allows: give held-out ones with --control"
        return [headline, Finding("replicates", None, None, None, n, said)]
    if chance is None:
        p = float(binomtest(copied, n, rate, alternative="greater").pvalue)
        beside = f"beside {rate:.2%} by chance: p = {p:.2g}"
        more = []
    else:
        hits, of = chance
        p = float(fisher_exact(np.array([[copied, n - copied], [hits, of - hits]]), alternative="greater").pvalue)
        beside = f"beside {hits:,} of {of:,} control items: p = {p:.2g}"
        more = [
            share("control", hits, of, f"{hits:,} of {of:,} items that nobody trained on are as like a training item")
        ]
    return [
        headline,
        Finding("replicates", float(p < _SURE), None, None, n, f"{copied:,} of {n:,} outputs {beside}"),
        *more,
    ]


def _of_cause(prints: Prints, near: Inside, found: Across) -> list[Finding]:
    """How often training items are copied that have duplicates in the training data, and those that have none."""
    _, cluster = np.unique(near.cluster[prints.told], return_inverse=True)
    hit = np.bincount(cluster, found.copied[prints.told] > 0) > 0
    many = np.bincount(cluster) > 1
    findings = []
    for axis, group, name in (("copied_duplicated", many, "with duplicates"), ("copied_single", ~many, "without")):
        k, n = int(hit[group].sum()), int(group.sum())
        findings.append(share(axis, k, n, f"{k:,} of {n:,} different training items {name} are copied by an output"))
    return findings
