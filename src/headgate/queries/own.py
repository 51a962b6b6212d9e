"""Whether an endpoint is one's own function in this process: nothing that names a host or an address is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from inspect import getattr_static
from types import CodeType, FunctionType

from headgate.errors import UsageError

_ADDRESS = re.compile(
    r"^\s*[a-z][a-z0-9+.-]*://|^\s*(localhost|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\])(:\d+)?(/|\s*$)"
    r"|^\s*[\w-]+(\.[\w-]+)+:\d+|^\s*[\w-]+(\.[\w-]+)*\.(com|org|net|io|gov|edu|eu|uk|de|local|internal|ai|dev|app)(/|\s*$)",
    re.IGNORECASE,
)
_CLIENTS = {"socket", "ssl", "http", "urllib", "urllib3", "requests", "httpx", "httpx2", "httpcore", "aiohttp",
            "websockets", "grpc", "paramiko", "psycopg", "psycopg2", "pymysql", "boto3", "botocore"}  # fmt: skip


def refuse_remote(endpoint: object) -> None:
    """Raise `UsageError` where `endpoint` is no function, or it, what it holds or whose method it is names a host.

    It sees strings, and objects of network clients, that the function holds; it cannot see what code does inside.
    """
    if not callable(endpoint):
        msg = "an endpoint is a function in this process, answer(conditions) -> count or None; no address is asked."
        raise UsageError(msg)
    for held in _held(endpoint):
        # a module of the network, or anything made by one
        client = getattr(held, "__name__", "") if type(held).__name__ == "module" else type(held).__module__
        if (isinstance(held, str | bytes) and _ADDRESS.search(_text(held))) or client.partition(".")[0] in _CLIENTS:
            msg = "the endpoint holds an address or a network client. Only functions over own data in this process."
            raise UsageError(msg)


def _held(endpoint: object) -> Iterator[object]:
    """What `endpoint` holds: itself, its owner, bound and default arguments, enclosed names, and fields of these."""
    waiting, seen = [(endpoint, 0)], set[int]()
    while waiting:
        one, depth = waiting.pop()
        if id(one) in seen or depth > 4:
            continue
        seen.add(id(one))
        yield one
        inside: list[object] = [getattr(one, "__self__", None), getattr(one, "__wrapped__", None)]
        if isinstance(one, partial):
            inside += [one.func, *one.args, *one.keywords.values()]
        if isinstance(one, FunctionType):
            inside += _used(one)
        elif isinstance(called := getattr_static(type(one), "__call__", None), FunctionType):
            inside += [called, *(value for name, value in vars(type(one)).items() if not name.startswith("__"))]
            inside += [getattr(one, name, None) for name in getattr(type(one), "__slots__", ())]
        inside += [cell.cell_contents for cell in getattr(one, "__closure__", None) or () if _filled(cell)]
        inside += [*(getattr(one, "__defaults__", None) or ()), *(getattr(one, "__kwdefaults__", None) or {}).values()]
        if type(one).__name__ != "module":
            inside += [*getattr(one, "__dict__", {}).values()]
        if isinstance(one, list | tuple | set) and len(one) < 100:
            inside += one
        if isinstance(one, dict) and len(one) < 100:
            inside += one.values()
        waiting += [(part, depth + 1) for part in inside if part is not None]


def _used(one: FunctionType) -> Iterator[object]:
    """Texts in the code of `one` and of what it defines, and what they use of its module: values and functions."""
    waiting = [one.__code__]
    while waiting:
        code = waiting.pop()
        for part in code.co_consts:
            if isinstance(part, CodeType):
                waiting.append(part)
            elif isinstance(part, str | bytes):
                yield part
        for name in code.co_names:
            if (value := one.__globals__.get(name)) is not None and (
                not callable(value) or getattr(value, "__module__", "") == one.__module__
            ):
                yield value


def _filled(cell: object) -> bool:
    try:
        return getattr(cell, "cell_contents", None) is not None
    except ValueError:  # a name that is not bound yet
        return False


def _text(held: str | bytes) -> str:
    return held if isinstance(held, str) else held.decode("latin-1")
