"""What a synthetic hub is made of, before it is written as the hubs' records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from headgate.synthetic.truth import Person

START = datetime(2023, 1, 10, tzinfo=UTC)
EARLIER = datetime(2025, 5, 1, tzinfo=UTC)  # of the first of two observations
LATER = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight file: path, size in bytes, SHA-256 in lower-case hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Family:
    """Base models of one maker; `base` is Civitai's word for an image family."""

    name: str
    author: str
    architecture: str
    licence: str
    base: str | None = None

    @property
    def image(self) -> bool:
        """Whether the family makes images rather than text."""
        return self.base is not None


@dataclass(slots=True)
class Repo:
    """A Hugging Face model. `declared` holds the parents' ids as they were called at the time."""

    id: str
    family: Family
    size: float  # billions of weights
    relation: str  # root, finetune, adapter, merge, quantized or copy
    created: datetime
    form: str = "transformers"  # transformers, diffusers, peft, gguf, gptq, awq, mlx
    depth: int = 0
    parents: list[Repo] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    told: str = "declared"
    spelling: str = "plain"  # plain, url or lower: how the card writes the parents
    licence: str | None = None
    has_card: bool = True
    has_text: bool = True
    datasets: list[str] = field(default_factory=list)
    uncensored: bool = False
    says_uncensored: bool = False
    person: Person | None = None
    weights: tuple[Weight, ...] = ()
    downloads: int = 0
    children: int = 0
    old_id: str | None = None  # its name at the earlier observation, where it was renamed since

    @property
    def name(self) -> str:
        """The part of the id after the account."""
        return self.id.rpartition("/")[2]

    @property
    def author(self) -> str:
        """The account."""
        return self.id.partition("/")[0]

    @property
    def ref(self) -> str:
        """Its ref."""
        return f"hf:model:{self.id}"


@dataclass(slots=True)
class Corpus:
    """A Hugging Face dataset."""

    id: str
    topic: str
    created: datetime
    licence: str | None
    has_card: bool
    downloads: int
    rows: int

    @property
    def ref(self) -> str:
        """Its ref."""
        return f"hf:dataset:{self.id}"


@dataclass(slots=True)
class Version:
    """A version of a Civitai model."""

    id: int
    name: str
    base: str
    created: datetime
    words: list[str]
    weight: Weight
    downloads: int

    @property
    def ref(self) -> str:
        """Its ref."""
        return f"civitai:version:{self.id}"


@dataclass(slots=True)
class Upload:
    """A Civitai model; `gone` says that it was there at the earlier observation only."""

    id: int
    name: str
    creator: str
    type: str
    description: str
    tags: list[str]
    commercial: list[str] | str
    versions: list[Version]
    nsfw: bool = False
    poi: bool = False
    person: Person | None = None
    gone: bool = False

    @property
    def ref(self) -> str:
        """Its ref."""
        return f"civitai:model:{self.id}"
