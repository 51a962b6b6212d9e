"""One's own pictures, read from a folder or a NumPy archive of this machine; data of hubs are refused.

A folder has a subfolder for each class, or none, with PNG and JPEG files; an archive (.npz) has `images` (n, height,
width, 3) uint8, and perhaps `labels` (n) and `classes`. Nothing is unpickled.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from headgate import folders
from headgate.errors import BadInput, UsageError
from headgate.headers import open_regular
from headgate.pictures.decoding import MOST_BYTES, decode
from headgate.plain import plain
from headgate.shapes import OwnPictures

KINDS = (".png", ".jpg", ".jpeg")
MOST = 4 * 2**30  # bytes of pixels
SMALLEST = 8  # pixels of a side
_UNWRITABLE = re.compile("[\ud800-\udfff]")  # bytes of a name that are no UTF-8
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # hf:..., https://...; one letter is a drive


@dataclass(frozen=True, slots=True)
class Own:
    """Pictures of one's own, the ref of the content they came from, and how many files of other kinds lay beside."""

    pictures: OwnPictures
    ref: str
    left_out: int = 0


def read(given: str) -> Own:
    """The pictures in the folder or archive at `given`, all of one size.

    Raises `UsageError` where `given` names data of a hub or nothing, and `BadInput` for what cannot be read.
    """
    if _ADDRESS.match(given) and not Path(given).exists():
        msg = f"{plain(given, 200)} is an address. Only your own data is protected: name a folder or .npz of yours."
        raise UsageError(msg)
    path = Path(given)
    if _fetched(path):
        msg = f"{plain(path)} lies in the cache of a hub's client. Only your own data is protected."
        raise UsageError(msg)
    if path.is_dir():
        return _folder(path.resolve())
    if path.suffix.lower() == ".npz" and path.is_file():
        return _archive(path)
    msg = f"no folder or .npz at {plain(path)}. Only your own data is protected: name a folder of PNG and JPEG files."
    raise UsageError(msg)


def _fetched(path: Path) -> bool:
    # what it links to counts, and so does where it lies: files of a snapshot are links to blobs beside it
    both = path.absolute(), path.resolve()
    return any(folders.cached(one) is not None for given in both for one in (given, *given.parents))


def _folder(folder: Path) -> Own:
    problems: list[tuple[str, str]] = []
    listed = list(folders.files(folder, folder, problems))
    found = [(path, inside) for path, inside in listed if path.suffix.lower() in KINDS]
    if not found:
        msg = f"{plain(folder)} holds no {', '.join(KINDS)}. Name the folder of your pictures."
        raise BadInput(msg)
    names = [str(PurePosixPath(inside).with_suffix(".png")) for _, inside in found]
    if bad := next((inside for _, inside in found if _UNWRITABLE.search(inside)), None):
        msg = f"in {plain(folder)}, the name {plain(bad)} is no text in UTF-8. Rename it."
        raise BadInput(msg)
    (twice, times), *_ = Counter(names).most_common(1)
    if times > 1:
        msg = f"{plain(twice, 200)} would be written twice, from a PNG and a JPEG of one name. Rename one."
        raise BadInput(msg)
    hashes = [(inside, done[0]) for path, inside in listed if (done := folders.hashed(path, inside, problems))]
    if len(hashes) < len(listed) or problems:
        inside, why = (plain(one, 200) for one in problems[0])
        msg = f"in {plain(folder)}, {inside} {why}. Put it right, or take it out."
        raise BadInput(msg)
    tops = [PurePosixPath(inside).parts for _, inside in found]
    labels, classes = _by_folder(folder, [parts[0] if len(parts) > 1 else None for parts in tops])
    pixels = _stacked(found)
    ref = f"file:sha256:{folders.content_hash(hashes)}"
    return Own(OwnPictures(pixels, labels, names, classes), ref, len(listed) - len(found))


def _by_folder(folder: Path, tops: list[str | None]) -> tuple[npt.NDArray[np.int64] | None, tuple[str, ...]]:
    inside = [top for top in tops if top is not None]
    if not inside:
        return None, ()
    if len(inside) < len(tops):
        msg = f"{plain(folder)} holds pictures beside its subfolders. Put each into the subfolder of its class."
        raise BadInput(msg)
    names, labels = np.unique(np.array(inside), return_inverse=True)
    return labels.astype(np.int64), tuple(names.tolist())


def _stacked(found: list[tuple[Path, str]]) -> npt.NDArray[np.uint8]:
    first = _decoded(*found[0])
    _bounded(len(found), first.shape)
    pixels = np.empty((len(found), *first.shape), np.uint8)
    for n, (path, inside) in enumerate(found):
        one = _decoded(path, inside) if n else first
        if one.shape != first.shape:
            sizes = " and ".join(f"{shape[1]} x {shape[0]}" for shape in (first.shape, one.shape))
            two = f"{plain(found[0][1], 120)} and {plain(inside, 120)}"
            msg = f"pictures differ in size: {two} are {sizes}. Bring all to one size."
            raise BadInput(msg)
        pixels[n] = one
    return pixels


def _decoded(path: Path, inside: str) -> npt.NDArray[np.uint8]:
    try:
        with open_regular(path) as file:
            return decode(file.read(MOST_BYTES + 1))
    except (OSError, BadInput) as error:
        msg = f"{plain(inside, 200)}: {plain(error, 200)}"
        raise BadInput(msg) from error


def _archive(path: Path) -> Own:
    try:
        with open_regular(path) as opened:
            digest = file_digest(opened, "sha256").hexdigest()
            opened.seek(0)
            file = np.load(opened, allow_pickle=False)
            listed = file.zip.infolist() if isinstance(file, np.lib.npyio.NpzFile) and file.zip else []
            if sum(one.file_size for one in listed) > MOST:
                raise _bad(path, f"unpacks to more than {MOST // 2**30} GiB")
            given = {name: file[name] for name in ("images", "labels", "classes") if listed and name in file.files}
    except OSError as error:
        raise _bad(path, f"cannot be opened ({error.strerror or 'it is no archive'})") from error
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, MemoryError, NotImplementedError) as error:
        why = "it holds pickled data, which is not read" if "pickle" in str(error) else plain(error, 120)
        raise _bad(path, f"cannot be read ({why})") from error
    pixels = given.get("images")
    if pixels is None or pixels.dtype != np.uint8 or pixels.ndim not in (3, 4) or pixels.shape[3:] not in ((), (3,)):
        raise _bad(path, "has no `images` of n x height x width x 3 in uint8")
    pixels = np.repeat(pixels[..., None], 3, axis=3) if pixels.ndim == 3 else pixels
    _bounded(len(pixels), pixels.shape[1:])
    labels, classes = _labelled(path, len(pixels), given)
    names = [f"{'' if labels is None else _word(classes[labels[n]]) + '/'}{n:06}.png" for n in range(len(pixels))]
    return Own(OwnPictures(np.ascontiguousarray(pixels), labels, names, classes), f"file:sha256:{digest}")


def _labelled(
    path: Path, count: int, given: dict[str, npt.NDArray[np.generic]]
) -> tuple[npt.NDArray[np.int64] | None, tuple[str, ...]]:
    said, classes = given.get("labels"), given.get("classes")
    if said is None:
        return None, ()
    if said.shape != (count,) or said.dtype.kind not in "iuU":
        raise _bad(path, f"has {count} images and no label for each, a whole number or a text, in `labels`")
    names, labels = np.unique(said, return_inverse=True)
    words = [str(one) for one in names.tolist()]
    if classes is not None and names.dtype.kind in "iu":
        if classes.ndim != 1 or classes.dtype.kind != "U" or names.min() < 0 or names.max() >= len(classes):
            raise _bad(path, "has `classes` that do not name its labels")
        words = [str(classes[int(one)]) for one in names]
    if len({_word(one) for one in words}) < len(words):
        raise _bad(path, "has classes whose names are the same as names of folders")
    return labels.astype(np.int64), tuple(words)


def _word(name: str) -> str:
    # a class of an archive becomes the name of a folder
    return re.sub(r"[^\w.-]+", "_", name).strip(".").encode()[:100].decode("utf-8", "ignore") or "_"


def _bounded(count: int, shape: tuple[int, ...]) -> None:
    if not count or min(shape[:2]) < SMALLEST or count * int(np.prod(shape)) > MOST:
        msg = (
            f"{count:,} pictures of {shape[1]} x {shape[0]} pixels: give at least one, no side below {SMALLEST}, "
            f"and at most {MOST // 2**30} GiB of pixels at a time."
        )
        raise BadInput(msg)


def _bad(path: Path, what: str) -> BadInput:
    return BadInput(f"{plain(path)} {what}. docs/protect.md says what the archive must hold.")
