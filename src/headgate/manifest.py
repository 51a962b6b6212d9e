"""Manifests of checksums (md5sums, SHA256SUMS, ...) held against the files of a folder.

Formats: GNU coreutils (`<digest>  <path>`, `<digest> *<path>`, a leading backslash where the path is escaped) and BSD
(`SHA256 (<path>) = <digest>`). The algorithm of a bare digest is told by its length. A path that leads out of the
folder is never opened.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from headgate.headers import open_regular

MOST = 1_000_000  # lines of a manifest
NAMES = re.compile(
    r"(md5|sha1|sha256|sha512)(sums?)?(\.txt)?|.*\.(md5|sha1|sha256|sha512)(sums?)?(\.txt)?", re.IGNORECASE
)
_BY_LENGTH = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_GNU = re.compile(r"(\\?)([0-9A-Fa-f]{32,128}) [ *](.+)")
_BSD = re.compile(r"(\\?)(MD5|SHA1|SHA224|SHA256|SHA384|SHA512) \((.+)\) = ([0-9A-Fa-f]{32,128})")
_ESCAPED = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


class Claim(NamedTuple):
    """One line of a manifest: path, algorithm, digest in lower case, line number from 1."""

    path: str
    algorithm: str
    digest: str
    line: int


class Check(NamedTuple):
    """What became of a claim: `holds`, `missing`, `empty`, `wrong hash`, or `not readable`."""

    claim: Claim
    verdict: str


def read_manifest(text: str) -> list[Claim]:
    """The claims of a manifest, at most `MOST` lines of it; lines of no known form are passed over."""
    found = []
    for number, line in enumerate(text.splitlines()[:MOST], 1):
        if match := _GNU.fullmatch(line):
            escaped, digest, path = match.groups()
        elif match := _BSD.fullmatch(line):
            escaped, _, path, digest = match.groups()
        else:
            continue
        if algorithm := _BY_LENGTH.get(len(digest)):
            path = re.sub(r"\\[\\nr]", lambda m: _ESCAPED[m[0]], path) if escaped else path
            found.append(Claim(path.removeprefix("./"), algorithm, digest.lower(), number))
    return found


def check_manifest(folder: Path, manifest_text: str) -> list[Check]:
    """Each claim of `manifest_text` held against the files under `folder`; what holds is told too.

    An empty file is `empty` only where the manifest claims another content. What is no regular file under `folder`,
    such as a link out of it or a path with `..`, is `not readable`.
    """
    root = folder.resolve()
    return [Check(claim, _verdict(root, claim)) for claim in read_manifest(manifest_text)]


def manifests(folder: Path, most: int = 100) -> Iterator[Path]:
    """Files under `folder` that are called as manifests are, at most `most`, links not followed."""
    for here, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        for name in sorted(names):
            if NAMES.fullmatch(name) and most > 0:
                most -= 1
                yield Path(here) / name


def _verdict(root: Path, claim: Claim) -> str:
    path = root / claim.path
    try:
        if not path.resolve().is_relative_to(root):
            return "not readable"
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            digest = hashlib.file_digest(file, lambda: hashlib.new(claim.algorithm, usedforsecurity=False)).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except (OSError, RuntimeError, ValueError):
        return "not readable"
    if digest == claim.digest:
        return "holds"
    return "empty" if size == 0 else "wrong hash"
