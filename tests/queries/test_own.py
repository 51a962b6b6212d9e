from __future__ import annotations

import http.client
import socket
from functools import partial

import pytest

from headgate.errors import UsageError
from headgate.queries.endpoints import private, sticky
from headgate.queries.own import refuse_remote
from headgate.queries.table import Conditions, table_of


class Remote:
    """A client of an endpoint elsewhere."""

    def __init__(self, where: object) -> None:
        self.where = where

    def ask(self, conditions: Conditions) -> int | None:
        return 0

    __call__ = ask


def enclosed(where: object) -> object:
    return lambda conditions: len(str(where))


def by_default(conditions: Conditions, where: str = "https://counts.example/") -> int:
    return len(where)


def literal(conditions: Conditions) -> int:
    return len("http://counts.example/api")


def client(conditions: Conditions) -> object:
    return http.client.HTTPConnection("nowhere")


ELSEWHERE = "https://counts.example/api"


class Callable:
    """Called itself; the address is in its module."""

    def __call__(self, conditions: Conditions) -> int | None:
        return len(ELSEWHERE)


class OfAll(Callable):
    """The address is of the class."""

    base = ELSEWHERE

    def __call__(self, conditions: Conditions) -> int | None:
        return len(self.base)


class InSlot:
    """The address is in a slot."""

    __slots__ = ("where",)

    def __init__(self) -> None:
        self.where = ELSEWHERE

    def __call__(self, conditions: Conditions) -> int | None:
        return 0


def through_another(conditions: Conditions) -> object:
    return client(conditions)


def defines_another(conditions: Conditions) -> int:
    def inside() -> str:
        return "https://counts.example/api"

    return len(inside())


ADDRESSES = ["https://counts.example/api", "localhost:8000", "127.0.0.1", "[::1]:80", "db.internal", "counts.example:5432",
             "postgresql://u@h/db", "10.0.0.3:9000/query", b"http://counts.example"]  # fmt: skip


@pytest.mark.parametrize("where", ADDRESSES)
def test_what_names_a_host_is_refused(where: object) -> None:
    for one in (Remote(where), Remote(where).ask, enclosed(where), partial(by_default, where=where), Remote([where]),
                Remote({"base": where}), enclosed(Remote(where)), where):  # fmt: skip
        with pytest.raises(UsageError, match="in this process"):
            refuse_remote(one)


@pytest.mark.parametrize(
    "one",
    [by_default, literal, client, Callable(), OfAll(), InSlot(), through_another, defines_another, 7, None, "sticky"],
)
def test_defaults_literals_clients_and_what_is_no_function_are_refused(one: object) -> None:
    with pytest.raises(UsageError, match="in this process"):
        refuse_remote(one)


def test_an_open_socket_is_refused() -> None:
    with socket.socket() as held, pytest.raises(UsageError, match="network client"):
        refuse_remote(Remote(held))


def test_own_functions_are_let_pass() -> None:
    table = table_of({"city": ["St. Louis", "a/b", "10.5"], "s": [1, 0, 1]})
    refuse_remote(sticky(table))
    refuse_remote(private(table))
    refuse_remote(Remote("a word"))
    refuse_remote(lambda conditions: None)
