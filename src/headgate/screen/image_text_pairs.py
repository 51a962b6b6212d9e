"""Alt-texts of image-text pairs: how many are hateful or sexual, what the image's own tag misses, and whether it grew.

Reads: the texts of the pairs, or columns of scores somebody computed; a column with the image's score or tag. Images
are not looked at and links are not followed.
Finds: over a random sample of each shard, the share of flagged texts, of each class and over each gate from 0.1 to 0.8,
with intervals; how flags and image tags go together; whether texts that name a group of people are flagged more often;
and the growth against another dataset. The sample's rows are kept by their hash, shard and place.
Cannot see: what the lexicon or model calls harmless; how many flags are false (label some and correct for it); images
that are harmful under a harmless text.
Reference: A. Birhane, V. U. Prabhu and E. Kahembwe, Multimodal datasets, arXiv 2110.01963; A. Birhane et al., Into the
LAION's Den, arXiv 2311.03449.
Checked against: package descriptions with planted rows, 200 samples; the rates of LAION by `reproduce hate_scaling`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from headgate import pairs, sampling
from headgate.errors import BadInput, UsageError
from headgate.evidence.growth import conservative_growth, welch
from headgate.evidence.intervals import SMALL, wilson
from headgate.evidence.stratified import risk_ratio, stratified_share
from headgate.pairs import Counts, Scorer
from headgate.plain import plain
from headgate.sampling import Stratum
from headgate.shapes import Batch, Columns, Finding, Items, Scores, Screened, Trouble

READS = "pairs"
RISKS = ("1.1", "1.3", "5.3")

_EXPECTED = 5  # flagged texts that name an axis, were it chance


@dataclass(frozen=True, slots=True)
class _Plan:
    scorer: Scorer
    gate: float
    most: int
    seed: int
    shard: str | None
    image: str | None
    image_gate: float


@dataclass(frozen=True, slots=True)
class _Counted:
    strata: dict[str, Stratum]
    counts: dict[str, Counts]
    unread: int = 0  # places that could not be read


def screen(
    items: Items, *, lexicon: Path | None = None, model: Path | None = None, scores: str | None = None,
    gate: float = 0.5, per_shard: int = 100_000, shard: str | None = None, image_score: str | None = None,
    image_gate: float = 0.5, against: Path | None = None, against_text: str | None = None, seed: int = 0,
) -> Screened:  # fmt: skip
    """Scores of the sampled rows and what they say of the dataset.

    `lexicon` is a CSV of class and term whose terms flag a text; `model` is a linear text model of Headgate that scores
    texts; `scores` is the list of columns that hold scores from 0 to 1, with commas between them; `gate` is the score
    over which a text is flagged; `per_shard` is how many rows are sampled of each shard; `shard` is the column that
    says which shard a row is of, each file being one without it; `image_score` is the column with the image's score or
    tag; `image_gate` is the score over which an image counts as flagged; `against` is an earlier dataset to compare
    with; `against_text` is its column of texts; `seed` is that of the sample. Raises `UsageError` for a wrong call,
    `BadInput` without rows.
    """
    plan = _Plan(_scorer(lexicon, model, scores), gate, per_shard, seed, shard, image_score, image_gate)
    if not 0 <= gate < 1 or per_shard < 2:
        msg = f"--gate {gate} and --per-shard {per_shard}: give a gate from 0 to below 1 and 2 rows or more."
        raise UsageError(msg)
    here = _drawn(items.batches, plan, items.path)
    axes, named = pairs.identities()

    def parts() -> Iterator[tuple[Sequence[str], Scores]]:
        yield from _scored(items.batches, plan, here, named)

    def findings() -> list[Finding]:
        found = [*_shares(plan, here), *_lifts(axes, here), *_tags(here)]
        return found if against is None else [*found, *_growth(plan, here, _other(against, against_text, plan, named))]

    return Screened(parts(), plan.scorer.names, findings)


def _scorer(lexicon: Path | None, model: Path | None, scores: str | None) -> Scorer:
    given = [one for one in (lexicon, model, scores) if one is not None]
    if len(given) != 1:
        msg = "image_text_pairs scores texts by one of --lexicon FILE, --model FILE and --scores COLUMNS. Give one."
        raise UsageError(msg)
    if lexicon is not None:
        made = pairs.by_lexicon(lexicon)
    else:
        made = pairs.by_model(model) if model is not None else pairs.by_columns(scores or "")
    if not made.names or len(set(made.names)) < len(made.names):
        msg = f"{len(made.names)} classes of scores, {len(set(made.names))} by their first 40 letters. Name them apart."
        raise UsageError(msg)
    return made


def _drawn(batches: Callable[[], Iterable[Batch]], plan: _Plan, path: Path) -> _Counted:
    strata = sampling.sample(batches(), most=plan.most, seed=plan.seed, column=plan.shard)
    if not strata:
        msg = f"{plain(path)} has no pairs. Check the path."
        raise BadInput(msg)
    return _Counted(strata, {name: Counts() for name in strata})


def _scored(
    batches: Callable[[], Iterable[Batch]], plan: _Plan, into: _Counted, named: Callable[[Sequence[str]], np.ndarray]
) -> Iterator[tuple[Sequence[str], Scores]]:
    """The scores of the sampled rows of each batch, counted on the way."""
    for batch, strata, places in sampling.sampled(batches(), into.strata, seed=plan.seed, column=plan.shard):
        if not len(places):
            continue
        columns = {name: [values[n] for n in places] for name, values in batch.more.items()}
        texts = _texts(batch, places, needed=plan.scorer.reads_texts)
        axes = plan.scorer.score(texts, columns)
        said = named(texts)
        tags = None if plan.image is None else pairs.image_tags(columns, plan.image, plan.image_gate)
        mine = strata[places]
        for name in np.unique(mine):
            rows = mine == name
            kept = None if tags is None else [tag for tag, one in zip(tags, rows, strict=True) if one]
            pairs.add(into.counts[str(name)], axes[rows], plan.gate, said[rows], kept)
        where = [f"row {batch.rows[n]} of {plain(batch.file, 80)}" if batch.rows else None for n in places]
        yield [batch.ids[n] for n in places], Scores(axes.max(axis=1), axes, where)


def _texts(batch: Batch, places: np.ndarray, *, needed: bool) -> list[str]:
    if batch.texts:
        return [batch.texts[n] for n in places]
    if needed:
        listed = ", ".join(plain(name, 40) for name in list(batch.more)[:20])
        msg = f"no column of texts is known by its name; name it with --text. The columns are: {listed or 'none'}."
        raise UsageError(msg)
    return [""] * len(places)


def _shares(plan: _Plan, made: _Counted) -> Iterator[Finding]:
    counts, sizes = list(made.counts.values()), np.array([one.rows for one in made.strata.values()])
    rows = np.array([one.rows for one in counts])
    wanted = [("", np.array([one.flagged for one in counts]))]
    wanted += [
        (f"class.{name}", np.array([one.classes[k] for one in counts])) for k, name in enumerate(plan.scorer.names)
    ]
    if plan.scorer.graded:
        wanted += [(f"over.{at:g}", np.array([one.over[k] for one in counts])) for k, at in enumerate(pairs.GATES)]
    for axis, hits in wanted:
        share = stratified_share(hits, rows, sizes)
        assert share is not None
        said = f"{int(hits.sum()):,} of {int(rows.sum()):,} sampled texts flagged, {int(sizes.sum()):,} rows in "
        said += f"{len(sizes):,} shards, seed {plan.seed}; flags, not corrected for errors of the scorer"
        yield Finding(axis, share.estimate, share.low, share.high, int(rows.sum()), said)


def _lifts(axes: Sequence[str], made: _Counted) -> Iterator[Finding]:
    counts = list(made.counts.values())
    rows, flagged = (np.array([getattr(one, name) for one in counts]) for name in ("rows", "flagged"))
    for k, axis in enumerate(axes):
        named, hits = (np.array([getattr(one, name)[k] for one in counts]) for name in ("named", "named_flagged"))
        # Told by what chance would give and not by what was found, so that the few kept are not the extreme ones.
        enough = float((named * flagged / np.maximum(rows, 1)).sum()) >= _EXPECTED
        ratio = risk_ratio(hits, named, flagged - hits, rows - named) if enough else None
        said = f"{hits.sum():,} of {named.sum():,} texts that name it flagged, {(flagged - hits).sum():,} of "
        said += f"{(rows - named).sum():,} others; a ratio, 1 is no difference"
        said += "" if enough else f"; under {_EXPECTED} flags are expected, too few to tell"
        value, low, high = (None, None, None) if ratio is None else (ratio.estimate, ratio.low, ratio.high)
        yield Finding(f"lift.{axis}", value, low, high, int(named.sum()), said)


def _tags(made: _Counted) -> Iterator[Finding]:
    """Of texts under each image tag the flagged share, and of flagged texts the share under each tag."""
    total, hits = Counter[str](), Counter[str]()
    for one in made.counts.values():
        total += one.tags
        hits += one.tags_flagged
    for tag in sorted(total):
        for axis, of, what in (
            ("text_flagged", total[tag], f"of texts whose image is {tag!r}, those flagged"),
            ("flagged_under", hits.total(), f"of flagged texts, those whose image is {tag!r}"),
        ):
            if total[tag] >= SMALL <= of and (ends := wilson(hits[tag], of)):
                said = f"{what}: {hits[tag]:,} of {of:,}, the samples of all shards together"
                yield Finding(f"{axis}.{tag}", hits[tag] / of, *ends, of, said)


def _other(path: Path, text: str | None, plan: _Plan, named: Callable[[Sequence[str]], np.ndarray]) -> _Counted:
    from headgate.reading import find, read

    troubles: list[Trouble] = []
    columns = Columns(READS, text)
    dataset = find.find(path, columns)

    def batches() -> Iterator[Batch]:
        return read.every(dataset, columns, troubles)

    made = _drawn(batches, plan, path)
    for _ in _scored(batches, plan, made, named):
        pass  # only its counts are wanted
    # both readings met the same troubles
    return replace(made, unread=len(dataset.troubles) + len(set(troubles)))


def _growth(plan: _Plan, here: _Counted, before: _Counted) -> Iterator[Finding]:
    sides = [list(one.counts.values()) for one in (before, here)]
    rows = [np.array([one.rows for one in side]) for side in sides]
    wanted = [("growth", [np.array([one.flagged for one in side]) for side in sides])]
    for k, name in enumerate(plan.scorer.names):
        wanted.append((f"growth.{name}", [np.array([one.classes[k] for one in side]) for side in sides]))
    for axis, hits in wanted:
        first, second = ((int(found.sum()), int(of.sum())) for found, of in zip(hits, rows, strict=True))
        test = welch(hits[0] / rows[0], hits[1] / rows[1])
        said = f"from {first[0]:,} of {first[1]:,} to {second[0]:,} of {second[1]:,} sampled texts; at the least, from "
        said += "Wilson's high end to the low end, 0 is none; "
        if test is None:
            said += "no test over shards"
        else:
            said += f"Welch t {test.t:.2f} over {len(rows[0])} and {len(rows[1])} shards, p {test.p:.2g}"
        if before.unread:
            said += f"; unreadable places of the earlier dataset: {before.unread:,}"
        yield Finding(axis, conservative_growth(first, second), None, None, second[1], said)
