from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from headgate import host_key, looks
from headgate.errors import UsageError
from headgate.web import review_access
from headgate.web.review_access import TooManyKeys, Tries, log_look, open_key, refuse, why
from headgate.web.sessions import KEY_FOR, Session


@pytest.fixture
def ws(tmp_path: Path) -> tuple[Path, str]:
    (tmp_path / "w").mkdir()
    host_key.make(tmp_path / "w", tmp_path / "k")
    review_access.TRIED = Tries()
    return tmp_path / "w", (tmp_path / "k").read_text()


def test_the_right_key_opens_for_a_while_and_is_not_kept(ws: tuple[Path, str]) -> None:
    path, key = ws
    session = Session(labeller="Ann")
    open_key(path, session, f"  {key}\n", check="c", reason=" a \n b ", client="1")
    assert session.open
    assert KEY_FOR - 1 < session.opened - time.monotonic() <= KEY_FOR
    assert session.reason == "a b"
    assert key.strip() not in repr(session)
    log_look(path, session, "c")
    assert "Give it again" in refuse(path, session, "c")
    lines = looks.read(path)[1:]
    assert [(line["items"], line["outcome"]) for line in lines] == [(0, "allowed"), (1, "allowed"), (0, "refused: no key was given")]  # fmt: skip
    assert {line["command"] for line in lines} == {"web review"}
    assert len({line["who"] for line in lines}) == 1
    assert str(lines[0]["who"]).startswith("labeller-")


def test_a_wrong_key_opens_nothing_and_is_told_why(ws: tuple[Path, str]) -> None:
    path, key = ws
    for given, reason, told in ((key[:-2], "r", "This is not the workspace's key"), (key, " ", "No reason was given"), ("", "r", "This is not")):  # fmt: skip
        session = Session()
        with pytest.raises(UsageError) as error:
            open_key(path, session, given, check="c", reason=reason, client="1")
        assert why(error.value).startswith(told)
        assert why(error.value).endswith("The try was logged.")
        assert not session.open


def test_tries_are_counted_for_each_client_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    tries, now = Tries(), [1000.0]
    monkeypatch.setattr(review_access.time, "monotonic", lambda: now[0])
    for _ in range(5):
        tries.begin("a")
    with pytest.raises(TooManyKeys, match="too many wrong keys") as error:
        tries.begin("a")
    assert error.value.after == pytest.approx(60)
    tries.right("b", tries.begin("b"))
    now[0] += 61
    tries.begin("a")


def test_many_tries_at_once_are_no_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    tries, told = Tries(), list[bool]()

    def attempt() -> None:
        try:
            tries.begin("a")
            told.append(True)
        except TooManyKeys:
            told.append(False)

    threads = [threading.Thread(target=attempt) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (told.count(True), len(told)) == (5, 40)


def test_only_so_many_clients_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_access, "MOST", 3)
    tries = Tries()
    for client in "abcde":
        tries.begin(client)
    assert len(tries._made) == 3
