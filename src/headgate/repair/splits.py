"""Query, validation and proof: three roles of a behaviour that share no item. Only prove may see the last."""

from __future__ import annotations

import numpy as np

from headgate.errors import UsageError
from headgate.repair.examples import contents, take
from headgate.repair.shapes import Behaviour, Examples, Role

ROLES: tuple[Role, ...] = ("query", "validation", "proof")


def split(queries: Examples, clean: Examples, *, seed: int = 0) -> dict[Role, Behaviour]:
    """A behaviour in three disjoint parts, by role, each with a third of the queries and of the clean items.

    Items of one group stay together where there are three groups, and without groups equal items do: what is proved
    must not be what was tuned on under another id. Raises `UsageError` for fewer than three items.
    """
    shares = [_thirds(one, seed + n) for n, one in enumerate((queries, clean))]
    return {
        role: Behaviour(role, take(queries, shares[0] == n), take(clean, shares[1] == n))
        for n, role in enumerate(ROLES)
    }


def checked(parts: dict[Role, Behaviour]) -> dict[Role, Behaviour]:
    """`parts` as they are; raises `UsageError` where one is missing, misnamed, or shares an item with another."""
    if set(parts) != set(ROLES) or any(part.role != role for role, part in parts.items()):
        msg = f"a behaviour has the parts {', '.join(ROLES)}, not {', '.join(sorted(parts))}. Give each once."
        raise UsageError(msg)
    for kind in ("queries", "clean"):
        seen: set[str] = set()
        for part in parts.values():
            ids = set(getattr(part, kind).ids)
            if seen & ids:
                msg = f"{len(seen & ids)} items of {kind} stand in two parts of the behaviour. Parts must share none."
                raise UsageError(msg)
            seen |= ids
    return parts


def open_to(behaviour: Behaviour, verb: str) -> Behaviour:
    """`behaviour`, if `verb` (trace, remove or prove) may look at it; raises `UsageError` where it may not.

    Who tunes a removal on the items that prove it has proved nothing.
    """
    if (verb == "prove") != (behaviour.role == "proof"):
        allowed = "proof" if verb == "prove" else "query or validation"
        msg = f"{verb} was given the {behaviour.role} part of the behaviour. Give it the {allowed} part."
        raise UsageError(msg)
    if verb == "trace" and not len(behaviour.queries):
        msg = f"the {behaviour.role} part of the behaviour has no queries. Give items on which it shows."
        raise UsageError(msg)
    return behaviour


def _thirds(given: Examples, seed: int) -> np.ndarray:
    several = given.groups is not None and len(set(given.groups)) >= len(ROLES)
    groups = np.asarray(given.groups if several else _firsts(given))
    names = np.unique(groups)
    if len(names) < len(ROLES):
        msg = f"{len(names)} items cannot be parted in query, validation and proof. Give three at least."
        raise UsageError(msg)
    order = np.random.default_rng(seed).permutation(len(names))
    part = dict(zip(names[order].tolist(), (np.arange(len(names)) % len(ROLES)).tolist(), strict=True))
    return np.asarray([part[one] for one in groups.tolist()])


def _firsts(given: Examples) -> list[str]:
    """Of each item the id of the first that is equal; of all alike their own, as nothing else would part them."""
    first: dict[str, str] = {}
    found = [first.setdefault(content, one) for content, one in zip(contents(given.x, given.y), given.ids, strict=True)]
    return found if len(first) >= len(ROLES) else list(given.ids)
