from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.protecting import key


def test_a_key_is_made_once_for_its_owner_s_eyes(tmp_path: Path) -> None:
    path = tmp_path / "k"
    first, made = key.read_or_make(path)
    assert made
    assert len(first) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert key.read_or_make(path) == (first, False)
    assert key.read_or_make(tmp_path / "other")[0] != first


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    short, long, seen = tmp_path / "s", tmp_path / "l", tmp_path / "seen"
    short.write_bytes(b"x" * 31)
    long.write_bytes(b"x" * 33)
    for path in (short, long):
        path.chmod(0o600)
        with pytest.raises(UsageError, match="has not 32 bytes"):
            key.read_or_make(path)
    seen.write_bytes(b"x" * 32)
    seen.chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600"):
        key.read_or_make(seen)
    with pytest.raises(UsageError, match="cannot be read or made"):
        key.read_or_make(tmp_path / "no" / "folder" / "k")


def test_a_pipe_is_no_key_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(UsageError, match="no regular file"):
        key.read_or_make(tmp_path / "pipe")


def test_draws_are_those_of_shake_256_by_hand() -> None:
    hashed = (32).to_bytes(8, "big") + bytes(32) + (3).to_bytes(8, "big") + b"cat" + (1).to_bytes(8, "big") + b"7"
    words = hashlib.shake_256(hashed).digest(16)
    expected = [(int.from_bytes(words[n : n + 8], "little") >> 11) / 2**53 for n in (0, 8)]
    assert key.uniform(bytes(32), "cat", 7, shape=(2,)).tolist() == expected


def test_purposes_are_kept_apart_and_draws_are_uniform() -> None:
    one, other = key.uniform(bytes(32), "ab", "c", shape=(4,)), key.uniform(bytes(32), "a", "bc", shape=(4,))
    assert not np.isin(one, other).any()
    many = key.uniform(bytes(32), "many", shape=(100, 100))
    assert many.shape == (100, 100)
    counts, _ = np.histogram(many, 10, (0, 1))
    # chi-squared with 9 degrees of freedom is above 27.9 once in 1,000
    assert float(((counts - 1_000) ** 2 / 1_000).sum()) < 27.9


def test_a_seed_is_a_whole_number_that_follows_from_the_key() -> None:
    assert key.seed(bytes(32), "x") == key.seed(bytes(32), "x") != key.seed(bytes(32), "y")
    assert 0 <= key.seed(bytes(32), "x") < 2**53
