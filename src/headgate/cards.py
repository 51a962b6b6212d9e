"""The front matter of a README.md, read as the hostile text that it is."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from headgate.errors import BadInput

_LONGEST = 200_000  # characters
_DEEPEST = 30
_MOST_VALUES = 50_000
_BLOCK = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)


def front_matter(text: str) -> dict[str, Any]:
    """The YAML between the first two lines of `---` as JSON values; empty where there is none.

    Raises `BadInput` where it is not YAML, no mapping, or larger than any card.
    """
    match = _BLOCK.match(text)
    if not match:
        return {}
    block = match[1]
    if len(block) > _LONGEST:
        msg = f"the front matter of README.md has {len(block)} characters; at most {_LONGEST} are read."
        raise BadInput(msg)
    import yaml

    try:
        _hold_back(block)
        given = yaml.load(block, Loader=yaml.CSafeLoader)
        found = jsonable(given or {})
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 2}" if mark else ""
        msg = f"the front matter of README.md is not YAML that can be read{where} ({type(error).__name__})."
        raise BadInput(msg) from error
    if not isinstance(found, dict):
        msg = "the front matter of README.md is not a mapping of fields."
        raise BadInput(msg)
    return found


def jsonable(value: object) -> Any:
    """`value` with JSON values only: dates as ISO text, keys as text, what has no such form as None.

    Raises `BadInput` where it nests too deep or has too many values, aliases written out.
    """
    return _jsonable(value, [_MOST_VALUES], 0)


def _hold_back(block: str) -> None:
    import yaml

    # Composing nested nodes in C overflows the stack, and merge keys multiply before anyone can count them.
    depth = aliases = 0
    for event in yaml.parse(block, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > _DEEPEST or (aliases and "<<" in block):
            msg = "the front matter of README.md nests too deep, or merges aliases."
            raise BadInput(msg)


def _jsonable(value: object, room: list[int], depth: int) -> Any:
    room[0] -= 1
    if room[0] < 0 or depth > _DEEPEST:
        msg = f"more than {_MOST_VALUES} values, or nested deeper than {_DEEPEST}."
        raise BadInput(msg)
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else None
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k)[:1000]: _jsonable(v, room, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_jsonable(v, room, depth + 1) for v in value]
    return None
