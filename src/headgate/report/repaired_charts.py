"""Charts of a repair as SVG text: trials on a plane, checks as dots against the reference, items by their places.

As in charts: widths are percentages, heights pixels, every text is escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from headgate.repair.record import Point, Ranked
from headgate.repair.shapes import Check, Trial
from headgate.report.charts import GUTTER, escaped, line, svg

TONES = ("a", "c", "b", "d")
VERDICT_TONES = {"held": "allow", "leaks": "block", "over": "b", "inconclusive": "unknown"}
SHOWN_ITEMS = 12
_PLANE, _FOOT = 300, 40
_ROW = 66  # of a check
_BAR = 6  # of a method's place
_STAR = "M0-9 2.3-3 8.6-2.8 3.6 1.2 5.3 7.3 0 3.8-5.3 7.3-3.6 1.2-8.6-2.8-2.3-3Z"


def tones(names: Sequence[str]) -> dict[str, str]:
    """A colour for each of `names`, in the order in which they first come."""
    return {name: TONES[number % len(TONES)] for number, name in enumerate(dict.fromkeys(names))}


def plane(trials: Sequence[Trial], source: Point, reference: Point | None) -> str:
    """Trials by behaviour (across) and utility (up), the source as a square and the retrained model as a star."""
    known = [one for one in trials if math.isfinite(one.behaviour) and math.isfinite(one.utility)]
    others = [source, *([reference] if reference else [])]
    least = min([one.utility for one in known] + [one.utility for one in others])
    low = max(0.0, math.floor(least * 10 - 0.5) / 10)
    drawn, colours = [_grid(low)], tones([one.method for one in trials])
    for one in sorted(known, key=lambda one: one.taken):
        kind = "ring" if one.collapsed or one.why.startswith("lost") else f"tone-{colours[one.method]}"
        hollow = f"stroke-{colours[one.method]} ring" if kind == "ring" else f"{kind} cut"
        halo = '<circle class="halo" r="9.5"/>' if one.taken else ""
        said = f"{one.method}: behaviour {one.behaviour:.3f}, utility {one.utility:.3f}{', taken' * one.taken}"
        drawn.append(_at(one.behaviour, one.utility, low, f'{halo}<circle class="{hollow}" r="5"/>', said))
    drawn.append(_at(*source, low, '<rect class="tone-block cut" x="-6" y="-6" width="12" height="12"/>', "before"))
    if reference:
        drawn.append(_at(*reference, low, f'<path class="tone-allow cut" d="{_STAR}"/>', "retrained"))
    told = [f"before: behaviour {source.behaviour:.3f}, utility {source.utility:.3f}"]
    told += [f"retrained: behaviour {reference.behaviour:.3f}, utility {reference.utility:.3f}"] if reference else []
    told += [f"{one.method}: {one.behaviour:.3f}, {one.utility:.3f}{', taken' * one.taken}" for one in known]
    title = "Removal trials: behaviour left, from left to right, against utility kept, upwards"
    return svg("".join(drawn), _PLANE + _FOOT, title, "; ".join(told))


def dots(checks: Sequence[Check], *, title: str) -> str:
    """Each check as a dot with its interval, over the band that is close enough to the reference."""
    drawn = []
    for number, one in enumerate(checks):
        top, y = _scale(one), number * _ROW
        middle = y + 32
        name = f"{one.test}, {one.axis}" if one.axis else one.test
        parts = [
            f'<text x="0" y="{y + 14}">{escaped(name, 48)} <tspan class="muted">n {one.n:,}</tspan></text>'
            f'<text class="value" x="100%" y="{y + 14}" text-anchor="end">{escaped(one.verdict)}</text>',
            f'<rect class="track" x="0" y="{middle - 7}" width="100%" height="14" rx="3"/>',
        ]
        if one.reference is not None:
            low, high = _share(one.reference - one.margin, top), _share(one.reference + one.margin, top)
            parts.append(f'<rect class="band" x="{low:.3f}%" y="{middle - 7}" width="{high - low:.3f}%" height="14"/>')
            place = f"{_share(one.reference, top):.3f}%"
            parts.append(f'<g class="mark">{line(place, middle - 7, place, middle + 7)}</g>')
            if one.low is not None and one.high is not None:
                ends = [f"{_share(one.reference + end, top):.3f}%" for end in (one.low, one.high)]
                caps = "".join(line(x, middle - 5, x, middle + 5) for x in ends)
                parts.append(f'<g class="whisker">{line(ends[0], middle, ends[1], middle)}{caps}</g>')
        for value, shape in ((one.before, "before"), (one.after, f"tone-{VERDICT_TONES[one.verdict]} cut")):
            if value is not None:
                parts.append(f'<circle class="{shape}" cx="{_share(value, top):.3f}%" cy="{middle}" r="5.5"/>')
        ends_at = "" if top == 1 else f" scale 0 to {top:g}"
        parts.append(f'<text class="tick" x="0" y="{y + 52}">{escaped(told(one))}{ends_at}</text>')
        drawn.append(f"<g>{''.join(parts)}</g>")
    said = "; ".join(f"{one.test} {one.axis}: {told(one)}, {one.verdict}" for one in checks)
    return svg("".join(drawn), max(len(checks) * _ROW, 1), title, said)


def told(one: Check) -> str:
    """The means of a check in words: before, after and of the reference, to three digits."""
    means = {"before": one.before, "after": one.after, "retrained": one.reference}
    return ", ".join(f"{name} {value:.3f}" for name, value in means.items() if value is not None) or "nothing measured"


def places(ranked: Sequence[Ranked], methods: Sequence[str]) -> str:
    """The first items, each with a bar for each method: how far up it ranked the item."""
    colours, tall = tones(methods), 24 + (_BAR + 2) * len(methods) + 8
    drawn = []
    for number, one in enumerate(ranked[:SHOWN_ITEMS]):
        y = number * tall
        mark = "known to be bad" if one.bad else "known to be good" if one.bad is False else ""
        note = ", ".join(part for part in (one.group, mark) if part)
        parts = [
            f'<text x="0" y="{y + 14}"><tspan class="id">{escaped(one.id, 18)}</tspan> '
            f'<tspan class="muted">{escaped(note, 32)}</tspan></text>'
            f'<text class="value" x="100%" y="{y + 14}" text-anchor="end">{"forget" if one.chosen else "keep"}</text>'
        ]
        for place, method in enumerate(methods):
            top = y + 22 + place * (_BAR + 2)
            parts.append(f'<rect class="track" x="0" y="{top}" width="100%" height="{_BAR}" rx="2"/>')
            if method in one.places:
                wide = 100 * min(max(one.places[method], 0.0), 1.0)
                parts.append(
                    f'<rect class="tone-{colours[method]}" x="0" y="{top}" width="{wide:.3f}%" height="{_BAR}" rx="2"/>'
                )
        drawn.append(f"<g>{''.join(parts)}</g>")
    said = "; ".join(
        f"{one.id[:18]}: {', '.join(f'{name} {value:.3f}' for name, value in one.places.items())}"
        for one in ranked[:SHOWN_ITEMS]
    )
    return svg("".join(drawn), max(min(len(ranked), SHOWN_ITEMS) * tall, 1), "Items by how far up they rank", said)


def _grid(low: float) -> str:
    drawn = []
    for step, behaviour in enumerate((0.0, 0.05, 0.2, 0.5, 1.0)):
        y, x = 10 + (_PLANE - 10) * (1 - step / 4), _across(behaviour)
        drawn.append(f'<line class="grid" x1="{GUTTER}%" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>')
        drawn.append(f'<text class="tick" x="0" y="{y + 4:.1f}">{low + (1 - low) * step / 4:.2f}</text>')
        anchor = "end" if step == 4 else "start" if step == 0 else "middle"
        drawn.append(f'<text class="tick" x="{x:.3f}%" y="{_PLANE + 17}" text-anchor="{anchor}">{behaviour:g}</text>')
    drawn.append(
        f'<text class="tick" x="100%" y="{_PLANE + 34}" text-anchor="end">behaviour left, on a square-root scale</text>'
    )
    return "".join(drawn)


def _at(behaviour: float, utility: float, low: float, shape: str, said: str) -> str:
    y = 10 + (_PLANE - 10) * (1 - min(max((utility - low) / (1 - low or 1), 0), 1))
    return (
        f'<svg x="{_across(behaviour):.3f}%" y="{y:.1f}" width="1" height="1" overflow="visible">'
        f"<g><title>{escaped(said)}</title>{shape}</g></svg>"
    )


def _across(share: float) -> float:
    # a square root, as what counts lies near 0; room on both sides for half a mark
    return GUTTER + 4 + (100 - GUTTER - 8) * math.sqrt(min(max(share, 0), 1))


def _scale(one: Check) -> float:
    ends = [one.low, one.high] if one.reference is not None else []
    reached = [value for value in (one.before, one.after, one.reference) if value is not None]
    reached += [(one.reference or 0.0) + end for end in ends if end is not None]
    top = max(reached, default=1.0)
    # an interval may end a little over 1 where the values themselves are shares
    shares = all(0 <= value <= 1 for value in (one.before, one.after, one.reference) if value is not None)
    return 1.0 if shares or top <= 1 else float(10 ** math.ceil(math.log10(top)))


def _share(value: float, top: float) -> float:
    # room on both sides for half a dot
    return 3 + 94 * min(max(value / top, 0.0), 1.0)
