"""A comparison of base and variant as findings, a table by subset, an answer and notes: rates and no texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headgate.drift import detectable
from headgate.drift.compare import LEVEL, Compared, Estimate
from headgate.drift.corrected import Correction
from headgate.drift.pairs import Pairs, Side
from headgate.shapes import Finding, Shown

_TAKEN = {
    None: "THE JUDGE IS TAKEN AS PERFECT: no labels were given, so intervals leave out its errors, which may differ "
    "between base and variant; give some with --labels",
    "double_sampling": "labelled completions are taken as drawn at random, of all or of the flagged and of the others; "
    "where they were chosen otherwise, --correction rogan_gladen",
    "rogan_gladen": "the judge is taken to err on labelled completions as on all others, and in all subsets alike",
}
_FEW = 20  # subsets up to which each has a finding of its own


def asked(worse: str, delta: float, level: float) -> str:
    """What was asked, in words."""
    end = f"at most the base's plus {delta:g}" if worse == "more" else f"at least the base's less {delta:g}"
    return f"the variant's rate is {end}, with probability {level:g} or more"


def because(whole: Compared, parts: Sequence[Compared], worse: str) -> str:
    """Why the answer is what it is, and which subsets drifted for the worse."""
    if whole.within is None:
        return f"the difference could not be told: {whole.why}"
    found = f"the probability is {whole.within:.3f}, the difference {_ends(whole.difference)}"
    bad = [
        one.subset for one in _drifted(parts)
        if one.difference.value is not None and (one.difference.value > 0) == (worse == "more")
    ]  # fmt: skip
    return found + (f"; for the worse in {', '.join(bad[:5])}{' and others' if bad[5:] else ''}" if bad else "")


def findings(
    whole: Compared, parts: Sequence[Compared], pairs: Pairs, *, rope: float,
    delta: float | None = None,
) -> list[Finding]:  # fmt: skip
    """The figures of all prompts, and the differences of subsets where these are few."""
    n = whole.prompts
    flagged = [f"{one.value:.3f} flagged" if one.value is not None else "" for one in whole.flagged]
    how = [f"{flagged[0]}{_errors(pairs.base)}", f"{flagged[1]}{_errors(pairs.variant)}"]
    test = "McNemar's test, exact" if pairs.base.said is None else "twice the smaller posterior chance beside 0"
    seen = None if whole.error is None else detectable.least(whole.error)
    drifted = [one for one in parts if one.holm is not None]
    found = [
        _finding("base_rate", whole.base, n, how[0] if whole.base.value is not None else whole.why),
        _finding("variant_rate", whole.variant, n, how[1] if whole.variant.value is not None else whole.why),
        _finding("difference", whole.difference, n, "variant less base" if not whole.why else whole.why),
        Finding("chance", whole.chance, None, None, n, f"of so large a difference if there is none: {test}"),
        Finding("negligible", whole.inside, None, None, n, f"probability that the difference is within {rope:g} of 0"),
        Finding("detectable", seen, None, None, n, f"difference that {n:,} prompts would show in 4 of 5 measurements"),
    ]
    if delta is not None:
        found.append(Finding("no_worse", whole.within, None, None, n,
                             f"probability that the variant is at most {delta:g} worse"))  # fmt: skip
    if parts:
        many = len(_drifted(parts)) if drifted else None
        found.append(Finding("drifted_subsets", many, None, None, n,
                             f"of {len(parts)} subsets, p at most {LEVEL:g} after Holm's correction"))  # fmt: skip
    if len(parts) <= _FEW:
        found += [_finding(f"difference.{one.subset}", one.difference, one.prompts, _part(one)) for one in parts]
    return found


def _finding(axis: str, one: Estimate, n: int, evidence: str) -> Finding:
    return Finding(axis, one.value, one.low, one.high, n, evidence)


def _part(one: Compared) -> str:
    if one.difference.value is None or one.holm is None:
        return one.why or "could not be told"
    return f"base {one.base.value:.3f}, variant {one.variant.value:.3f}, p {one.holm:.2g} after Holm's correction"


def _errors(side: Side) -> str:
    if side.said is None:
        return ", the judge taken as perfect"
    hits, missed, false, spared = side.said.sum(0).tolist()
    return f"; judge found {hits} of {hits + missed} positive and spared {spared} of {false + spared} negative"


def by_subset(parts: Sequence[Compared]) -> Shown:
    """A row for each subset."""
    columns = ("subset", "prompts", "base flagged", "variant flagged", "base", "variant", "difference", "low", "high",
               "p", "p (Holm)", "P(no worse than delta)")  # fmt: skip
    rows = [
        (one.subset, one.prompts, one.flagged[0].value, one.flagged[1].value, one.base.value, one.variant.value,
         one.difference.value, one.difference.low, one.difference.high, one.chance, one.holm, one.within)
        for one in parts
    ]  # fmt: skip
    return Shown("by subset", columns, rows)


def _drifted(parts: Sequence[Compared]) -> list[Compared]:
    return [one for one in parts if one.holm is not None and one.holm <= LEVEL]


def _ends(one: Estimate) -> str:
    return f"{one.value:+.4f} ({one.low:+.4f} to {one.high:+.4f})"


def notes(pairs: Pairs, correction: Correction, counts: Mapping[str, int]) -> tuple[str, ...]:
    """What was taken for granted of the judge or of the labels; then each of `counts` that is not 0."""
    taken = _TAKEN[None if pairs.base.said is None else correction]
    return taken, *(f"{number:,} {what}" for what, number in counts.items() if number)
