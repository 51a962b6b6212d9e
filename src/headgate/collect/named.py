"""Collect the models that a list, a bill of materials or a repository names, and all that is upstream of them.

Reads: PATH, as `gate --scan` and `gate --lock` read it; of each repository `GET /api/models/{id}` or
`/api/datasets/{id}` with the hashes of its files, at the revision that PATH pins, its README.md and licence files;
then every base model and dataset that a record names, breadth first, each once. Token and address as `huggingface`.
Finds: nothing; it hands the records on. One call collects models, a second with `--kind dataset` the datasets.
Cannot see: parents that only the text of a card names, or nobody; Civitai, which PATH may name and which is left
out; children. What is not there or closed is told on stderr and left out, and never counts as gone.
Reference: Hub API endpoints and model cards (Hugging Face Hub documentation).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from headgate import http
from headgate.errors import UsageError
from headgate.keys import installation_key
from headgate.person_names import digest
from headgate.pins import pin, pinned, same
from headgate.plain import plain
from headgate.progress import Progress
from headgate.refs import HF_ID, Ref
from headgate.shapes import Page
from headgate.upstream import upstream

ENDPOINT = "https://huggingface.co"
LONGEST_CARD = 200_000  # characters
LONGEST_LICENCE = 60_000  # characters
_MOST_LICENCES = 3  # files: code and weights often have one each
_LICENCE = re.compile(r"(?:licen[cs]e|copying)(?:[-_.][\w.\-]{1,40})?(?<!\.pdf)(?<!\.docx)", re.IGNORECASE)
# What tells what is upstream, where the rest is not wanted. The Hub takes no `expand` beside `blobs`.
_LINEAGE = "expand[]=cardData&expand[]=config&expand[]=tags"
_ABSENT = (401, 403, 404, 410, 451)  # not there, or closed to this token
_MOST_UNASKED = 20  # requests without an answer, one after the other: then it is not the repositories


def collect(
    start: str | None, *, path: Path, kind: Literal["model", "dataset"] = "model", depth: int = 20,
    most: int = 2000, texts: bool = True, page_size: int = 100,
) -> Iterator[Page]:  # fmt: skip
    """Yield pages of the repositories that `path` names and of those upstream, in a page parents before children.

    `path` is a list of refs, a CycloneDX BOM, or the folder of a repository. `kind` is what is handed on; for
    datasets the models are asked for their lineage alone. `depth` is how many steps up are taken; `most` is how
    many repositories are asked for. `texts` says whether cards and licence files are fetched. `page_size` is 1 to
    1,000. `start` holds keyed digests of what was handed on: of that only the lineage is asked again, for an id
    may name a person and must not be kept. The last page may be empty. Raises `UsageError`, `BadInput`, `HubError`.
    """
    if kind not in {"model", "dataset"} or depth < 0 or most < 1 or not 1 <= page_size <= 1000:
        msg = f"no collection of {kind!r}, {depth} steps up, at most {most}, by {page_size}. "
        msg += "Kind is model or dataset, depth 0 up, most 1 up, page size 1 to 1000."
        raise UsageError(msg)
    roots, notes = pinned(path)
    for note in notes:
        _say(note)
    with http.connect("HF", ENDPOINT) as hub, _told(kind) as told, Progress("asked for by name") as progress:
        walk = _Walk(hub, kind, texts, installation_key(), set(json.loads(start)) if start else set(), told)
        lines: list[str | bytes] = []
        for records in _records(walk, roots, depth, most):
            progress.say(f"{len(walk.seen):,} repositories")
            lines += [json.dumps(record, ensure_ascii=False) for record in records]
            if len(lines) >= page_size:
                # Of a child that does not say whom it depicts this is known once its parent is.
                yield Page(lines[::-1], json.dumps(sorted(walk.done)), "huggingface", kind)
                lines = []
        yield Page(lines[::-1], None, "huggingface", kind)


@dataclass(slots=True)
class _Told:
    absent: int = 0
    unasked: int = 0
    in_a_row: int = 0
    deeper: int = 0
    over: int = 0
    datasets: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True)
class _Walk:
    hub: http.Hub
    kind: str
    texts: bool
    key: bytes
    done: set[str]
    told: _Told
    seen: set[tuple[str, str]] = field(default_factory=set)


@contextmanager
def _told(kind: str) -> Iterator[_Told]:
    told = _Told()
    try:
        yield told
    finally:
        # Only what the caller named is said by its name: a repository may be named after a depicted person.
        for number, text in (
            (told.absent, "repositories upstream are not there, or closed to this token"),
            (told.unasked, "requests were not answered; what they asked for is left out"),
            (told.deeper, "repositories lie further up than --depth and were not asked for"),
            (told.over, "repositories, and what is upstream of them, were not asked for, as --most is reached"),
            (len(told.datasets) if kind == "model" else 0, "datasets are named; --kind dataset collects them"),
        ):
            if number:
                _say(f"{number:,} {text}.")


def _say(text: str) -> None:
    sys.stderr.write(f"note: {text}\n")


def _records(walk: _Walk, roots: list[Ref], depth: int, most: int) -> Iterator[list[dict[str, Any]]]:
    """Breadth first, of each repository its record under each of its names; what was handed on before is left out."""
    level = _wanted(walk, roots)
    for step in range(depth + 1):
        above: list[Ref] = []
        for number, ref in enumerate(level):
            if same(ref) in walk.seen:
                continue
            if len(walk.seen) >= most:
                walk.told.over = len({same(left) for left in level[number:]} - walk.seen)
                return
            walk.seen.add(same(ref))
            mark = digest(walk.key, f"named {same(ref)}")
            whole = ref.kind == walk.kind and mark not in walk.done
            record = _record(walk, ref, whole, root=step == 0)
            if record is None:
                continue
            above += upstream(record) if ref.kind == "model" else []
            named = _under_its_names(walk, ref, record)
            if whole:
                walk.done.add(mark)
                yield named
        level = _wanted(walk, above)
    walk.told.deeper = len({same(ref) for ref in level} - walk.seen)


def _wanted(walk: _Walk, found: list[Ref]) -> list[Ref]:
    walk.told.datasets.update(same(ref) for ref in found if ref.kind == "dataset")
    return [ref for ref in found if ref.kind == "model" or walk.kind == "dataset"]


def _under_its_names(walk: _Walk, ref: Ref, record: dict[str, Any]) -> list[dict[str, Any]]:
    # The Hub leads from an old name to the present one; what declares the old one as its parent must still find it.
    present = (ref.kind, record["id"].lower())
    known = present in walk.seen
    walk.seen.add(present)
    if present == same(ref):
        return [record]
    old = record | {name: ref.id for name in ("id", "modelId") if name in record}
    return [old] if known else [old, record]


def _record(walk: _Walk, ref: Ref, whole: bool, *, root: bool) -> dict[str, Any] | None:
    revision = f"/revision/{quote(pin(ref) or '', safe='')}" if pin(ref) else ""
    api = f"/api/{ref.kind}s"
    path = f"{api}/{quote(ref.id)}{revision}?{'blobs=true' if whole else _LINEAGE}"
    unasked = walk.told.unasked
    found = _asked(walk, path, f"{api}/...")
    if isinstance(found, dict) and _is_id(found.get("id")):
        return _with_texts(walk, ref, found) if whole else found
    answered = walk.told.unasked == unasked
    if root:
        at = f" at revision {plain(pin(ref), 80)}" if revision else ""
        why = "is not there, or closed to this token" if answered else "was not answered for"
        _say(f"{plain(ref)}{at} {why}; it is left out.")
    else:
        walk.told.absent += answered
    return None


def _is_id(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(HF_ID, value, flags=re.ASCII))


def _with_texts(walk: _Walk, ref: Ref, record: dict[str, Any]) -> dict[str, Any]:
    siblings = record.get("siblings")
    listed = siblings if isinstance(siblings, list) else []
    names = sorted({str(file.get("rfilename")) for file in listed if isinstance(file, dict)})
    if names and "README.md" not in names:
        record = {"cardData": None} | record  # asked for, and not there
    if not walk.texts:
        return record
    sha = str(record.get("sha"))
    at = sha if re.fullmatch(r"[0-9a-f]{40}", sha) else pin(ref) or "main"
    folder = f"/{'datasets/' if ref.kind == 'dataset' else ''}{quote(record['id'])}/raw/{quote(at, safe='')}/"
    card = _text(walk, f"{folder}README.md", LONGEST_CARD) if "README.md" in names else ""
    files = [name for name in names if _LICENCE.fullmatch(name)][:_MOST_LICENCES]
    licences = [text for name in files if (text := _text(walk, folder + quote(name), LONGEST_LICENCE))]
    found = {"card": card, "licenseText": "\n\n".join(licences)[:LONGEST_LICENCE]}
    return record | {name: text for name, text in found.items() if text}


def _text(walk: _Walk, path: str, most: int) -> str:
    found = _asked(walk, path, "/.../raw/...", most)
    return found.replace("\0", "") if isinstance(found, str) else ""


def _asked(walk: _Walk, path: str, named: str, text: int = 0) -> Any:
    try:
        found = http.get(walk.hub, path, absent=_ABSENT, named=named, text=text).data
    except http.Unanswered:
        walk.told.unasked, walk.told.in_a_row = walk.told.unasked + 1, walk.told.in_a_row + 1
        if walk.told.in_a_row >= _MOST_UNASKED:
            raise
        return None
    walk.told.in_a_row = 0
    return found
