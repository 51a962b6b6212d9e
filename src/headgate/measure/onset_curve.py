"""When a behaviour changed over the checkpoints of a fine-tune, how surely, and how suddenly.

Reads: a table with a row for each checkpoint, prompt and completion: the step, the prompt, and whether the completion
shows the behaviour (a flag, or a share), or the completion itself and a judge of it.
Finds: the rate at each checkpoint, its change from the first (intervals that hold for all at once), the probability
that it changed at all, the first checkpoint after the change, and the share of the whole change that came in that step.
With `limit` whether no checkpoint differs from the first by more than that.
Cannot see: behaviour that the prompts do not ask for; what lies between two checkpoints; errors of whatever set the
flags; a change and its undoing, of which the larger is told.
Reference: Zhou et al. (2024), "Efficient Online Reinforcement Learning Fine-Tuning Need Not Retain Offline Data",
arXiv 2412.07762, for forgetting that is sudden and at the start; the statistics are ours.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from headgate import frames
from headgate.drift import judging
from headgate.drift.onset import Curve, Floats, Onset, curve, onset
from headgate.errors import BadInput, UsageError
from headgate.frames import Words
from headgate.shapes import Finding, Measured, Shown

RISKS = ("1.3", "3.3")


def measure(
    *, table: Path, step: str = "step", prompt: str = "prompt", flag: str = "flag", judge: str | None = None,
    completion: str = "completion", limit: float | None = None, draws: int = 2000, seed: int = 0,
) -> Measured:  # fmt: skip
    """Rates over checkpoints, the change point, and how sudden the change was.

    `table` is a CSV, JSON lines or Parquet file; `step` names the column of the checkpoint's step; `prompt` names that
    of the prompt's id; `flag` names that of whether the completion shows the behaviour, 0 to 1; `judge` is who says so
    instead: refusal, a screen method, a folder of a classifier, or a .csv file with a column phrase; `completion` names
    the column that it reads; `limit` is the largest change from the first checkpoint that is let pass; `draws` is how
    many bootstrap samples; `seed` is of these. Raises `UsageError`, `BadInput` and `MissingExtra` in one line each.
    """
    if limit is not None and not 0 <= limit <= 1:
        msg = f"a limit of {limit:g} is no difference of shares. Give one from 0 to 1."
        raise UsageError(msg)
    if draws < 100:
        msg = f"{draws} draws say nothing of an end of an interval. Give 100 or more."
        raise UsageError(msg)
    given = frames.read(table)
    shares = (
        given.numbers(flag, low=0, high=1) if judge is None else judging.judge(judge)(given.words(completion).tolist())
    )
    steps, flags, left = _pivot(given.numbers(step), given.words(prompt), shares)
    drawn, found = curve(flags, draws=draws, seed=seed), onset(flags)
    met, because = _answer(drawn, limit)
    return Measured(
        given.ref,
        _findings(steps, flags, drawn, found),
        tables=(_shown(steps, drawn),),
        asked="" if limit is None else f"no checkpoint differs from the first by more than {limit:g}",
        met=met,
        because=because,
        notes=_notes(steps, found, left, judge),
    )


def _pivot(step: Floats, prompt: Words, shares: Floats) -> tuple[Floats, Floats, int]:
    """Steps (k), mean flags (k, prompts) of those prompts that every checkpoint answered, and how many were not.

    A completion of which nothing could be told (NaN) is no answer.
    """
    told = ~np.isnan(shares)
    steps, at = np.unique(step, return_inverse=True)
    names, which = np.unique(prompt, return_inverse=True)
    at, which, shares = at[told], which[told], shares[told]
    # left out before there is a cell for each step and prompt: a short file could ask for more than there is memory
    whole = np.bincount(np.unique(at * len(names) + which) % len(names), minlength=len(names)) == len(steps)
    if len(steps) < 2 or whole.sum() < 2:
        msg = (
            f"{len(steps)} checkpoints have {int(whole.sum())} prompts in common. "
            "Ask the same prompts, two or more, at two checkpoints or more."
        )
        raise BadInput(msg)
    kept = whole[which]
    cell, size = (at * whole.sum() + (whole.cumsum() - 1)[which])[kept], len(steps) * int(whole.sum())
    answers, total = np.bincount(cell, minlength=size), np.bincount(cell, shares[kept], minlength=size)
    return steps, (total / answers).reshape(len(steps), -1), int((~whole).sum())


def _findings(steps: Floats, flags: Floats, drawn: Curve, found: Onset) -> list[Finding]:
    prompts = flags.shape[1]
    first, last = f"{steps[0]:g}", f"{steps[-1]:g}"
    made = [
        Finding("change", float(drawn.change[-1]), float(drawn.change_low[-1]), float(drawn.change_high[-1]), prompts,
                f"rate {drawn.rate[0]:.3f} at step {first}, {drawn.rate[-1]:.3f} at step {last}"),
        Finding("changed", found.chance, None, None, prompts,
                "posterior probability that the rate changed between two checkpoints"),
    ]  # fmt: skip
    apart = (drawn.change_low > 0) | (drawn.change_high < 0)
    if apart.any():
        made.append(Finding("first_seen", float(steps[apart.argmax()]), None, None, prompts,
                            "the first step whose rate differs from the first by more than its interval"))  # fmt: skip
    if found.place is None:
        return made
    ends = [float(steps[one]) for one in (found.places[0], found.places[-1])]
    said = f"rate {found.before:.3f} before, {found.after:.3f} from there on"
    made.append(Finding("onset", float(steps[found.place]), ends[0], ends[1], prompts, said))
    if found.sudden is not None:
        made.append(Finding("sudden", found.sudden, None, None, prompts,
                            "share of the change from first to last that came in that one step"))  # fmt: skip
    return made


def _answer(drawn: Curve, limit: float | None) -> tuple[bool | None, str]:
    if limit is None:
        return None, ""
    most = float(np.maximum(-drawn.change_low, drawn.change_high).max())
    least = float(np.maximum(np.maximum(drawn.change_low, -drawn.change_high), 0).max())
    met = True if most <= limit else False if least > limit else None
    return met, f"the largest change lies between {least:.3f} and {most:.3f}"


def _shown(steps: Floats, drawn: Curve) -> Shown:
    columns = ("step", "rate", "low", "high", "change", "change low", "change high")
    parts = (steps, drawn.rate, drawn.low, drawn.high, drawn.change, drawn.change_low, drawn.change_high)
    return Shown("rate by checkpoint", columns, list(zip(*(one.tolist() for one in parts), strict=True)))


def _notes(steps: Floats, found: Onset, left: int, judge: str | None) -> tuple[str, ...]:
    made = [f"{left} prompts that some checkpoint did not answer are left out"] if left else []
    if judge is not None:
        made.append("the judge is taken as perfect: its errors are in no interval")
    if found.place is not None:
        made.append(
            f"the last checkpoint before the change is step {steps[found.place - 1]:g}; a small share of safety "
            "prompts mixed into the training data may hold the behaviour, which docs/methods/onset_curve.md measures"
        )
    return tuple(made)
