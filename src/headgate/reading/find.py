"""Find the data files of a dataset, cut them into shards, and name the dataset by its content.

What counts as data is told by the ends of names. Hidden files, README, LICENSE and JSON that describes other files
are none. A `.json` file is data where it is all there is, or where the front matter of README.md names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path

from headgate.cards import front_matter
from headgate.errors import BadInput, UsageError
from headgate.folders import cached, content_hash, files, hashed
from headgate.headers import open_regular
from headgate.plain import plain
from headgate.reading.images import DESCRIBES, PICTURES
from headgate.reading.lines import BROKEN, reason
from headgate.shapes import Columns, Shard, Trouble

ENDINGS = {
    ".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".txt": "text",
    ".arrow": "arrow", ".tar": "tar", ".tgz": "tar",
}  # fmt: skip
READS = {
    "texts": {"parquet", "jsonl", "csv", "text", "arrow", "tar"},
    "images": {"parquet", "arrow", "tar", "images"},
    "pairs": {"parquet", "jsonl", "csv", "text", "arrow", "tar", "images"},
    "table": {"parquet", "jsonl", "csv", "arrow"},
}
_UNREAD = (
    ".zip", ".7z", ".rar", ".npy", ".npz", ".pkl", ".pickle", ".h5", ".hdf5", ".tfrecord", ".xlsx", ".xls", ".avro",
    ".orc", ".sqlite", ".db", ".feather", ".xml", ".bz2", ".xz", ".pt", ".bin",
)  # fmt: skip
_PICTURES_AT_ONCE = 1_000
_NOT_DATA = ("readme", "license", "licence", "copying", "notice", "changelog", "requirements")


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset on disk: the folder of its files, its shards in order, whole files that cannot be read, and its ref."""

    root: Path
    shards: tuple[Shard, ...]
    troubles: tuple[Trouble, ...]
    ref: str


def find(path: Path, columns: Columns, *, rows: int = 20_000) -> Dataset:
    """The dataset at `path`, a file or a folder, in shards of about `rows` items each.

    `ref` is file:sha256:<hash>: of the file, or of the folder as `collect folder` has it. Raises `UsageError` where
    there is nothing at `path` or no file of a known format, and `BadInput` where not one file can be read.
    """
    if rows < 1:
        msg = f"shards of {rows} rows. Choose 1 or more."
        raise UsageError(msg)
    problems: list[tuple[str, str]] = []
    root, found, sha256 = _content(path, problems)
    troubles = [Trouble(file, None, why) for file, why in problems]
    told = _formats(root, found, columns, troubles)
    if not told and not troubles:
        formats = ", ".join(sorted(READS[columns.reads]))
        msg = f"no data that holds {columns.reads} in {path}. Name a file or folder of {formats}."
        raise UsageError(msg)
    shards: list[Shard] = []
    # images take memory: fewer of them at once
    rows = rows if columns.reads in {"texts", "table"} else min(rows, _PICTURES_AT_ONCE)
    for file, format_ in told:
        if not (root / file).stat().st_size:
            troubles.append(Trouble(file, None, "is empty"))
            continue
        try:
            cut = import_module(f"headgate.reading.{format_}").shards(root / file, columns, rows)
        except (BadInput, *BROKEN) as error:
            troubles.append(Trouble(file, None, reason(error)))
            continue
        if not cut:
            troubles.append(Trouble(file, None, "has no rows"))
        shards += [Shard(len(shards) + number, file, format_, *ends) for number, ends in enumerate(cut)]
    if not shards:
        others = f" (and {len(troubles) - 1:,} more)" if troubles[1:] else ""
        msg = f"nothing of {path} can be read: {plain(troubles[0].file)}: {troubles[0].why}{others}"
        raise BadInput(msg)
    return Dataset(root, tuple(shards), tuple(troubles), f"file:sha256:{sha256}")


def ref_of(path: Path) -> str | None:
    """What the dataset at `path` is called by its content; None where there is nothing."""
    try:
        return f"file:sha256:{_content(path, [])[2]}"
    except (BadInput, UsageError):
        return None


def _content(path: Path, problems: list[tuple[str, str]]) -> tuple[Path, list[str], str]:
    """The folder, the files in it that can be read, and the hash of their content."""
    try:
        whole = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        msg = f"nothing at {path} ({reason(error)}). Name a file or a folder of data."
        raise UsageError(msg) from error
    if not whole.is_dir():
        told = hashed(whole, whole.name, problems)
        if told is None:
            msg = f"{path} {problems[0][1].split(';')[0]}. Name a regular file or a folder of data."
            raise BadInput(msg)
        return whole.parent, [whole.name], told[0]
    hashes = [
        (relative, told[0])
        for file, relative in files(whole, cached(whole) or whole, problems)
        if (told := hashed(file, relative, problems))
    ]
    return whole, [relative for relative, _ in hashes], content_hash(hashes)


def _formats(root: Path, found: list[str], columns: Columns, troubles: list[Trouble]) -> list[tuple[str, str]]:
    """The files to read, each with its format; images of a folder are read together, under the name "."."""
    fits = READS[columns.reads]
    named = _named(root, found)
    told = [(file, format_) for file in found if (format_ := _format(file))]
    told += [(file, "jsonl") for file in found if _is_json(file) and (file in named or not told)]
    pictures = {file.rpartition(".")[0] for file in found if file.lower().endswith(PICTURES)}
    chosen = [(file, format_) for file, format_ in sorted(told) if format_ in fits]
    if pictures and "images" in fits:
        # what stands beside a picture is said of it, and no item of its own
        chosen = [
            one for one in chosen
            if one[0].rsplit("/", 1)[-1] not in DESCRIBES and not (one[1] == "text" and one[0][:-4] in pictures)
        ]  # fmt: skip
        chosen.append((".", "images") if len(found) > 1 else (found[0], "images"))
    troubles += [
        Trouble(file, None, "a format that is not read; turn it into Parquet, JSON Lines or CSV")
        for file in found
        if file.lower().endswith(_UNREAD) and not _format(file)
    ]
    return chosen


def _format(file: str) -> str | None:
    name = file.rsplit("/", 1)[-1].lower()
    if name.startswith(_NOT_DATA) and name.endswith((".txt", ".md")):
        return None
    if name.endswith(".arrow") and name.startswith("cache-"):
        return None
    bare = name.removesuffix(".gz").removesuffix(".zst")
    format_ = next((format_ for ending, format_ in ENDINGS.items() if bare.endswith(ending)), None)
    return format_ if bare == name or format_ in {"jsonl", "csv", "text", "tar"} else None


def _is_json(file: str) -> bool:
    return file.lower().endswith((".json", ".json.gz", ".json.zst"))


def _named(root: Path, found: list[str]) -> set[str]:
    """Files that the front matter of README.md names as data."""
    try:
        with open_regular(root / "README.md") as card:
            configs = front_matter(card.read(2**20).decode("utf-8-sig", "replace")).get("configs")
    except (OSError, BadInput):
        return set()
    patterns: list[str] = []
    for config in configs if isinstance(configs, list) else []:
        given = config.get("data_files") if isinstance(config, dict) else None
        for one in given if isinstance(given, list) else [given]:
            paths = one.get("path") if isinstance(one, dict) else one
            patterns += [p for p in (paths if isinstance(paths, list) else [paths]) if isinstance(p, str)]
    return {file for file in found if any(fnmatch(file, pattern) for pattern in patterns[:1_000])}
