"""The few nouns of a repair: examples, subject, behaviour, forget set, removal, case and check.

One sign throughout: an influence above 0 says that removing the item reduces the behaviour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"
Doubles: TypeAlias = "npt.NDArray[np.float64]"
Model: TypeAlias = Any  # a torch module or a fitted estimator, as the subject's adapter says
Role: TypeAlias = Literal["query", "validation", "proof"]
Verdict: TypeAlias = Literal["held", "leaks", "over", "inconclusive"]


@dataclass(frozen=True, slots=True)
class Examples:
    """n items: stable ids, inputs `x` and answers `y` (first axis n), and where there are any texts and groups.

    `y` is a class (int), a number (float), or of a language model the token ids of the answer in the places of `x`
    (n x length, -100 where nothing is asked). `groups` names the author, dataset or source of each.
    """

    ids: tuple[str, ...]
    x: Array
    y: Array
    texts: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Adapter:
    """What can be asked of a kind of model, as functions of (model, examples), each giving one row an item.

    `outcomes` (n, 0 to 1): how far the model gives the answer y: 1 or 0 for a class, the probability of an answer a
    token for a language model. `losses` (n): negative log-likelihood of y, or squared error. `features` (n x d): what
    the last layer sees. `item_losses(model, x, y)` is the same as `losses` on tensors, differentiable; None where the
    model has no gradients. `clone` gives a model that can be changed freely; `save(model, folder)` writes its weights.
    """

    kind: str  # classes, regression, causal, diffusion, estimator or trees
    outcomes: Callable[[Model, Examples], Doubles]
    losses: Callable[[Model, Examples], Doubles]
    features: Callable[[Model, Examples], Array]
    clone: Callable[[Model], Model]
    item_losses: Callable[[Model, Any, Any], Any] | None = None
    probabilities: Callable[[Model, Examples], Array] | None = None  # n x classes, where there are classes
    save: Callable[[Model, Any], None] | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The model as it was during training, and the sum of learning rates of the steps that it stands for."""

    model: Model
    rate: float


@dataclass(frozen=True, slots=True)
class Subject:
    """A model that does what it should not, what it was trained on, and how it could be trained again.

    `retrain(examples, seed)` trains from scratch; None where that cannot be done.
    """

    name: str
    model: Model
    train: Examples
    adapter: Adapter
    checkpoints: tuple[Checkpoint, ...] = ()
    retrain: Callable[[Examples, int], Model] | None = None
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What should not be there: `queries` on which it shows, their y the unwanted answer; `clean` items whose y is
    right, which measure what must not be lost. Queries and clean items of different roles share none.
    """

    role: Role
    queries: Examples
    clean: Examples


@dataclass(frozen=True, slots=True)
class ForgetSet:
    """Training items to take out, by id; why; and which share of all bad items they are, None where nobody knows."""

    ids: tuple[str, ...]
    reason: str
    known: float | None = None


@dataclass(frozen=True, slots=True)
class Influence:
    """What tracing gives: `score` (n, as the subject's train), standard `error` where it was estimated, notes."""

    score: Doubles
    error: Doubles | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A removal under way: mean loss on forget and retain items, and the utility on clean validation items."""

    step: int
    forget: float
    retain: float
    utility: float


@dataclass(frozen=True, slots=True)
class Removal:
    """A new model, the way there, and whether the guard had to stop it before utility collapsed."""

    model: Model
    steps: tuple[Step, ...] = ()
    collapsed: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """One attempt of a search: settings, seconds, behaviour and utility on validation items; why it was not taken."""

    method: str
    settings: Mapping[str, object]
    seconds: float
    behaviour: float
    utility: float
    collapsed: bool
    taken: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """What a proof looks at: the subject (its model is the one before), the model after, models retrained without the
    forget set (one a seed, none where that cannot be done), the forget set, and the behaviour on its proof items.
    """

    subject: Subject
    after: Model
    references: tuple[Model, ...]
    forget: ForgetSet
    behaviour: Behaviour


@dataclass(frozen=True, slots=True)
class Check:
    """What one test found: means before, after and of the reference; interval of after - reference; its verdict.

    `axis` tells several results of one test apart, "" being its headline; `n` items were looked at; within `margin`
    of the reference is close enough. Verdicts: held; leaks (more than the reference); over (less); inconclusive.
    """

    test: str
    axis: str
    before: float | None
    after: float | None
    reference: float | None
    low: float | None
    high: float | None
    n: int
    margin: float
    verdict: Verdict
    evidence: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was proved of a removal: hashes and settings of everything that took part, every check, and the verdict."""

    verdict: Literal["held", "not held", "inconclusive"]
    because: str
    subject: Mapping[str, object]
    forget: Mapping[str, object]
    removal: Mapping[str, object]
    splits: Mapping[str, str]  # role -> sha256 of its ids
    checks: Sequence[Check] = field(default_factory=tuple)
    claims: Sequence[str] = field(default_factory=tuple)
