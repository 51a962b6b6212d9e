"""How far an edit or a fine-tune changed answers beyond the fact that it was about, by ring and by style.

Reads: a table with a row for each question: its ring (direct, indirect, peripheral, control, or others in an order that
is given), the answers before and after, and where there is one the style in which the fact was told.
Finds: for each ring the share of answers that changed, its excess over the control of unconnected questions, and the
side-effect radius: the farthest ring that changed more than the control. With `limit` whether rings other than the
first changed by at most that more than the control.
Cannot see: whether an answer is better or worse, but where the column `right` says what is right; facts that nobody
asked; why an answer changed: sampling changes answers too, so ask at temperature 0, or compare the control.
Reference: Bian et al. (2023), "A Drop of Ink Makes a Million Think: The Spread of False Information in Large Language
Models", arXiv 2305.04812.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from headgate import frames
from headgate.drift.rings import Flags, Ring, radius, rings
from headgate.errors import BadInput, UsageError
from headgate.evidence import paired
from headgate.frames import Frame
from headgate.plain import plain
from headgate.shapes import Finding, Measured, Shown

RISKS = ("3.1",)


def measure(
    *, table: Path, before: str = "before", after: str = "after", ring: str = "ring", style: str | None = None,
    right: str | None = None, order: str = "direct,indirect,peripheral,control", limit: float | None = None,
) -> Measured:  # fmt: skip
    """The share of answers that changed by ring, its excess over the control, and the side-effect radius.

    `table` is a CSV, JSON lines or Parquet file; `before` names the column of the answer before; `after` names that of
    the answer after; `ring` names that of how near the question is; `style` names that of the style of telling;
    `right` names that of the right answer; `order` lists the rings from the nearest to the control; `limit` is the
    largest excess of a farther ring that is let pass. Raises `UsageError` and `BadInput` in one line each.
    """
    if limit is not None and not 0 <= limit <= 1:
        msg = f"a limit of {limit:g} is no difference of shares. Give one from 0 to 1."
        raise UsageError(msg)
    given = frames.read(table)
    listed = [one.strip() for one in order.split(",") if one.strip()]
    changed = _changed(given, before, after)
    found = rings(changed, given.words(ring), listed)
    far = radius(found)
    asked, met, because = _asked(found, listed, limit)
    return Measured(
        given.ref,
        [*(_finding(one) for one in found), *_rights(given, before, after, ring, right, listed)],
        tables=_styles(given, changed, ring, style, listed),
        asked=asked,
        met=met,
        because=because,
        notes=(f"side-effect radius: {far}" if far else "no ring changed more than the control",),
    )


def _changed(given: Frame, before: str, after: str) -> Flags:
    # spaces and capitals are no change of what is said
    said = [np.array([" ".join(one.lower().split()) for one in given.words(name).tolist()]) for name in (before, after)]
    silent = (said[0] == "") & (said[1] == "")
    if silent.any():  # it would count as unchanged
        both = f"{plain(before, 40)} and {plain(after, 40)}"
        msg = f"{plain(given.path)}, row {int(silent.argmax()) + 1}: {both} are empty. Leave out what nobody answered."
        raise BadInput(msg)
    return np.asarray(said[0] != said[1])


def _asked(found: tuple[Ring, ...], listed: list[str], limit: float | None) -> tuple[str, bool | None, str]:
    first = listed[0]
    if limit is None:
        return "", None, ""
    asked = f"no ring beyond {first} changes by more than {limit:g} over the control"
    unasked = [one for one in listed[1:] if one not in {ring.ring for ring in found}]
    far = [one for one in found if one.ring != first and one.excess is not None]
    highs = [one.excess_high for one in far if one.excess_high is not None]
    lows = [one.excess_low for one in far if one.excess_low is not None]
    if not highs:
        return asked, None, f"no ring beyond {first} was asked beside a control"
    met = False if max(lows) > limit else None if unasked or max(highs) > limit else True
    because = f"the largest excess may be as much as {max(highs):.3f}"
    return asked, met, because + (f"; nothing was asked of {', '.join(unasked)}, see --order" if unasked else "")


def _finding(one: Ring) -> Finding:
    said = f"{one.changed} of {one.of} answers changed"
    if one.excess is not None:
        said += f", {one.excess:+.3f} over the control ({one.excess_low:+.3f} to {one.excess_high:+.3f})"
    return Finding(one.ring, one.changed / one.of, one.low, one.high, one.of, said)


def _rights(given: Frame, before: str, after: str, ring: str, right: str | None, order: list[str]) -> list[Finding]:
    """For each ring how much rarer the right answer became, with an interval of paired differences."""
    if right is None:
        return []
    made, names = [], given.words(ring)
    was, now = (~_changed(given, right, one) for one in (before, after))
    for one in order:
        here = names == one
        if (of := int(here.sum())) >= 2:
            lost, won = int((was & ~now & here).sum()), int((now & ~was & here).sum())
            low, high = paired.difference(was[here], now[here])
            made.append(Finding(f"{one}.lost", (lost - won) / of, low, high, of,
                                f"{lost} right answers lost and {won} won of {of}"))  # fmt: skip
    return made


def _styles(given: Frame, changed: Flags, ring: str, style: str | None, order: list[str]) -> tuple[Shown, ...]:
    if style is None:
        return ()
    names, styles = given.words(ring), given.words(style)
    rows: list[tuple[object, ...]] = []
    for one in np.unique(styles).tolist():
        for where in order:
            here = (styles == one) & (names == where)
            if here.any():
                rows.append((one, where, int(changed[here].sum()), int(here.sum()), float(changed[here].mean())))
    return (Shown("changed by style and ring", ("style", "ring", "changed", "of", "share"), rows),)
