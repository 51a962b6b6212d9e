"""The private key of a protection: a file of 32 random bytes, and what it draws, the same on every machine.

Draws come from SHAKE-256 of the key and a purpose, and not from a generator of NumPy, whose streams may change between
versions: whoever keeps the key can make the same protected pictures again in ten years.
"""

from __future__ import annotations

import math
import os
import secrets
from hashlib import shake_256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.headers import open_regular
from headgate.plain import plain
from headgate.whole import write_private

BYTES = 32


def read_or_make(path: Path) -> tuple[bytes, bool]:
    """The key in the file at `path`, and whether it was made now as there was none, for its owner's eyes only.

    Raises `UsageError` where the file is no key, may be read by others, or cannot be written.
    """
    try:
        if path.exists():
            return _read(path), False
        key = secrets.token_bytes(BYTES)
        write_private(path, key)
    except OSError as error:
        msg = f"the key file {plain(path)} cannot be read or made ({error.strerror}). Name a file in a folder of yours."
        raise UsageError(msg) from error
    return key, True


def uniform(key: bytes, *purpose: object, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Numbers of `shape` from 0 to below 1, drawn from `key` for `purpose` (any words or numbers), 53 bits each."""
    hashed = shake_256()
    for part in (key, *(str(one).encode() for one in purpose)):
        hashed.update(len(part).to_bytes(8, "big") + part)  # lengths keep ("ab", "c") and ("a", "bc") apart
    words = np.frombuffer(hashed.digest(8 * math.prod(shape)), dtype="<u8")
    drawn: npt.NDArray[np.float64] = (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return drawn.reshape(shape)


def seed(key: bytes, *purpose: object) -> int:
    """A seed below 2**53 for other generators, drawn from `key` for `purpose`; their streams are only as stable."""
    return int(uniform(key, "seed", *purpose, shape=(1,))[0] * 2**53)


def _read(path: Path) -> bytes:
    with open_regular(path) as file:
        key = file.read(BYTES + 1)
        seen = os.fstat(file.fileno()).st_mode & 0o077
    if len(key) != BYTES:
        msg = f"{plain(path)} is no key: it has not {BYTES} bytes. Name another file, which is made if it is not there."
        raise UsageError(msg)
    if seen:
        msg = f"others may read the key file {plain(path)}. Take that from them with chmod 600."
        raise UsageError(msg)
    return key
