"""What is said of a protected copy: its visible change, the trials, and that the protection ends some day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from headgate.evidence import paired
from headgate.evidence.intervals import wilson
from headgate.plain import plain
from headgate.protecting.filters import Told
from headgate.protecting.visible import Visible
from headgate.shapes import Finding

if TYPE_CHECKING:
    from headgate.protecting.learner import Flags
    from headgate.protecting.trials import Trial

LIMITED = (
    "The protection is limited in time: it slows down who learns from the copy today and binds nobody. Who has clean "
    "copies, a better counter-measure or another learner may learn all the same."
)


def findings(seen: Visible, trials: Sequence[Trial], told: Told | None) -> list[Finding]:
    """The figures as findings: `trials` as `trials.survey` gives them, clean first, then protected; or none."""
    found = [
        Finding("psnr", seen.psnr if math.isfinite(seen.psnr) else None, None, None, 1, "decibels, over all pictures"),
        Finding("mean_change", seen.mean, None, None, 1, f"grey levels of 255; the largest is {seen.largest}"),
    ]
    if told is not None:
        said = f"class told from local figures; {told.chance:.3f} at most with labels shuffled {told.draws} times"
        found.append(Finding("filters_seen", told.share, told.low, told.high, told.n, said))
    if not trials:
        return found
    clean, protected = trials[0], trials[1]
    found.append(_accuracy("clean_accuracy", clean, "learnt from clean pictures"))
    found.append(_accuracy("protected_accuracy", protected, "learnt from protected pictures"))
    found += [_accuracy(f"protected_accuracy.{one.counter}", one, f"after {one.said}") for one in trials[2:]]
    found += [_drop(clean, one) for one in trials[1:]]
    return [*found, _share("fitted", protected.fitted, "accuracy on the protected pictures learnt from")]


def breaking(trials: Sequence[Trial]) -> list[str]:
    """The counter-measures after which at least half of what the protection took is back."""
    if len(trials) < 3:
        return []
    clean, protected, *others = (int(one.right.sum()) for one in trials)  # of the same pictures
    if clean <= protected:
        return []
    back = [2 * (hits - protected) >= clean - protected for hits in others]
    return [one.counter for one, broken in zip(trials[2:], back, strict=True) if broken]


def unsettled(trials: Sequence[Trial]) -> list[str]:
    """The counter-measures after which less than half is back, but more may be: the interval reaches half."""
    found = []
    for one in trials[2:]:
        # of each picture, what is back twice less what was taken: 0 at half
        back = 2.0 * one.right - trials[1].right - trials[0].right
        most = back.mean() + 1.96 * back.std(ddof=1) / math.sqrt(len(back)) if len(back) > 1 else 0.0
        if back.mean() < 0 <= most:
            found.append(one.counter)
    return found


def verdict(trials: Sequence[Trial]) -> str:
    """In one line what the trials say of the protection.

    Learning is hindered where the interval of the drop is above 0 and McNemar's exact test agrees, at 0.05.
    """
    if not trials:
        return "how far the protection holds was not measured"
    clean, protected = trials[0].right, trials[1].right
    if paired.difference(clean, protected)[0] <= 0 or paired.chance(clean, protected) > 0.05:
        return "no protection was measured: the drop may be none"
    broken, open_ = breaking(trials), unsettled(trials)
    told = [f"broken by {', '.join(broken)}"] * bool(broken) + [f"perhaps by {', '.join(open_)}"] * bool(open_)
    said = ", ".join(told) or "broken by none of the counter-measures tried"
    return f"learning is hindered (clean-test accuracy {trials[0].accuracy:.3f} to {trials[1].accuracy:.3f}); {said}"


def lines(found: Sequence[Finding], trials: Sequence[Trial], why_not: str) -> list[str]:
    """What is printed: a line for each figure, the verdict, and that the protection is limited."""
    printed = [one for one in found if not one.axis.startswith("drop.")]  # accuracies say it
    width = max(len(one.axis) for one in printed)
    shown = [f"  {one.axis:{width}}  {_figure(one)}: {plain(one.evidence, 200)}" for one in printed]
    left = [f"not measured: {plain(why_not, 300)}"] if why_not else []
    return [*shown, *left, verdict(trials), LIMITED]


def _accuracy(axis: str, trial: Trial, said: str) -> Finding:
    return _share(axis, trial.right, f"clean pictures kept out; {said}")


def _share(axis: str, right: Flags, said: str) -> Finding:
    hits, of = int(right.sum()), len(right)
    low, high = wilson(hits, of) or (None, None)
    return Finding(axis, hits / of, low, high, of, said)


def _drop(clean: Trial, other: Trial) -> Finding:
    # both learners are asked about the same pictures, so the difference of each picture counts
    low, high = paired.difference(clean.right, other.right)
    axis = f"drop.{other.counter}" if other.counter else "drop"
    said = "clean accuracy less this one, same pictures; one seed of training"
    return Finding(axis, clean.accuracy - other.accuracy, low, high, len(clean.right), said)


def _figure(one: Finding) -> str:
    if one.value is None:
        return "could not tell"
    return f"{one.value:.4g}" + ("" if one.low is None or one.high is None else f" ({one.low:.4g} to {one.high:.4g})")
