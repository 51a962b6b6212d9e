"""Score forgetting: a class's score in a diffusion model made that of another class, the scores of the rest kept.

Built: the alignment of scores after SFD. The frozen source model is the teacher; asked for the class to forget, the
model learns to answer what the teacher answers for the anchor class, and for every other class what the teacher
answers for it. It is data-free: pictures are drawn by the teacher, training items tell the class and nothing else.
Not built: the one-step generator into which the paper distils the same alignment, and so its speed of drawing.
Added: `spread` aligns near pictures of the class whatever condition is asked, not only its own label; the paper's loss
alone leaves the class within reach of a search among conditions (see docs/methods/condition_space.md).

Reads: a class-conditional diffusion model, the class of the forget items, the labels and behaviour's validation part.
Finds: a model that draws the anchor when asked for the class; alignment losses and utility of every tenth of the way.
Cannot see: whether the class is gone or only out of reach: condition_space, composition_leak and relearning tell.
Reference: Chen, Zhang, Zhou, "Score Forgetting Distillation: A Swift, Data-Free Method for Machine Unlearning in
Diffusion Models" (ICLR 2025, arXiv 2409.11219).
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import nn

from headgate.errors import UsageError
from headgate.nn.diffusion import LEVELS, draw, noised
from headgate.nn.pictures import drawing
from headgate.nn.threads import device_of, fitting
from headgate.nn.unlearning import finite, trainable, utility
from headgate.repair.examples import parted
from headgate.repair.shapes import Behaviour, ForgetSet, Model, Removal, Step, Subject
from headgate.repair.splits import open_to

NEEDS = ("torch",)
# what a search draws its trials from: (lowest, highest) on a logarithmic scale, or choices
SEARCH = {"rate": (3e-4, 3e-3), "steps": [500, 1000, 2000], "weight": (0.3, 3.0), "spread": [0.0, 0.4, 0.8]}
_POOL = 200  # pictures drawn of each class


def remove(
    subject: Subject, forget: ForgetSet, behaviour: Behaviour, *, anchor: int = -1, spread: float = 0.8,
    weight: float = 1.0, steps: int = 2_000, rate: float = 1e-3, batch: int = 64, floor: float = 0.9, seed: int = 0,
) -> Removal:  # fmt: skip
    """Align the score of the forget items' class with the anchor's, and of every other class with the teacher's.

    `anchor` is the safe class to draw instead, -1 for the one whose score the teacher tells least from the class's;
    `spread` is the share of noisy pictures of the class for which any condition is asked and not its label (0: SFD);
    `weight` is what forgetting counts against keeping;
    `steps` is the number of steps;
    `rate` is the highest learning rate of Adam, reached in the first tenth and falling to 0 in a line;
    `batch` is the number of pictures in a step, of each kind;
    `floor` is the share of the source's utility below which no weights are given: the last above it are put back, and
    it ends on the way where half of that is lost too;
    `seed` draws pictures, noise and conditions.
    """
    open_to(behaviour, "remove")
    trainable(rate=rate, floor=floor, steps=steps, batch=batch)
    gone, kept = classes_of(subject, forget)
    teacher: nn.Module = subject.adapter.clone(subject.model).requires_grad_(False).eval()
    student: nn.Module = subject.adapter.clone(subject.model)
    generator = torch.Generator(device_of(student)).manual_seed(seed)
    with fitting(student):
        pool = _drawn(teacher, [gone, *kept], subject.train.x[0].size, generator)
        safe = nearest(teacher, gone, kept, pool[gone]) if anchor == -1 else _among(anchor, kept)
        found, sums, every, since = list[Step](), np.zeros(2), max(1, steps // 10), 0
        optimiser = torch.optim.Adam(student.parameters(), rate, betas=(0.0, 0.999))
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: min((step + 1) / every, (steps - step) / (steps - every + 1))
        )
        lowest, sound = floor * utility(subject, teacher, behaviour), copy.deepcopy(student.state_dict())
        for step in range(1, steps + 1):
            keeping = _keeping(student, teacher, kept, pool, batch, generator)
            forgetting = _forgetting(student, teacher, gone, safe, pool, batch, spread, generator)
            optimiser.zero_grad()
            (keeping + weight * forgetting).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            sums += [forgetting.item(), keeping.item()]
            if step % every == 0 or step == steps:
                means, since, sums = sums / (step - since), step, np.zeros(2)
                sane = finite(student) and bool(np.isfinite(means).all())
                found.append(Step(step, float(means[0]), float(means[1]), utility(subject, student, behaviour)))
                if found[-1].utility >= lowest and sane:
                    sound = copy.deepcopy(student.state_dict())
                elif found[-1].utility < lowest / 2 or not sane:
                    break
        collapsed = found[-1].utility < lowest or not sane
        student.load_state_dict(sound)
    note = f"class {gone} is given the score of class {safe}; {bleed(subject, student.eval(), safe, behaviour)}"
    return Removal(student, tuple(found), collapsed, note + (f"; collapsed at step {step}" if collapsed else ""))


def classes_of(subject: Subject, forget: ForgetSet) -> tuple[int, list[int]]:
    """The one class of the forget items, and those of all others; raises `UsageError` where a class is in both."""
    drawing(subject)
    out, rest = parted(subject.train, forget)
    gone, kept = np.unique(out.y), np.unique(rest.y)
    if len(gone) > 1 or gone[0] in kept:
        msg = f"the forget set is not one whole class (classes {gone.tolist()[:5]}). Forget all items of one class."
        raise UsageError(msg)
    return int(gone[0]), [int(one) for one in kept]


def nearest(teacher: nn.Module, gone: int, kept: list[int], pictures: torch.Tensor) -> int:
    """The class of `kept` whose velocity differs least from that of class `gone`, near its own noisy pictures."""
    generator = torch.Generator(pictures.device).manual_seed(0)
    noisy, level = _rough(pictures, generator)
    with torch.no_grad():
        own = teacher(noisy, level, torch.full_like(level, gone))
        apart = [float((teacher(noisy, level, torch.full_like(level, one)) - own).square().mean()) for one in kept]
    return kept[int(np.argmin(apart))]


def bleed(subject: Subject, model: Model, safe: int, behaviour: Behaviour) -> str:
    """How often drawings of other classes show the anchor, before and after: more would be mode bleed."""
    if subject.adapter.probabilities is None:
        return "no judge to tell mode bleed"
    others = behaviour.clean.y != safe
    was, now = (
        float((subject.adapter.probabilities(one, behaviour.clean).argmax(1)[others] == safe).mean())
        for one in (subject.model, model)
    )
    return f"{100 * now:.1f} % of drawings of other classes show it, {100 * was:.1f} % did"


def _keeping(
    student: nn.Module, teacher: nn.Module, kept: list[int], pool: torch.Tensor, batch: int,
    generator: torch.Generator,
) -> torch.Tensor:  # fmt: skip
    device = device_of(student)
    y = torch.tensor(kept, device=device)[torch.randint(len(kept), (batch,), generator=generator, device=device)]
    noisy, level = _rough(_some(pool, y, generator), generator)
    with torch.no_grad():
        wanted = teacher(noisy, level, y)
    error: torch.Tensor = student(noisy, level, y) - wanted
    return error.square().mean()


def _forgetting(
    student: nn.Module, teacher: nn.Module, gone: int, safe: int, pool: torch.Tensor, batch: int,
    spread: float, generator: torch.Generator,
) -> torch.Tensor:  # fmt: skip
    """Near pictures of the class and of the anchor alike: drawing runs through noise that belongs to neither."""
    device = device_of(student)
    own = torch.rand(batch, generator=generator, device=device) < 0.5
    noisy, level = _rough(_some(pool, torch.where(own, gone, safe), generator), generator)
    with torch.no_grad():
        wanted = teacher(noisy, level, torch.full_like(level, safe))
    label = torch.full_like(level, gone)
    asked = student.conditions(label)  # type: ignore[operator]
    wide = own & (torch.rand(batch, generator=generator, device=device) < spread)
    anywhere = _anywhere(teacher.conditions.weight, gone, batch, generator)  # type: ignore[union-attr, arg-type]
    error: torch.Tensor = student.at(noisy, level, torch.where(wide[:, None], anywhere, asked)) - wanted  # type: ignore[operator]
    return error.square().mean()


def _anywhere(table: torch.Tensor, gone: int, count: int, generator: torch.Generator) -> torch.Tensor:
    """Conditions (count x wide): half around where the class was, half twice as wide as the table."""
    far = torch.randn(count, table.shape[1], generator=generator, device=table.device) * 2 * table.std(0)
    reach, half = (torch.rand(count, 1, generator=generator, device=table.device) for _ in range(2))
    return torch.where(half < 0.5, far, table[gone] + 0.7 * reach * far)


def _drawn(teacher: nn.Module, classes: list[int], pixels: int, generator: torch.Generator) -> torch.Tensor:
    """Flat pictures by the teacher (class x place x pixels), those of classes that nobody knows empty."""
    device = device_of(teacher)
    found = torch.zeros(max(classes) + 1, _POOL, pixels, device=device)
    for one in classes:
        noise = torch.randn(_POOL, pixels, generator=generator, device=device)
        found[one] = draw(teacher, torch.full((_POOL,), one, device=device), noise)
    return found


def _some(pool: torch.Tensor, y: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return pool[y, torch.randint(_POOL, (len(y),), generator=generator, device=y.device)]


def _rough(pictures: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    level = torch.randint(LEVELS, (len(pictures),), generator=generator, device=pictures.device)
    noise = torch.randn(pictures.shape, generator=generator, device=pictures.device)
    return noised(pictures, level, noise)[0], level


def _among(anchor: int, kept: list[int]) -> int:
    if anchor not in kept:
        msg = f"the anchor {anchor} is no class that stays. Choose one of {', '.join(map(str, kept))}."
        raise UsageError(msg)
    return anchor
