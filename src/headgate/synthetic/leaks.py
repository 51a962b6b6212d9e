"""Look for planted names of people in every byte of a workspace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from headgate import zstd
from headgate.synthetic.truth import Person


@dataclass(frozen=True, slots=True)
class Leaks:
    """What was read, in how many places the names of each person stood, and in which files and folders.

    `bytes` counts what was searched: names, files as they lie on the disk, and what was unpacked of them.
    """

    files: int
    bytes: int
    places: Mapping[Person, int]
    where: tuple[str, ...]


def leaks(folder: Path, persons: Iterable[Person]) -> Leaks:
    """Count where a given or family name of `persons` stands in a file below `folder` or in the name of one.

    Upper and lower case are one, and a name inside a longer word counts. Pages are unpacked, Parquet is
    read row by row, and both are read as they lie on the disk as well; the larger count stands. Names of
    folders count too, each once.
    """
    owners = {name.lower(): person for person in persons for name in (person.given, person.family)}
    paths = sorted(folder.rglob("*"))
    files = size = 0
    places: Counter[Person] = Counter()
    where = []
    for path in paths:
        files += path.is_file()
        here: Counter[Person] = Counter()
        for reading in _readings(path):
            seen: Counter[Person] = Counter()
            for text in reading:
                size += len(text)
                seen.update(owners[name] for name in _names(text.lower(), owners))
            here |= seen
        places += here
        if here:
            where.append(str(path.relative_to(folder)))
    return Leaks(files, size, places, tuple(where))


def _names(text: str, known: Collection[str]) -> Iterator[str]:
    # few beginnings are looked for instead of many names: this reads every byte of a workspace
    by_stem: dict[str, list[str]] = {}
    for name in known:
        by_stem.setdefault(name[:3], []).append(name)
    for stem, names in by_stem.items():
        at = text.find(stem)
        while at >= 0:
            yield from (name for name in names if text.startswith(name, at))
            at = text.find(stem, at + 1)


def _readings(path: Path) -> Iterator[Iterable[str]]:
    """The ways to read what is at `path`, each as the texts that make it up."""
    yield [path.name]
    if not path.is_file():
        return
    data = path.read_bytes()
    yield [data.decode("latin-1")]
    if path.suffix == ".zst":
        yield [zstd.decompress(data).decode("utf-8", "replace")]
    elif path.suffix == ".parquet":
        yield _rows(path)


def _rows(path: Path) -> Iterator[str]:
    import duckdb

    rows = duckdb.connect().execute("SELECT to_json(t)::VARCHAR FROM read_parquet(?) AS t", [str(path)])
    while batch := rows.fetchmany(2_000):
        yield "\n".join(row[0] for row in batch)
