"""Files of a local folder, links and pipes left out, with their hashes; what the folder is called by its content."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from headgate.headers import open_regular

_CACHED = re.compile(r"(?:models|datasets)--.+")
_DEEPEST = 32


def listed(folder: Path) -> list[str]:
    """Names in `folder`, sorted, hidden ones left out; none where it cannot be listed."""
    try:
        return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return []


def files(folder: Path, root: Path, problems: list[tuple[str, str]], inside: str = "") -> Iterator[tuple[Path, str]]:
    """Each regular file under `folder`, with its path inside; links out of `root` and the like go to `problems`."""
    if not os.access(folder, os.R_OK | os.X_OK):
        problems.append((inside or ".", "is a folder that cannot be read; it is left out"))
    for name in listed(folder):
        path, relative = folder / name, f"{inside}{name}"
        try:
            target = path.resolve(strict=True)
            mode = target.stat().st_mode
        except (OSError, RuntimeError):
            problems.append((relative, "cannot be found; it is left out"))
            continue
        if not target.is_relative_to(root) or (path.is_symlink() and stat.S_ISDIR(mode)):
            problems.append((relative, "is a link to a folder or out of the folder; it is not followed"))
        elif stat.S_ISDIR(mode):
            if relative.count("/") < _DEEPEST:
                yield from files(path, root, problems, f"{relative}/")
            else:
                problems.append((relative, "lies too deep; it is left out"))
        elif stat.S_ISREG(mode):
            yield path, relative
        else:
            problems.append((relative, "is a pipe, a socket or a device; it is left out"))


def hashed(path: Path, relative: str, problems: list[tuple[str, str]]) -> tuple[str, os.stat_result] | None:
    """sha256 in hex of the file at `path`, and its status; None, and a problem, where it cannot be read."""
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno())
    except OSError as error:
        problems.append((relative, f"cannot be read ({error.strerror}); it is left out"))
        return None


def content_hash(hashes: Iterable[tuple[str, str]]) -> str:
    """The hash of a folder's content: sha256 of the list of its (path, sha256 of the file), in order of walking."""
    manifest = "".join(f"{relative}\0{sha256}\n" for relative, sha256 in hashes)
    return hashlib.sha256(manifest.encode("utf-8", "surrogateescape")).hexdigest()


def cached(folder: Path) -> Path | None:
    """The folder of the repository that `folder` is a snapshot of in the cache of the Hub's client, else None."""
    # there models--org--name/snapshots/<commit> links to models--org--name/blobs
    if folder.parent.name != "snapshots":
        return None
    repo = folder.parent.parent
    return repo if _CACHED.fullmatch(repo.name) else None
