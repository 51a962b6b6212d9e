"""Where a repository names models and datasets: in code, notebooks, configuration, scripts and lists.

Files are read, never imported or run. Python is parsed, so that a comment or a docstring is no mention; everywhere
else ids are taken from hub addresses, from the keys that tools read, and from lists made for that.
"""

from __future__ import annotations

import bisect
import json
import mimetypes
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from headgate import refs
from headgate.errors import BadInput, UsageError
from headgate.mentions_python import Named, in_python

LARGEST = 2 * 2**20  # bytes of a file that is read
_LARGEST_NOTEBOOK = 64 * 2**20  # most of which are pictures
_SKIPPED = {"venv", "node_modules", "__pycache__", "site-packages", "build", "dist"}
_HIDDEN = {".github", ".gitlab", ".circleci", ".devcontainer"}
_LISTS = re.compile(r"(headgate\.lock|models\.(txt|lock)|(.+[-.])?models\.txt)$")
_TEXT = {".md", ".rst", ".txt", ".sh", ".bash", ".yaml", ".yml", ".toml", ".json", ".cfg", ".ini", ".env", ".ipynb", ""}
_READ = (_TEXT | {".py"}) - {""}
_NAMES = re.compile(r"(Dockerfile|Makefile|Modelfile|\.env)(\..+)?")
_ID = r"[A-Za-z0-9][\w.\-]{0,95}/[\w.\-]{1,96}"
_REVISION = r"(?:@[\w.\-]{1,64})?"
_URL = re.compile(
    rf"((?:hf://|https?://(?:huggingface\.co|hf\.co)/)(?:datasets/|models/)?{_ID}{_REVISION}(?:/(?:tree|resolve|blob)/[\w.\-]+)?)"
)
_REF = r"(?:hf:model:)?"  # a ref in full; one that no key goes before is what a policy or a BOM writes of a model
_WORD = r"(?<![A-Za-z0-9])(?<!hf:)(?:model(?:[_-]?(?:id|name(?:[_-]or[_-]path)?))?|baseModel|repo_id|adapter)"
_KEY = re.compile(
    rf"""{_WORD}["']?\s*[:=]\s*["']?{_REF}({_ID}{_REVISION})["']?\s*(?:[,;#\]}})&|\\]|$)""", re.IGNORECASE,
)  # fmt: skip
_VARIABLE = re.compile(rf"""{_WORD}=["']?{_REF}({_ID}{_REVISION})["']?(?=\s)""", re.IGNORECASE)
_FLAG = r"(?<![\w-])--(?:base[_-]|pretrained[_-])?model(?:[_-](?:id|name(?:[_-]or[_-]path)?))?"
_APART = r"""[\s=,"']+"""  # words of a command, or of its list in JSON
_COMMAND = re.compile(
    rf"(?:\b(?:hf|huggingface-cli){_APART}download{_APART}(?:--repo-type{_APART}\w+{_APART})?|\bvllm{_APART}serve{_APART}"
    rf"""|{_FLAG}{_APART})({_ID}{_REVISION})(?=[\s\\"',\]]|$)"""
)
_DATASET = re.compile(rf"--repo-type{_APART}dataset\b")
_PINNED = re.compile(rf"--revision{_APART}([\w.\-/]{{1,64}})")
_OPENS = re.compile(rf"""(?:{_WORD}s?["']?\s*:|(-\s+["']?{_FLAG}["']?))\s*(?:#.*)?$""", re.IGNORECASE)
_ITEM = re.compile(rf"""\s*-\s+["']?{_REF}({_ID}{_REVISION})["']?\s*(?:#.*)?$""")
_FLOW = re.compile(rf"""{_WORD}s?["']?\s*[:=]\s*\[([^\]\[]{{0,2000}})\]""", re.IGNORECASE)
_IN_FLOW = re.compile(rf"""(?:^|[\s"',]){_REF}({_ID}{_REVISION})(?=[\s"',]|$)""")
# bills of materials and SARIF tell of models, with all that is upstream, and use none; --lock reads a CycloneDX one
_PAPERS = re.compile(r'"bomFormat"\s*:\s*"CycloneDX"|//spdx\.org/rdf/|//mlcommons\.org/croissant|/sarif-2[\d.]*json"')
_HEAD = 8_000  # characters of a document in which it says what it is
_NO_ACCOUNTS = {"models", "datasets", "spaces", "src"}  # addresses of the hub, and folders
_MIME = frozenset(mimetypes.types_map.values()) | {"text/event-stream"}


class Mention(NamedTuple):
    """`text` at `line` and `column` (from 1) of `path`, and the ref it is; None where code hides which."""

    path: str
    line: int
    column: int
    text: str
    ref: refs.Ref | None


def in_repository(root: Path) -> list[Mention]:
    """Every mention under `root`, in the order of paths and lines, each ref once a line.

    Links are not followed; folders of installed or built things, hidden folders but those of CI, and files over 2 MiB
    are left out; code and folders that cannot be read are told as hidden. Raises `UsageError` where `root` is none.
    """
    if not root.is_dir():
        msg = f"no folder at {root}. Give the folder of a repository, or a list of models with --lock."
        raise UsageError(msg)
    closed: list[OSError] = []
    found = [
        mention
        for path in _files(root, closed)
        for mention in _in_file(path, path.relative_to(root).as_posix())
        if not _is_local(root, mention)
    ]
    found += [
        Mention(Path(error.filename).relative_to(root).as_posix(), 1, 1, "the folder cannot be read", None)
        for error in closed
    ]
    return list(dict.fromkeys(found))


def _in_file(path: Path, name: str) -> Iterator[Mention]:
    suffix = path.suffix.lower()
    code = suffix in {".py", ".ipynb"} or _LISTS.fullmatch(path.name)
    try:
        large = path.stat().st_size > (_LARGEST_NOTEBOOK if suffix == ".ipynb" else LARGEST)
        text = "" if large else path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        yield Mention(name, 1, 1, "the file cannot be read", None)
        return
    if large and code:
        yield Mention(name, 1, 1, "the file is too large to be read", None)
    yield from in_text(text, name)


def in_list(path: Path) -> list[Mention]:
    """The refs of a list of models: one a line with an optional @revision, # begins a comment; or a CycloneDX BOM.

    Raises `UsageError` for a line that is no ref or a file that cannot be opened, `BadInput` for one that is no text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        msg = f"cannot read the list of models {path}: {error.strerror}."
        raise UsageError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"cannot read the list of models {path}: it is not UTF-8 text."
        raise BadInput(msg) from error
    if text.lstrip().startswith("{"):
        return _in_bom(path, text)
    return [
        Mention(path.as_posix(), number, line.index(word) + 1, word, _parsed(path, number, word))
        for number, line in enumerate(text.split("\n"), 1)
        if (word := line.split("#", 1)[0].strip())
    ]


def in_text(text: str, path: str) -> Iterator[Mention]:
    """The mentions of one file, read as its name says."""
    name, suffix = path.rsplit("/", 1)[-1], Path(path).suffix.lower()
    if suffix == ".py":
        yield from (_named(path, one) for one in in_python(text))
    elif suffix == ".ipynb":
        yield from _in_notebook(text, path)
    elif _LISTS.fullmatch(name):
        for number, line in enumerate(text.split("\n"), 1):
            word = line.split("#", 1)[0].strip()
            ref = _as_ref(word) if word else None
            if ref or (word and name == "headgate.lock"):
                yield Mention(path, number, line.index(word) + 1, word, ref)
    elif suffix == ".json" and _PAPERS.search(text, 0, _HEAD):
        return
    elif suffix in _TEXT or _NAMES.fullmatch(name):
        yield from _in_lines(text, path, prose=suffix in {".md", ".rst"})


def _in_lines(text: str, path: str, *, prose: bool) -> Iterator[Mention]:
    # A README that links to a model does not use it; its commands do.
    opened = False
    for number, line in enumerate(text.split("\n"), 1):
        for at, word, ref in _in_line(line, prose=prose, opened=opened):
            yield Mention(path, number, at + 1, word, ref)
        opens = None if prose else _OPENS.search(line)
        opened = bool(opens) or (opened and bool(_ITEM.match(line)))


def _in_line(line: str, *, prose: bool, opened: bool) -> Iterator[tuple[int, str, refs.Ref]]:
    for match in _COMMAND.finditer(line):
        word, near = match[1].rstrip("."), line[max(0, match.start() - 100) : match.end() + 300]
        kind, pinned = "dataset" if _DATASET.search(near) else "model", _PINNED.search(near)
        text = f"{word}@{pinned[1]}" if pinned and "@" not in word else word
        if ref := _as_ref(f"hf:{kind}:{text}"):
            yield match.start(1), word, ref
    if prose:
        return
    for match in _URL.finditer(line):
        if ref := _as_ref(match[1].rstrip(".")):
            yield match.start(), match[1].rstrip("."), ref
    keyed = [(match.start(1), match[1]) for pattern in (_KEY, _VARIABLE) for match in pattern.finditer(line)]
    flows = [(flow.start(1), one) for flow in _FLOW.finditer(line) for one in _IN_FLOW.finditer(flow[1])]
    keyed += [(begin + one.start(1), one[1]) for begin, one in flows]
    if opened and (item := _ITEM.match(line)):
        keyed.append((item.start(1), item[1]))
    for at, word in dict.fromkeys(keyed):
        names = word.split("/", 1)[0].lower() in _NO_ACCOUNTS or word.lower() in _MIME
        if not names and (ref := _as_ref(word.rstrip("."))):
            yield at, word.rstrip("."), ref


def _in_notebook(text: str, path: str) -> Iterator[Mention]:
    # Line by line of the JSON text, so that a place in the file can be shown; a cell's code is joined to be parsed.
    try:
        cells = json.loads(text).get("cells", [])
        code = ["".join(cell.get("source", [])) for cell in cells if cell.get("cell_type") == "code"]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return
    # cells stand in the file as they come, and what they name is looked for from where the last was found
    breaks, begin = [at.start() for at in re.finditer("\n", text)], 0
    for source in code:
        cell = list(in_python(re.sub(r"(?m)^[ \t]*[%!].*$", "", source)))
        for one in sorted(cell, key=lambda one: (one.line, one.column)):
            at = text.find(one.text, begin) if one.text else -1
            begin = max(begin, at)
            line = bisect.bisect_left(breaks, at) if at >= 0 else 0
            column = at - (breaks[line - 1] + 1 if line else 0) + 1 if at >= 0 else 1
            yield _named(path, one)._replace(line=line + 1, column=column)


def _in_bom(path: Path, text: str) -> list[Mention]:
    try:
        document = json.loads(text)
        top = (document.get("metadata") or {}).get("component")
        urls = list(_purls([*document.get("components", []), *([top] if top else [])]))
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        msg = f"{path} is neither a list of models nor a CycloneDX bill of materials in JSON."
        raise BadInput(msg) from error
    at: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        for found in re.findall(r'"(pkg:huggingface/[^"]+)"', line):
            at.setdefault(found, number)
    return [
        Mention(path.as_posix(), at.get(url, 1), 1, url, _parsed(path, at.get(url, 1), url))
        for url in dict.fromkeys(urls)
    ]


def _purls(components: list[Any]) -> Iterator[str]:
    # components hold components, as a merge its parts
    for one in components:
        if str(one.get("purl", "")).startswith("pkg:huggingface/"):
            yield one["purl"]
        yield from _purls(one.get("components") or [])


def _named(path: str, one: Named) -> Mention:
    text = f"{one.text}@{one.revision}" if one.text and one.revision and "@" not in one.text else one.text
    ref = _as_ref(f"hf:{one.kind}:{text}") if text and not text.startswith(("hf://", "http")) else _as_ref(text or "")
    return Mention(path, one.line, one.column, one.text or one.call, ref)


def _as_ref(word: str) -> refs.Ref | None:
    try:
        return refs.parse(word)
    except UsageError:
        return None


def _parsed(path: Path, number: int, word: str) -> refs.Ref:
    try:
        return refs.parse(word)
    except UsageError as error:
        msg = f"{path}, line {number}: {error}"
        raise UsageError(msg) from error


def _is_local(root: Path, mention: Mention) -> bool:
    # `models/base` that is a folder of the repository is no id of a hub
    if mention.text.startswith(("hf://", "http")) or _LISTS.fullmatch(mention.path.rsplit("/", 1)[-1]):
        return False
    return bool(mention.ref and mention.ref.hub == "hf" and (root / mention.ref.id).exists())


def _files(root: Path, closed: list[OSError]) -> Iterator[Path]:
    for folder, folders, files in os.walk(root, onerror=closed.append):
        if {"runs", "tables"} <= set(folders):  # a workspace: what is named there was collected, and is not used
            folders.clear()
            continue
        folders[:] = sorted(f for f in folders if f not in _SKIPPED and (not f.startswith(".") or f in _HIDDEN))
        for name in sorted(files):
            path = Path(folder) / name
            suffix = path.suffix.lower()
            wanted = suffix in _READ or _NAMES.fullmatch(name) or _LISTS.fullmatch(name)
            if wanted and path.is_file() and not path.is_symlink():
                yield path
