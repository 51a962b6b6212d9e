"""An exact index of every n-gram of a corpus, on disk: two files of numbers, built and asked in bounded memory.

`tokens.u32` is the corpus as numbers, a boundary around each document. `grams.u64` has one entry for each place where
n words begin: the hash of the n-gram above, the place below, sorted. It is made in parts by the hash's highest bits,
each sorted in memory. What a look-up finds is verified against the tokens, so hashes only cost time when they clash;
the index of n also answers for any larger n. What memory must hold while building is the vocabulary.

Reference: J. Zobel and A. Moffat (2006), Inverted files for text search engines, ACM Computing Surveys 38(2), article 6
(building by partition and sort); H. S. Heaps (1978), Information Retrieval (how slowly a vocabulary grows).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from headgate.contam import token_ids
from headgate.contam.bench_grams import Grams, Places, equal_windows, joined
from headgate.contam.token_ids import BOUNDARY, FIRST, Hashes, Ints, Kept, Tokens
from headgate.errors import BadInput, UsageError
from headgate.shapes import Batch

PLACE_BITS = 33  # 8.6 thousand million tokens; the other 31 bits of an entry are hash
CHUNK = 1 << 22  # tokens that are hashed, and entries that are verified, at a time
PART = 1 << 22  # entries of a part, about
_PLACE = np.uint64((1 << PLACE_BITS) - 1)


class Where(NamedTuple):
    """A place in a corpus: the id of the document, its file, its row there (-1: not known), and the token in it."""

    item: str
    file: str
    row: int
    token: int


@dataclass(frozen=True, slots=True)
class Index:
    """An index that is on disk: its n, what tells words apart, and what it was made from."""

    folder: Path
    n: int
    kept: Kept
    source: str
    size: int
    documents: int
    words: int
    parts: list[int]  # where each part begins in grams.u64, and the end
    files: list[str]  # of the corpus, in order
    file_starts: list[int]  # the first document of each

    @property
    def tokens(self) -> Tokens:
        """The corpus, read from disk as it is needed."""
        return _on_disk(self.folder / "tokens.u32", np.uint32)

    def document(self, at: int) -> Where:
        """The document that has place `at` of the corpus, and which of its tokens stands there."""
        starts = _on_disk(self.folder / "starts.i64", np.int64)
        number = int(np.searchsorted(starts, at, "right")) - 1
        ids = _on_disk(self.folder / "ids.bin", np.uint8)[32 * number : 32 * number + 32]
        rows = _on_disk(self.folder / "rows.i64", np.int64)
        file = self.files[int(np.searchsorted(self.file_starts, number, "right")) - 1]
        return Where(bytes(ids).hex(), file, int(rows[number]), at - int(starts[number]))

    def ids(self, many: int) -> list[str]:
        """The ids of the first `many` documents."""
        held = _on_disk(self.folder / "ids.bin", np.uint8)[: 32 * many].reshape(-1, 32)
        return [bytes(one).hex() for one in held]

    def numbers(self, words: Iterable[str]) -> dict[str, int]:
        """The numbers of those of `words` that the corpus has; the vocabulary is read from disk, line by line."""
        wanted = {word.encode("utf-8", "surrogatepass"): word for word in words}
        with (self.folder / "words.txt").open("rb") as lines:
            return {wanted[word]: n for n, line in enumerate(lines, FIRST) if (word := line[:-1]) in wanted}

    def places(self, grams: Grams) -> Iterator[Places]:
        """Every place of each n-gram of `grams`, many n-grams at a time, sorted by n-gram and then place.

        Raises `UsageError` where the index was made for a larger n.
        """
        if grams.n < self.n:
            msg = f"{self.folder} is an index of {self.n}-grams and cannot answer for n {grams.n}. Make another."
            raise UsageError(msg)
        tokens, entries = self.tokens, _on_disk(self.folder / "grams.u64", np.uint64)
        low, high = self._ranges(token_ids.window_hashes(grams.tokens, self.n)[grams.at], entries)
        total = np.cumsum(high - low)
        for part in np.unique(total // CHUNK):
            gram = np.flatnonzero(total // CHUNK == part)
            width = (high - low)[gram]
            within = np.arange(int(width.sum())) - np.repeat(np.cumsum(width) - width, width)
            entry = np.repeat(low[gram], width) + within
            gram = np.repeat(gram, width)
            at = (entries[entry] & _PLACE).astype(np.int64)
            same = equal_windows(tokens, at, grams.tokens, grams.at[gram], grams.n)
            yield joined([(gram[same], at[same])])

    def _ranges(self, hashes: Hashes, entries: Hashes) -> tuple[Ints, Ints]:
        """Where the entries of each hash begin and end."""
        part = _part_of(hashes, len(self.parts) - 1)
        low, high = np.zeros(len(hashes), np.int64), np.zeros(len(hashes), np.int64)
        least = _entries(hashes, np.zeros(len(hashes), np.int64), len(self.parts) - 1)
        for number in np.unique(part).tolist():
            mine = np.flatnonzero(part == number)
            some = entries[self.parts[number] : self.parts[number + 1]]
            low[mine] = np.searchsorted(some, least[mine], "left") + self.parts[number]
            high[mine] = np.searchsorted(some, least[mine] | _PLACE, "right") + self.parts[number]
        return low, high


def build(folder: Path, batches: Iterable[Batch], *, n: int, kept: Kept, source: str) -> Index:
    """Index the texts of `batches` in `folder`, which must not exist; it appears when it is complete.

    `source` says what the texts are, so that `opened` can tell whether the index still fits.
    Raises `BadInput` for more tokens than a place can count.
    """
    aside = folder.with_name(f".{folder.name}.part")
    aside.mkdir(parents=True, exist_ok=True)
    corpus = _write_tokens(aside, batches, kept)
    said = {"n": n, "kept": asdict(kept), "source": source, **corpus, "parts": _write_grams(aside, corpus["size"], n)}
    (aside / "index.json").write_text(json.dumps(said), encoding="utf-8")
    aside.rename(folder)
    return opened(folder)


def opened(folder: Path) -> Index:
    """The index in `folder`; raises `BadInput` where there is none that can be read."""
    try:
        said = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        return Index(folder, **{**said, "kept": Kept(**said["kept"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        msg = f"{folder} is no index of n-grams ({type(error).__name__}). Name another folder, or remove this one."
        raise BadInput(msg) from error


def _on_disk(path: Path, kind: type[Any]) -> npt.NDArray[Any]:
    return np.memmap(path, kind, "r") if path.stat().st_size else np.zeros(0, kind)


def _write_tokens(folder: Path, batches: Iterable[Batch], kept: Kept) -> dict[str, Any]:
    numbers: defaultdict[str, int] = defaultdict(count(FIRST).__next__)
    split, boundary = token_ids.splitter(kept), np.full(1, BOUNDARY, np.uint32).tobytes()
    size, documents = 1, 0
    files: list[str] = []
    file_starts: list[int] = []
    with ExitStack() as stack:
        names = ("tokens.u32", "starts.i64", "ids.bin", "rows.i64")
        tokens, starts, ids, rows = (stack.enter_context((folder / name).open("wb")) for name in names)
        tokens.write(boundary)
        for batch in batches:
            if not files or files[-1] != batch.file:
                files.append(batch.file)
                file_starts.append(documents)
            ids.write(bytes.fromhex("".join(batch.ids)))
            rows.write(np.array(batch.rows or [-1] * len(batch.ids), np.int64).tobytes())
            for text in batch.texts:
                words = split(text)
                tokens.write(np.fromiter(map(numbers.__getitem__, words), np.uint32, len(words)).tobytes())
                tokens.write(boundary)
                starts.write(size.to_bytes(8, "little"))
                size += len(words) + 1
            documents += len(batch.texts)
    if size > 1 << PLACE_BITS:
        msg = f"{size:,} tokens are more than an index can count ({1 << PLACE_BITS:,}). Index the dataset in parts."
        raise BadInput(msg)
    with (folder / "words.txt").open("wb") as lines:
        lines.writelines(word.encode("utf-8", "surrogatepass") + b"\n" for word in numbers)
    return {"size": size, "documents": documents, "words": len(numbers), "files": files, "file_starts": file_starts}


def _write_grams(folder: Path, size: int, n: int) -> list[int]:
    parts = 1 << min(8, max(0, (size // PART).bit_length()))
    tokens = _on_disk(folder / "tokens.u32", np.uint32)
    names = [folder / f"part-{number:03d}" for number in range(parts)]
    with ExitStack() as stack:
        files = [stack.enter_context(name.open("wb")) for name in names]
        for start in range(0, size, CHUNK):
            _share_out(np.asarray(tokens[start : start + CHUNK + n - 1]), start, n, files)
    bounds = [0]
    with (folder / "grams.u64").open("wb") as file:
        for name in names:
            entries = np.sort(np.fromfile(name, np.uint64))
            entries.tofile(file)
            bounds.append(bounds[-1] + len(entries))
            name.unlink()
    return bounds


def _share_out(tokens: Tokens, start: int, n: int, files: Sequence[BinaryIO]) -> None:
    """Append the entries of `tokens`, which begin at place `start`, to the files of their parts."""
    at = np.flatnonzero(token_ids.whole_windows(tokens, n))
    hashes = token_ids.window_hashes(tokens, n)[at]
    part = _part_of(hashes, len(files))
    order = np.argsort(part, kind="stable")
    entries = _entries(hashes, at + start, len(files))[order]
    bounds = np.searchsorted(part[order], np.arange(len(files) + 1))
    for number, file in enumerate(files):
        entries[bounds[number] : bounds[number + 1]].tofile(file)


def _part_of(hashes: Hashes, parts: int) -> npt.NDArray[np.uint16]:
    bits = parts.bit_length() - 1  # 16-bit numbers, which sort fastest
    return (hashes >> np.uint64(64 - bits)).astype(np.uint16) if bits else np.zeros(len(hashes), np.uint16)


def _entries(hashes: Hashes, at: Ints, parts: int) -> Hashes:
    """The hash, less the bits that say the part, above; the place below."""
    return ((hashes << np.uint64(parts.bit_length() - 1)) & ~_PLACE) | at.astype(np.uint64)
