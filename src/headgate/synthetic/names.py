"""Invented names of accounts, models, datasets and people: built from syllables, nobody's and nothing's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import product
from random import Random

from headgate.synthetic.truth import Person

_SYLLABLES = (
    "bre", "quo", "vel", "tor", "nim", "ska", "lum", "dri", "fen", "gal", "mur", "pex", "rul",
    "tiv", "wox", "zan", "kel", "bim", "cor", "dap", "fyl", "gri", "hol", "jun", "lar", "mip",
    "nov", "osk", "pri", "rad", "sel", "tum",
)  # fmt: skip
_HOUSES = (
    "-labs", "-ai", "-works", "-research", "lab", "", "", "",
)  # fmt: skip
_ACCOUNT_TAILS = (
    "", "", "", "42", "-x", "_ml", "dev", "0",
)  # fmt: skip
TOPICS = (
    "Chat", "Code", "Math", "Med", "Law", "SQL", "Story", "Tutor", "Agent", "Tools", "Vision",
    "Reason", "Planner", "Summary", "Translate", "Roleplay", "Nordic", "Andes",
)  # fmt: skip
STYLES = (
    "Watercolour", "Ink", "Clay", "Neon", "Pastel", "Isometric", "Papercut", "Woodblock", "Linen",
    "Pixel", "Lantern", "Botanical", "Blueprint", "Mosaic",
)  # fmt: skip
# Letter groups that no other name here has, so that a person's name is recognised wherever it turns up.
_GIVEN = (("Ael", "Oeth", "Yll", "Iov", "Aez", "Uyr", "Eaq", "Yvo"), ("dra", "mi", "sti", "wy", "ro", "be", "ga", "lu"),
          ("neth", "rielle", "zanne", "thyl", "quyl", "vyth", "xine", "lyth"))  # fmt: skip
_FAMILY = (("Thwar", "Gwen", "Przy", "Khel", "Vhan", "Dhru", "Mzil", "Sztr"),
           ("ba", "ko", "lle", "mu", "ndi", "pha", "ra", "vi"),
           ("quell", "thorpe", "wick", "yvane", "zholt", "grove", "ckley", "ssen"))  # fmt: skip


def dice(seed: int, part: str) -> Random:
    """The random numbers of one part of the hub, apart from those of every other part."""
    return Random(f"{seed}:{part}")  # noqa: S311 - repeatable by design, nothing here is secret


def digest(*parts: object) -> str:
    """64 hexadecimal digits that depend on `parts` only."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def word(rng: Random, syllables: int = 2) -> str:
    """An invented word in lower case."""
    return "".join(rng.choices(_SYLLABLES, k=syllables))


def organisations(rng: Random, number: int) -> list[str]:
    """Accounts that publish base models."""
    return _distinct(number, lambda: word(rng, 3) + rng.choice(_HOUSES))


def accounts(rng: Random, number: int) -> list[str]:
    """Accounts of single people, as handles."""
    return _distinct(number, lambda: word(rng, rng.choice((2, 3, 3))) + rng.choice(_ACCOUNT_TAILS))


def people(rng: Random, number: int) -> tuple[Person, ...]:
    """Up to 512 invented people, no two sharing a name."""
    given = ["".join(parts) for parts in product(*_GIVEN)]
    family = ["".join(parts) for parts in product(*_FAMILY)]
    rng.shuffle(given)
    rng.shuffle(family)
    return tuple(Person(g, f) for g, f in zip(given[:number], family[:number], strict=True))


def _distinct(number: int, make: Callable[[], str]) -> list[str]:
    made: dict[str, None] = {}
    while len(made) < number:
        made[make()] = None
    return list(made)
