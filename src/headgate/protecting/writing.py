"""A protected copy on disk: pictures without loss under their own names, and a report; all of it or nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from headgate import catalog, folders
from headgate.errors import MissingExtra, UsageError
from headgate.plain import plain
from headgate.whole import sync_folder, write_whole

PICTURES, REPORT = "pictures", "report.json"


def check_new(folder: Path) -> None:
    """Raise `UsageError` where `folder` is a file, holds anything, or cannot be made: nothing is written over.

    Raises `MissingExtra` where there is no Pillow to write pictures with.
    """
    if not catalog.installed("PIL"):
        msg = "writing pictures needs Pillow. Install it with: pip install 'headgate[screen]'"
        raise MissingExtra(msg)
    try:
        full = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise _unwritable(folder, error) from error
    if full:
        msg = f"{plain(folder)} is not empty. Name a new folder with --out."
        raise UsageError(msg)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _aside(folder).mkdir()
        _aside(folder).rmdir()
    except OSError as error:
        raise _unwritable(folder, error) from error


def encoded(pixels: npt.NDArray[np.uint8]) -> bytes:
    """One picture (height, width, 3) as PNG."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def write(folder: Path, pixels: npt.NDArray[np.uint8], names: Sequence[str], report: Mapping[str, object]) -> str:
    """Write `pixels` as `names` into `folder`/pictures and `report` beside them; the ref of the pictures' content.

    `folder` appears whole or not at all. The report has the ref added. Raises `UsageError` where it cannot be written.
    """
    aside = _aside(folder)
    try:
        aside.mkdir(parents=True)
        hashes = []
        for one, name in zip(pixels, names, strict=True):
            data = encoded(one)
            hashes.append((name, sha256(data).hexdigest()))
            path = aside / PICTURES / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        ref = f"file:sha256:{folders.content_hash(_walked(aside / PICTURES, dict(hashes)))}"
        write_whole(aside / REPORT, json.dumps({"ref": ref, **report}, indent=1, ensure_ascii=False).encode())
        aside.replace(folder.resolve())
        sync_folder(folder.parent)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return ref


def _walked(pictures: Path, hashes: Mapping[str, str]) -> list[tuple[str, str]]:
    # in the order in which whoever hashes the folder again walks it
    return [(inside, hashes[inside]) for _, inside in folders.files(pictures, pictures.resolve(), [])]


def _aside(folder: Path) -> Path:
    folder = folder.resolve()  # such as ".", which has no name
    return folder.with_name(f".{folder.name}.{os.getpid()}")


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write {plain(folder)} ({error.strerror}). Name a folder that can be written with --out.")
