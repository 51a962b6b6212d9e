"""Counts of what generated outputs depict, by prompt and role, and the reference shares somebody chose for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from headgate import frames, legal_classes
from headgate.errors import BadInput, UsageError
from headgate.frames import Frame
from headgate.plain import plain

Floats = npt.NDArray[np.float64]
MOST_ROLES, MOST_ATTRIBUTES = 1000, 200
ANY = ""  # the role of reference shares that hold for every role

ASK = (
    "A reference is a choice: name a CSV with the columns attribute, share and source (why these shares), and role "
    "where they differ, by --reference."
)


@dataclass(frozen=True, slots=True)
class Reference:
    """Shares that somebody chose: attributes (k), shares (k, sum 1) of each role, and the reason of each role."""

    attributes: tuple[str, ...]
    shares: dict[str, Floats]
    reasons: dict[str, str]

    def of(self, role: str) -> Floats:
        """The shares that hold for `role`. Raises `BadInput` where none do."""
        if role not in self.shares and ANY not in self.shares:
            msg = f"the reference has no shares for the role {plain(role, 60)!r}. Add them, or rows with an empty role."
            raise BadInput(msg)
        return self.shares.get(role, self.shares.get(ANY, np.empty(0)))


@dataclass(frozen=True, slots=True)
class Depicted:
    """Counts (prompts, k) of attributes, the role of each prompt (prompts), and annotated outputs by (role, class)."""

    counts: Floats
    roles: tuple[str, ...]
    annotated: dict[tuple[str, str], int]
    looked_at: dict[str, int]  # outputs of each role that somebody annotated, whatever they said


def reference(path: Path | None, attribute: str) -> Reference:
    """The reference shares in the file at `path`, whose column of categories is called `attribute`.

    Raises `UsageError` where none is named or a reason is lacking, `BadInput` where the shares make no distribution.
    """
    if path is None:
        msg = f"no reference shares are stated, so nothing can be called unbalanced. {ASK}"
        raise UsageError(msg)
    table = frames.read(path)
    frames.same_columns([table], (attribute, "share", "source"))
    shares, names = table.numbers("share", low=0, high=1), table.words(attribute)
    reasons = table.words("source")
    roles = table.words("role") if "role" in table.columns else np.full(table.rows, ANY)
    if (np.char.str_len(reasons) == 0).any():
        msg = f"{plain(path)}, row {int((np.char.str_len(reasons) == 0).argmax()) + 1}: share without a source. {ASK}"
        raise UsageError(msg)
    attributes = tuple(sorted(set(names.tolist())))
    if len(attributes) > MOST_ATTRIBUTES:
        msg = f"{plain(path)} has {len(attributes):,} attributes. Give at most {MOST_ATTRIBUTES}, the rarer as one."
        raise BadInput(msg)
    found = {role: _shares(path, role, names[roles == role], shares[roles == role], attributes)
             for role in sorted(set(roles.tolist()))}  # fmt: skip
    why = {role: "; ".join(dict.fromkeys(reasons[roles == role].tolist())) for role in found}
    return Reference(attributes, found, why)


def depicted(table: Frame, attribute: str, attributes: tuple[str, ...]) -> Depicted:
    """Counts of the rows of `table`: columns prompt, role, `attribute`, perhaps count (else each row is one output) and
    annotation.

    Raises `UsageError` where a column lacks, `BadInput` where an attribute has no reference share.
    """
    frames.same_columns([table], ("prompt", "role", attribute))
    names, roles, prompts = table.words(attribute), table.words("role"), table.words("prompt")
    if (many := len(np.unique(roles))) > MOST_ROLES:
        msg = f"{plain(table.path)} has {many:,} roles, each of which is tested. Give at most {MOST_ROLES:,}."
        raise BadInput(msg)
    weights = table.numbers("count", low=0, high=1e15) if "count" in table.columns else np.ones(table.rows)
    if (weights != np.rint(weights)).any():
        msg = f"{plain(table.path)}, row {int((weights != np.rint(weights)).argmax()) + 1}: a count is no whole number."
        raise BadInput(msg)
    strange = ~np.isin(names, attributes)
    if strange.any():
        msg = (
            f"{plain(table.path)}, row {int(strange.argmax()) + 1}: {plain(attribute, 40)} "
            f"{plain(names[strange.argmax()], 40)!r} has no reference share. Give it one, or leave such outputs out."
        )
        raise BadInput(msg)
    _, first, prompt = np.unique(np.stack((roles, prompts)), axis=1, return_index=True, return_inverse=True)
    prompt, column = prompt.ravel(), np.searchsorted(np.array(attributes), names)
    counts = np.bincount(prompt * len(attributes) + column, weights, minlength=len(first) * len(attributes))
    counts = counts.reshape(len(first), -1)
    some = counts.sum(1) > 0
    return Depicted(counts[some], tuple(roles[first][some].tolist()), *_annotated(table, roles, weights))


def _annotated(table: Frame, roles: frames.Words, weights: Floats) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    if "annotation" not in table.columns:
        return {}, {}
    found: dict[tuple[str, str], int] = {}
    looked: dict[str, int] = {}
    for word, role, weight in zip(table.words("annotation").tolist(), roles.tolist(), weights.tolist(), strict=True):
        if word:  # "none" says that somebody looked and found nothing
            looked[role] = looked.get(role, 0) + int(weight)
        if (told := legal_classes.read(word)) is not None:
            found[role, told] = found.get((role, told), 0) + int(weight)
    return found, looked


def _shares(path: Path, role: str, names: frames.Words, shares: Floats, attributes: tuple[str, ...]) -> Floats:
    whose = f"the shares of the role {plain(role, 60)!r}" if role != ANY else "the shares"
    if sorted(names.tolist()) != list(attributes) or len(attributes) < 2 or "" in attributes:
        msg = f"{plain(path)}: {whose} need one row for each of 2 or more attributes, the same in every role."
        raise BadInput(msg)
    if abs(shares.sum() - 1) > 1e-6 or (shares <= 0).any():
        msg = f"{plain(path)}: {whose} have the sum {shares.sum():g}. Give shares above 0 with the sum 1."
        raise BadInput(msg)
    return np.asarray(shares[np.argsort(names)] / shares.sum())
