"""What a ledger of removals says of a pipeline: its funnel, the gaps between groups, and the funnel of each group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headgate.evidence.group_gaps import FEWEST, Gap, group_gaps
from headgate.screen_findings import share
from headgate.selection.ledger import Ints, Ledger
from headgate.shapes import Finding

LEVEL = 0.05  # chance of any false gap in a pipeline whose filters treat all groups alike
SHOWN = 20  # groups that have a finding of their own, the largest
NAMED = 5  # groups that a finding names


def funnel(ledger: Ledger) -> list[Finding]:
    """The share that the pipeline removed, and of each stage the share of what entered it."""
    documents, removed = len(ledger.removed_by), int((ledger.removed_by >= 0).sum())
    made = [share("", removed, documents, f"{documents:,} in, {removed:,} removed, {documents - removed:,} left")]
    for place, stage in enumerate(ledger.stages):
        entered, gone = int(ledger.entered(place).sum()), int((ledger.removed_by == place).sum())
        said = f"{stage.name[:60]} ({stage.purpose}): {entered:,} in, {gone:,} removed, {entered - gone:,} left"
        if not ledger.ordered:
            said = f"{stage.name[:60]} ({stage.purpose}): {gone:,} of all removed; the order of filters is not known"
        if ledger.appeared[place]:
            said += f"; {ledger.appeared[place]:,} documents of its output had not gone in"
        made.append(share(stage.axis, gone, entered, said))
    return made


def gaps(ledger: Ledger, codes: Ints, names: Sequence[str], least: float) -> list[Finding]:
    """For the pipeline and each stage the share removed of the worst-hit group less that of the others.

    All groups with a gap of at least `least` that is more than chance are named, the worst first. `codes` are the group
    of each document, places in `names`. Where none is more than chance, the largest is given and the evidence says so.
    """
    number = len(names)
    everything = np.bincount(codes, minlength=number)
    counts = [(np.bincount(codes[ledger.removed_by >= 0], minlength=number), everything)]
    for place in range(len(ledger.stages)):
        removed = np.bincount(codes[ledger.removed_by == place], minlength=number)
        counts.append((removed, np.bincount(codes[ledger.entered(place)], minlength=number)))
    found = group_gaps(counts, level=LEVEL)
    axes = ["gap", *(f"{stage.axis}.gap" for stage in ledger.stages)]
    comparisons = sum(map(len, found))
    return [_gap(axis, each, names, least, comparisons) for axis, each in zip(axes, found, strict=True)]


def _gap(axis: str, each: Sequence[Gap], names: Sequence[str], least: float, comparisons: int) -> Finding:
    if not each:
        return Finding(axis, None, None, None, 0, f"no two groups of {FEWEST} or more documents to compare")
    worst = max(each, key=lambda one: one.gap)
    real = [one for one in each if one.chance <= LEVEL and abs(one.gap) >= least]
    more = sorted((one for one in real if one.gap > 0), key=lambda one: -one.gap)
    less = sorted((one for one in real if one.gap < 0), key=lambda one: one.gap)
    said = "; ".join(
        f"{what} removed: {', '.join(_said(one, names) for one in some[:NAMED])}"
        for what, some in (("more", more), ("less", less))
        if some
    )
    said = said or "no gap is more than chance and large enough"
    worst_hit = more[0] if more else worst
    return Finding(
        axis, worst_hit.gap, worst_hit.low, worst_hit.high, worst_hit.of + worst_hit.others_of,
        f"{said} ({len(each)} groups compared, {comparisons} comparisons in all)",
    )  # fmt: skip


def _said(one: Gap, names: Sequence[str]) -> str:
    return f"{names[one.group]} {one.found / one.of:.1%} against {one.others_found / one.others_of:.1%}"


def group_funnels(ledger: Ledger, codes: Ints, names: Sequence[str]) -> list[Finding]:
    """The share removed of each of the largest groups, and by which stage how many."""
    sizes = np.bincount(codes, minlength=len(names))
    made = []
    for place in np.argsort(-sizes, kind="stable")[:SHOWN].tolist():
        own = ledger.removed_by[codes == place]
        each = np.bincount(own[own >= 0], minlength=len(ledger.stages)).tolist()
        lost = [f"{stage.name[:40]} {count:,}" for stage, count in zip(ledger.stages, each, strict=True) if count]
        said = f"{len(own):,} in, {', '.join(lost) or 'none'} removed, {len(own) - sum(each):,} left"
        made.append(share(f"group.{names[place]}", sum(each), len(own), said))
    return made
