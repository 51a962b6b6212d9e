from __future__ import annotations

import hashlib
import hmac
import json
import os
from pathlib import Path

import pytest

from headgate import host_key, looks
from headgate.errors import UsageError, WorkspaceError


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    (tmp_path / "w").mkdir()
    return tmp_path / "w"


def opened(ws: Path, key: Path | None, reason: str = "weekly sweep") -> list[str]:
    return host_key.open_items(ws, key, lambda: ["a", "b"], command="items", check="uncensored", reason=reason)


def test_the_workspace_keeps_a_salted_hash_and_the_file_the_key(ws: Path, tmp_path: Path) -> None:
    host_key.make(ws, tmp_path / "k")
    key = (tmp_path / "k").read_text().strip()
    assert key.startswith("headgate-host-")
    assert len(bytes.fromhex(key.removeprefix("headgate-host-"))) == 32
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
    record = json.loads((ws / "host-key.json").read_text())
    assert hmac.new(bytes.fromhex(record["salt"]), key.encode(), hashlib.sha256).hexdigest() == record["hash"]
    assert not [path for path in ws.rglob("*") if path.is_file() and key[14:] in path.read_text()]


def test_the_right_key_opens_and_the_look_is_logged_first(ws: Path, tmp_path: Path) -> None:
    host_key.make(ws, tmp_path / "k")
    assert opened(ws, tmp_path / "k") == ["a", "b"]
    made, look = looks.read(ws)
    assert (made["command"], made["outcome"]) == ("host-key make", "made")
    assert {k: look[k] for k in ("command", "check", "reason", "items", "outcome")} == {
        "command": "items", "check": "uncensored", "reason": "weekly sweep", "items": 2, "outcome": "allowed",
    }  # fmt: skip


def test_nothing_is_given_where_the_look_cannot_be_logged(ws: Path, tmp_path: Path) -> None:
    host_key.make(ws, tmp_path / "k")
    (ws / "looks.jsonl").unlink()
    (ws / "looks.jsonl").mkdir()
    with pytest.raises(WorkspaceError, match="nothing is shown"):
        opened(ws, tmp_path / "k")


def test_what_is_refused_and_logged(ws: Path, tmp_path: Path) -> None:
    good, other, wide, long, none = (tmp_path / name for name in ("k", "other", "wide", "long", "none"))
    (tmp_path / "x").write_text("headgate-host-")
    (tmp_path / "x").chmod(0o600)
    with pytest.raises(UsageError, match="has no host key"):
        opened(ws, tmp_path / "x")
    host_key.make(ws, good)
    (tmp_path / "w2").mkdir()
    host_key.make(tmp_path / "w2", other)
    wide.write_text(good.read_text())
    wide.chmod(0o640)
    long.write_bytes(good.read_bytes().strip() + b"0" * 10_000_000)
    long.chmod(0o600)
    for key, why in ((None, "no key was given"), (other, "not the workspace's key"), (wide, "others may read the key file"),
                     (none, "cannot be read"), (long, "not the workspace's key"), (tmp_path, "read the key file|cannot be read")):  # fmt: skip
        with pytest.raises(UsageError, match=why):
            opened(ws, key)
    with pytest.raises(UsageError, match="no reason was given"):
        opened(ws, good, "  \n ")
    lines = looks.read(ws)
    assert [str(line["outcome"])[:7] for line in lines] == ["refused", "made", *["refused"] * 7]
    assert {line["items"] for line in lines} == {0}
    assert str(tmp_path) not in (ws / "looks.jsonl").read_text()


def test_no_key_is_written_over(ws: Path, tmp_path: Path) -> None:
    host_key.make(ws, tmp_path / "k")
    for out, replace, why in ((tmp_path / "k2", False, "with --replace"), (tmp_path / "k", True, "File exists"),
                              (ws / "k", True, "lies in the workspace"), (tmp_path / "no" / "k", True, "No such file")):  # fmt: skip
        with pytest.raises(UsageError, match=why):
            host_key.make(ws, out, replace=replace)
    assert opened(ws, tmp_path / "k")
    host_key.make(ws, tmp_path / "k2", replace=True)
    assert opened(ws, tmp_path / "k2")
    with pytest.raises(UsageError, match="not the workspace's key"):
        opened(ws, tmp_path / "k")
    assert [line["outcome"] for line in looks.read(ws)][2] == "replaced"


def test_a_link_does_not_lead_the_key_into_the_workspace_or_over_a_file(ws: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(ws, target_is_directory=True)
    with pytest.raises(UsageError, match="lies in the workspace"):
        host_key.make(ws, tmp_path / "link" / "k")
    (tmp_path / "precious").write_text("x")
    (tmp_path / "k").symlink_to(tmp_path / "precious")
    with pytest.raises(UsageError, match="File exists"):
        host_key.make(ws, tmp_path / "k")
    assert (tmp_path / "precious").read_text() == "x"


def test_a_damaged_record_opens_nothing(ws: Path, tmp_path: Path) -> None:
    host_key.make(ws, tmp_path / "k")
    for text in ("", "{}", '{"salt": 1, "hash": "zz"}', "[]"):
        (ws / "host-key.json").write_text(text)
        with pytest.raises(WorkspaceError, match="Make a new key"):
            opened(ws, tmp_path / "k")
    assert os.listdir(tmp_path).count("k") == 1


def test_a_key_whose_workspace_cannot_be_written_is_taken_back(ws: Path, tmp_path: Path) -> None:
    (ws / "looks.jsonl").mkdir()
    with pytest.raises(WorkspaceError):
        host_key.make(ws, tmp_path / "k")
    assert not (tmp_path / "k").exists()
    assert not (ws / "host-key.json").exists()
