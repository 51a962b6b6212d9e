"""Sessions: a secret for forms, kept only for pages with forms, bounded, forgotten."""

from __future__ import annotations

import time

import pytest

from headgate.web import sessions
from headgate.web.sessions import KEY_FOR, Session, Sessions


def test_an_unknown_name_gets_a_new_session() -> None:
    held = Sessions()
    one = held.get("made up by somebody")
    assert one.new
    assert one.id != "made up by somebody"
    assert held.get(None).id != one.id


def test_a_held_one_comes_back_until_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    held, one = Sessions(), Session()
    held.hold(one)
    now += sessions.FOR - 1
    assert held.get(one.id) is one
    now += sessions.FOR - 1  # use has made it young again
    assert held.get(one.id) is one
    now += sessions.FOR + 1
    assert held.get(one.id) is not one


def test_there_are_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST", 3)
    held = Sessions()
    made = [Session() for _ in range(4)]
    for one in made[:3]:
        held.hold(one)
    held.get(made[0].id)
    held.hold(made[3])
    assert [held.get(one.id) is one for one in made] == [True, False, True, True]


def test_the_host_key_is_open_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 50.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    one = Session()
    assert not one.open
    one.opened = now + KEY_FOR
    assert one.open
    now += KEY_FOR
    assert not one.open


def test_names_and_secrets_cannot_be_guessed() -> None:
    made = [Session() for _ in range(100)]
    assert len({one.id for one in made} | {one.form for one in made}) == 200
    assert min(len(one.id) for one in made) >= 32
