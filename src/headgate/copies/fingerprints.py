"""Fingerprints of the items of a dataset: what copies are found by, without the items themselves.

A text has a MinHash sketch, a picture perceptual hashes. They can be written to a file and compared elsewhere, so that
private items need not leave their owner. The file holds no ids. It is not anonymous: whoever has a text or picture
can tell whether it is among the fingerprints, and a perceptual hash shows a blurred outline to somebody who tries.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.copies import minhash
from headgate.copies.minhash import Plan, Sketches
from headgate.errors import BadInput, UsageError
from headgate.pictures import perceptual
from headgate.pictures.decoding import decode
from headgate.pictures.perceptual import VIEWS, Hashes
from headgate.shapes import Batch
from headgate.whole import write_whole

By: TypeAlias = Literal["either", "texts", "images"]

_SIZE = 256  # pixels of the longer side that a picture is decoded to
_TOGETHER = 256  # pictures decoded before they are hashed
_LARGEST = 16 * 2**30
_MADE = "headgate fingerprints 1"


@dataclass(frozen=True, slots=True)
class Prints:
    """Fingerprints of n items: sketches of texts, or hashes of pictures (n x views x 2), and which could be told.

    `ids` are the 32 bytes of each item's id (n x 32), absent where the fingerprints came from a file.
    """

    told: npt.NDArray[np.bool_]
    sketches: Sketches | None = None
    hashes: Hashes | None = None
    ids: npt.NDArray[np.uint8] | None = None

    @property
    def kind(self) -> str:
        """What the items are: texts or images."""
        return "texts" if self.sketches is not None else "images"


def take(batches: Iterable[Batch], folder: Path, how: Plan, *, by: By = "either", parts: bool = True) -> Prints:
    """Fingerprint a dataset in one pass; files go to `folder`, which is made. Pictures, if there are any and `by`
    is either. Raises `UsageError` where there is nothing to fingerprint, or pictures beside texts without any.
    """
    folder.mkdir(parents=True, exist_ok=True)
    filled = (batch for batch in batches if (batch.texts and by != "images") or (batch.images and by != "texts"))
    first = next(filled, None)
    if first is None:
        msg = f"nothing to compare: no {'texts or images' if by == 'either' else by}. Name their column."
        raise UsageError(msg)
    every = chain([first], filled if by != "either" else _alike(filled, bool(first.images)))
    return _pictures(every, folder, parts) if first.images and by != "texts" else _texts(every, folder, how)


def _alike(batches: Iterable[Batch], pictures: bool) -> Iterator[Batch]:
    for batch in batches:
        if bool(batch.images) != pictures:
            msg = "some items are pictures and others are texts alone. Choose which to compare with --by."
            raise UsageError(msg)
        yield batch


def save(prints: Prints, path: Path) -> None:
    """Write the fingerprints without ids. Of texts only band keys and sizes: shingles would give the text away."""
    out = io.BytesIO()
    if prints.sketches is not None:
        keys = np.stack([np.asarray(band) for band in prints.sketches.keys])
        np.savez(out, made=_MADE, kind="texts", keys=keys, sizes=prints.sketches.sizes, rows=prints.sketches.rows)
    else:
        assert prints.hashes is not None
        np.savez(out, made=_MADE, kind="images", hashes=np.asarray(prints.hashes), told=prints.told)
    write_whole(path, out.getvalue())


def load(path: Path) -> Prints:
    """Fingerprints that `save` wrote. Raises `BadInput` for any other file."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = archive.infolist()
            packed = any(one.compress_type != zipfile.ZIP_STORED for one in inside)
            if packed or len(inside) > 9 or sum(one.file_size for one in inside) > _LARGEST:
                raise ValueError("compressed, or too large")
        with np.load(path, allow_pickle=False) as held:
            return _loaded({name: held[name] for name in held.files})
    except (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        msg = f"{path.name} does not hold fingerprints ({type(error).__name__}). Make it with --hashes."
        raise BadInput(msg) from error


def is_file_of_prints(path: Path) -> bool:
    """Whether `path` has the name of a file that `save` writes."""
    return path.suffix == ".npz" and path.is_file()


def _loaded(held: dict[str, npt.NDArray[np.generic]]) -> Prints:
    if str(held["made"]) != _MADE:
        raise ValueError("made by something else")
    if str(held["kind"]) == "texts":
        keys, sizes, rows = held["keys"], held["sizes"].astype(np.int64), int(held["rows"].astype(np.int64))
        if keys.dtype != np.uint32 or keys.ndim != 2 or sizes.shape != keys.shape[1:] or (sizes < 0).any() or rows < 1:
            raise ValueError("arrays that do not fit")
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        bands = tuple(np.asarray(band, np.uint32) for band in keys)
        return Prints(sizes > 0, Sketches(np.empty(0, np.uint32), offsets, bands, rows))
    hashes, told = held["hashes"], held["told"]
    if hashes.dtype != np.uint64 or hashes.ndim != 3 or hashes.shape[1] not in {1, VIEWS} or hashes.shape[2] != 2:
        raise ValueError("arrays that do not fit")
    if told.dtype != np.bool_ or told.shape != hashes.shape[:1]:
        raise ValueError("arrays that do not fit")
    return Prints(np.asarray(told, np.bool_), None, np.asarray(hashes, np.uint64))


def _texts(batches: Iterable[Batch], folder: Path, how: Plan) -> Prints:
    from headgate.reading.items import text_id

    with (folder / "ids").open("wb") as ids:

        def texts() -> Iterator[list[str]]:
            for batch in batches:
                # the id of a text, whatever else stands in its row
                names = [text_id(text) for text in batch.texts] if batch.more else batch.ids[: len(batch.texts)]
                ids.write(bytes.fromhex("".join(names)))
                yield batch.texts

        sketches = minhash.write(texts(), folder, how)
    return Prints(sketches.sizes > 0, sketches, None, _ids(folder))


def _pictures(batches: Iterable[Batch], folder: Path, parts: bool) -> Prints:
    views, told = VIEWS if parts else 1, [np.zeros(0, bool)]
    with (folder / "ids").open("wb") as ids, (folder / "hashes").open("wb") as hashes:
        for batch in batches:
            ids.write(bytes.fromhex("".join(batch.ids[: len(batch.images)])))
            for begin in range(0, len(batch.images), _TOGETHER):
                seen, rich = _seen(batch.images[begin : begin + _TOGETHER], parts)
                told.append(rich)
                seen.tofile(hashes)
    made = np.memmap(folder / "hashes", np.uint64, "r").reshape(-1, views, 2)
    return Prints(np.concatenate(told), None, made, _ids(folder))


def _seen(images: Sequence[bytes], parts: bool) -> tuple[Hashes, npt.NDArray[np.bool_]]:
    """Hashes of pictures' views, and which could be decoded and are not too plain to be told from others."""
    greys = np.zeros((len(images), perceptual.SIDE, perceptual.SIDE), np.float32)
    for place, data in enumerate(images):
        # what cannot be decoded stays plain
        with suppress(BadInput):
            greys[place] = perceptual.greys(decode(data, size=_SIZE))
    return perceptual.hashed(greys, parts=parts)


def _ids(folder: Path) -> npt.NDArray[np.uint8]:
    return np.memmap(folder / "ids", np.uint8, "r").reshape(-1, 32)
