"""Numbers out of a pickle, without unpickling it: its opcodes are read as data, and nothing is imported or called.

Lists, tuples, dicts, texts, numbers and numpy arrays of numbers are understood. Whatever else the pickle would import
or call stands in the result as a `Foreign`, which does nothing.

Reference: the opcodes as `pickletools` documents them; the state of an array as numpy documents `ndarray.__reduce__`.
"""

from __future__ import annotations

import pickletools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from headgate.errors import BadInput

LONGEST = 64 * 2**20  # bytes
_MOST_OPCODES = 5_000_000
_ARRAYS = r"numpy\.(core|_core)\.multiarray "
_NUMBERS = re.compile(r"[|<>=]?(b1|[iu][1248]|f[248])")
_AS_IS = {
    *("BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "LONG4", "BINFLOAT", "FLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "UNICODE", "BINSTRING", "SHORT_BINSTRING", "STRING"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
}
_FIXED: dict[str, Callable[[], object]] = {
    "NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False,
    "EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple,
}  # fmt: skip
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


@dataclass(slots=True)
class Foreign:
    """Something that only running the pickle would make; `name` is what it would import."""

    name: str


@dataclass(slots=True)
class Numbers:
    """An array of numbers as it stands in the pickle: raw bytes, numpy's name of their type, shape and order."""

    data: bytes = b""
    type: str = ""
    shape: tuple[int, ...] = ()
    fortran: bool = False


@dataclass(slots=True)
class _Machine:
    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)


def read(data: bytes) -> object:
    """What the pickle `data` holds. Raises `BadInput` where it is too long, cut off or malformed."""
    if len(data) > LONGEST:
        msg = f"a pickle of {len(data):,} bytes is over {LONGEST:,}. Give a smaller one."
        raise BadInput(msg)
    machine = _Machine()
    try:
        for number, (opcode, value, _) in enumerate(pickletools.genops(data)):
            if opcode.name == "STOP":
                return machine.stack.pop()
            if number > _MOST_OPCODES:
                break
            _step(machine, opcode.name, value)
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, AttributeError, RecursionError) as error:
        msg = f"the pickle is malformed: {type(error).__name__}. Give a whole file."
        raise BadInput(msg) from None
    msg = "the pickle does not end. Give a whole file."
    raise BadInput(msg)


def array(value: object) -> Any:
    """`value`, an array of `read` or nested lists of numbers, as a numpy array.

    Raises `BadInput` for anything else, and for arrays whose bytes do not fit their shape.
    """
    import numpy as np

    try:
        if not isinstance(value, Numbers):
            _countable(value)
            made = np.array(value)
            if made.dtype.kind not in "biuf":
                raise ValueError
            return made
        if not _NUMBERS.fullmatch(value.type):
            raise ValueError
        return np.frombuffer(value.data, dtype=value.type).reshape(value.shape, order="F" if value.fortran else "C")
    except (ValueError, TypeError):
        msg = f"no array of numbers but {type(value).__name__}. Give the pickle as it was published."
        raise BadInput(msg) from None


def _countable(value: object) -> None:
    """Raise `ValueError` for lists that, some of them standing in many places, would unfold to too many numbers."""
    total, level = 1, value
    while isinstance(level, (list, tuple)) and level:
        total, level = total * len(level), level[0]
        if total > _MOST_OPCODES:
            raise ValueError


def _step(machine: _Machine, name: str, value: Any) -> None:
    stack = machine.stack
    if name in _AS_IS:
        stack.append(value)
    elif name in _FIXED:
        stack.append(_FIXED[name]())
    elif name in _TUPLES:
        stack[-_TUPLES[name] :] = [tuple(stack[-_TUPLES[name] :])]
    elif name == "MARK":
        machine.marks.append(len(stack))
    elif not _filled(machine, name) and not _remembered(machine, name, value) and not _made(machine, name, value):
        raise ValueError(name)


def _filled(machine: _Machine, name: str) -> bool:
    """Containers: from the items since the last mark, or an item put into one."""
    stack = machine.stack
    if name in {"APPEND", "SETITEM"}:
        items = [stack.pop() for _ in range(1 if name == "APPEND" else 2)][::-1]
    elif name in {"APPENDS", "SETITEMS", "LIST", "TUPLE", "DICT", "POP_MARK"}:
        mark = machine.marks.pop()
        items = stack[mark:]
        del stack[mark:]
    else:
        return False
    if name not in {"LIST", "TUPLE", "DICT", "POP_MARK"} and isinstance(stack[-1], Foreign):
        return True
    if name in {"APPEND", "APPENDS"}:
        stack[-1].extend(items)
    elif name in {"SETITEM", "SETITEMS"}:
        stack[-1].update(zip(items[::2], items[1::2], strict=True))
    elif name != "POP_MARK":
        pairs = zip(items[::2], items[1::2], strict=True) if name == "DICT" else ()
        stack.append({"LIST": items, "TUPLE": tuple(items)}.get(name) if name != "DICT" else dict(pairs))
    return True


def _remembered(machine: _Machine, name: str, value: Any) -> bool:
    if name in {"PUT", "BINPUT", "LONG_BINPUT"}:
        machine.memo[value] = machine.stack[-1]
    elif name == "MEMOIZE":
        machine.memo[len(machine.memo)] = machine.stack[-1]
    elif name in {"GET", "BINGET", "LONG_BINGET"}:
        machine.stack.append(machine.memo[value])
    elif name == "POP":
        machine.stack.pop()
    elif name == "DUP":
        machine.stack.append(machine.stack[-1])
    elif name not in {"PROTO", "FRAME"}:
        return False
    return True


def _made(machine: _Machine, name: str, value: Any) -> bool:
    """Imports and calls, of which only those that rebuild arrays of numbers are followed."""
    stack = machine.stack
    if name == "GLOBAL":
        stack.append(Foreign(str(value)))
    elif name == "STACK_GLOBAL":
        attribute, module = stack.pop(), stack.pop()
        stack.append(Foreign(f"{module} {attribute}"))
    elif name in {"REDUCE", "NEWOBJ"}:
        arguments, made = stack.pop(), stack.pop()
        stack.append(_called(made, arguments))
    elif name == "BUILD":
        state = stack.pop()
        _built(stack[-1], state)
    elif name in {"PERSID", "BINPERSID"}:
        stack[-1:] = [Foreign("a persistent id")] if name == "BINPERSID" else [*stack[-1:], Foreign("a persistent id")]
    else:
        return False
    return True


def _called(made: object, arguments: Any) -> object:
    name = made.name if isinstance(made, Foreign) else "?"
    if re.fullmatch(_ARRAYS + "_reconstruct", name):
        return Numbers()
    if name == "numpy dtype":
        return Numbers(type=str(arguments[0]))
    if re.fullmatch(_ARRAYS + "scalar", name):
        one = array(Numbers(arguments[1], arguments[0].type, (1,)))
        return one.tolist()[0]
    if name == "_codecs encode" and arguments[1:] == ("latin1",):
        return str(arguments[0]).encode("latin1")
    if re.fullmatch("(__builtin__|builtins) bytes", name) and arguments == ():
        return b""
    return Foreign(name)


def _built(made: object, state: Any) -> None:
    if not isinstance(made, Numbers):
        return
    if made.type:  # a type: its state says the order of bytes
        made.type = f"{str(state[1]).strip()}{made.type.lstrip('|<>=')}"
    else:
        _, shape, kind, fortran, data = state
        made.shape, made.type, made.fortran = tuple(shape), kind.type, bool(fortran)
        made.data = data if isinstance(data, bytes) else b""
