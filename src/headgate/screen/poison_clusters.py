"""Poison: a few near-identical items whose caption has nothing to do with what is around them.

Reads: pairs of a picture and a caption, or of a text and a label; features are vectors given with the data, else
low frequencies of the pictures, else words of the texts.
Finds: groups of near-identical items (`fewest` to `most` of them) and, for each, how badly its caption fits those of
its nearest neighbours beside how well usual items fit theirs, and its influence: how much better the neighbourhood
explains itself without the group. An item's score is that of its worst group, 0 in none; 0.45 on counts.
Cannot see: poisons that are not alike in the features it has (each other picture, or a change of style that only a
better encoder sees); captions that share no words with anybody's, where no caption fits its neighbours and nothing
stands out; groups larger than `most`; who put them there. A group found is a place to look, no proof of intent.
Reference: "On the Proactive Generation of Unsafe Images From Text-To-Image Models Using Benign Prompts" (USENIX
Security 2025, arXiv 2310.16613): five poisoned pairs suffice.
Checked against: digits with five identical images under a wrong word; see docs/methods/poison_clusters.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from headgate.copies import pair_features, tight_groups
from headgate.copies.pair_features import PairFeatures
from headgate.copies.tight_groups import Group
from headgate.errors import UsageError
from headgate.screen_findings import share
from headgate.shapes import Finding, Items, Scores, Screened

READS = "pairs"
RISKS = ("1.3", "4.3")

COUNTS = 0.45
_AXES = ("mismatch", "influence", "size")
_PART = 5_000
_MOST_GROUPS = 2_000


def screen(
    items: Items,
    *,
    embeddings: Path | None = None,
    embedding: str | None = None,
    caption: str | None = None,
    fewest: int = 3,
    most: int = 100,
    false_match: float = 0.001,
    seed: int = 0,
) -> Screened:
    """Scores axes mismatch, influence and size of each item's worst group, then findings about the dataset.

    `embeddings` is a .npy file with one vector for each item, in their order; `embedding` is the column that holds
    such vectors; `caption` is the column of captions or labels, by default the text that goes with an image;
    `fewest` is how many near-identical items make a group; `most` is the size from which a group is no longer few;
    `false_match` is the chance allowed that an unrelated item counts as near-identical to any other; `seed` draws the
    pairs and items that say what is usual.
    """
    if not 2 <= fewest <= most or not 0 < false_match < 0.5 or (embeddings and embedding):
        msg = (
            f"--fewest {fewest} --most {most} --false-match {false_match}: give 2 <= fewest <= most, a chance between "
            "0 and 0.5, and vectors by --embeddings or --embedding."
        )
        raise UsageError(msg)
    features = pair_features.take(items.batches(), embeddings=embeddings, embedding=embedding, caption=caption)
    found = tight_groups.groups(features, false_match_rate=false_match, fewest=fewest, most=most, seed=seed)
    left = max(0, len(found) - _MOST_GROUPS)
    found = sorted(found, key=len)[-_MOST_GROUPS:] if left else found
    judged = tight_groups.judged(features, found, seed)
    return Screened(_parts(features, judged), _AXES, _findings(features, judged, left))


def _parts(features: PairFeatures, judged: Sequence[Group]) -> Iterator[tuple[Sequence[str], Scores]]:
    n = len(features.ids)
    score, axes, rank = np.zeros(n, np.float32), np.zeros((n, len(_AXES)), np.float32), np.zeros(n, np.int64)
    for place, group in reversed(list(enumerate(judged, 1))):  # the worst is written last
        score[group.members], rank[group.members] = group.score, place
        axes[group.members] = group.mismatch, group.influence, len(group.members)
    score[~features.told], axes[~features.told] = np.nan, np.nan
    for begin in range(0, n, _PART):
        some = slice(begin, begin + _PART)
        words = [
            f"group {place} of {len(judged)}: {size:.0f} alike, mismatch {mismatch:.2f}, influence {loud:.2f}"
            if place
            else None
            for place, (mismatch, loud, size) in zip(rank[some].tolist(), axes[some].tolist(), strict=True)
        ]
        yield features.ids[some], Scores(score[some], axes[some], words)


def _findings(features: PairFeatures, judged: Sequence[Group], left: int) -> list[Finding]:
    n = int(features.told.sum())
    flagged = [group for group in judged if group.score >= COUNTS]
    items = len(set().union(*(group.members.tolist() for group in flagged)))
    unseen = f"; {left:,} smaller groups were not judged" if left else ""
    said = f"{items:,} of {n:,} items are in groups ({len(flagged):,}) with captions unlike their neighbours'"
    worst = judged[0] if judged else None
    about = (
        f"{len(worst.members)} items, mismatch {worst.mismatch:.2f}, influence {worst.influence:.2f}"
        if worst
        else "no group"
    )
    return [
        share("", items, n, f"{said}; features: {features.kind}"),
        Finding("groups", float(len(judged)), None, None, n, f"{len(judged):,} groups of near-identical items{unseen}"),
        Finding("worst", worst.score if worst else 0.0, None, None, n, f"the worst group: {about}"),
    ]
