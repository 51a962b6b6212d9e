"""A review in words: an item for the screen, a batch as CSV, and how the review stands. Hub text is made safe."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from headgate.label_text import shown
from headgate.plain import csv_cell
from headgate.review_items import Item

COLUMNS = ("ref", "question", "label", "labeller", "made", "reason", "role", "chance", "about", "earlier")


def facts(item: Item) -> list[str]:
    """What is known of `item`, as lines; no links."""
    lines = [f"  {what:10} {shown(text, 300)}" for what, text in item.facts]
    return lines + [f"  {role:10} {label}: {shown(why)}" for role, label, why in item.earlier]


def as_csv(items: Sequence[Item], check: str) -> str:
    """`items` as the CSV that `label_files.import_csv` reads, labels still empty."""
    made = io.StringIO(newline="")
    writer = csv.DictWriter(made, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for item in items:
        about, earlier = _joined(item._replace(earlier=())), _joined(item._replace(facts=()))
        writer.writerow({"ref": item.ref, "question": check, "chance": item.chance, "about": csv_cell(about),
                         "earlier": csv_cell(earlier)})  # fmt: skip
    return made.getvalue()


def told(found: dict[str, Any]) -> list[str]:
    """What `review_status.status` found, as lines."""
    verdicts = ", ".join(f"{name} {number}" for name, number in found["verdicts"].items())
    lines = [
        f"{found['check']}: {found['items']} items reviewed with {found['labels']} labels: {verdicts}",
        f"one label only {found['one_label']}, to be ruled on {found['to_settle']}, contested {found['contested']}",
    ]
    if found["withheld"]:
        return [*lines, "agreement and shares are withheld: they would tell a small cell"]
    agreed, model, share = found["agreement"], found["consensus"], found["share"]
    if agreed is None:
        lines.append("agreement: no item has two labels")
    elif agreed["kappa"] is None:
        lines.append(f"agreement: all of {agreed['items']} items; kappa is undefined, as only one label was used")
    else:
        ends = f"[{agreed['low']:.2f}, {agreed['high']:.2f}]"
        alike = f"{agreed['agreed']:.0%} of {agreed['items']} items alike"
        lines.append(f"Cohen's kappa {agreed['kappa']:.2f} {ends}, {alike}")
    if model:
        lines.append(
            f"Dawid-Skene, of the {model['items']} items reviewed: yes {model['shares']['yes']:.1%}, "
            f"error expected {model['expected_error']:.1%}"
        )
    if share:
        lines.append(
            f"of all items, from {share['items']} drawn at random: yes {share['estimate']:.1%} "
            f"[{share['low']:.1%}, {share['high']:.1%}], {share['undecided']} undecided left out"
        )
    return lines


def calibrated(found: dict[str, Any]) -> list[str]:
    """What `review_calibration.calibration` found, as lines."""
    lines = []
    if found["ruled_left_out"]:
        lines.append(f"{found['ruled_left_out']} items that were only ruled on are left out: a quarrel chose them")
    if found["withheld"]:
        return [f"{found['check']}: withheld: it would tell a small cell", *lines]
    if found["all"] is None:
        none = "not measured, so human review gets no credit: no item whose answer a seed gives was reviewed"
        return [f"{found['check']}: {none}", *lines]
    lines = [*_told_of("all reviewers", found["all"]), *lines]
    for heading, parts in (("reviewer", found["reviewers"]), *found["strata"].items()):
        if parts is None:
            lines.append(f"by {heading}: withheld: it would tell a small cell")
        elif len(parts) > 1:
            lines += [line for name, one in parts.items() for line in _told_of(f"{heading} {name}", one)]
    for one in found["votes_needed"] or ():
        few, worst = (one[name] or "no number of" for name in ("votes", "at_worst"))
        lines.append(
            f"for an error of {one['error']:.0%}: most of {few} votes; by the lower ends of the rates, {worst}"
        )
    return lines


def _told_of(name: str, one: dict[str, Any]) -> list[str]:
    rates = [_rate(what, one[what]) for what in ("sensitivity", "specificity")]
    lines = [f"{name}: {'; '.join(rates)}, unsure {one['unsure']}"]
    if one["d_prime"] is not None:
        low, high = ("open" if one[end] is None else f"{one[end]:.2f}" for end in ("low", "high"))
        alike = "" if one["dependence"] is None else f", dependence of votes {one['dependence']:.2f}"
        lines.append(f"  d' {one['d_prime']:.2f} [{low}, {high}], criterion {one['criterion']:.2f}{alike}")
    return [*lines, f"  {one['warning']}"] if one["warning"] else lines


def _rate(what: str, rate: dict[str, Any]) -> str:
    if rate["estimate"] is None:
        return f"{what} not measured"
    ends = f"[{rate['low']:.1%}, {rate['high']:.1%}]"
    return f"{what} {rate['estimate']:.1%} {ends}, {rate['found']} of {rate['votes']} votes on {rate['items']} items"


def _joined(item: Item) -> str:
    return "; ".join(" ".join(line.split()) for line in facts(item))
