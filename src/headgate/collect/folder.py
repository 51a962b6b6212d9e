"""Collect local folders of models or datasets: files with their hashes, cards, configurations, headers.

Reads: one folder, or a folder of them: README.md with its front matter, LICENSE and COPYING files, config.json,
adapter_config.json, model_index.json, and the headers of safetensors and GGUF files. Each file is hashed; none is
loaded or run.
Finds: nothing; it gives one record for each folder, in the shape of the Hugging Face Hub API. The ref is
file:sha256:<hash of the sorted list of paths and hashes>, so the same content has the same ref everywhere.
Cannot see: who published the folder and when, parents that neither card nor headers name, hidden files, and
what links out of the folder lead to (blobs of the Hub client's own cache aside). Pickles are hashed only.
Reference: the Hub API (`/api/models`) and the model-card metadata of the Hugging Face Hub documentation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from headgate.cards import front_matter, jsonable
from headgate.errors import BadInput, UsageError
from headgate.folders import cached, content_hash, files, hashed, listed
from headgate.headers import Header, open_regular, parents, read_header
from headgate.plain import plain
from headgate.shapes import Page

PAGE_FOLDERS = 50
PAGE_BYTES = 2 * 2**30  # hashed before a page is handed on; what an interruption can cost
_LONGEST_CARD = 2**20
_LONGEST_CONFIG = 2**20
_LONGEST_LICENCE = 60_000  # bytes
_DEEPEST = 8
_WEIGHTS = (".safetensors", ".gguf", ".bin", ".pt", ".pth", ".ckpt", ".onnx", ".h5", ".msgpack", ".tflite")
_DATA = (".parquet", ".arrow", ".jsonl", ".csv", ".tsv", ".jsonl.gz", ".jsonl.zst", ".tar")
_CONFIGS = {"config.json", "adapter_config.json", "model_index.json"}
_OF_DATASETS = {"task_categories", "task_ids", "dataset_info", "configs", "size_categories", "annotations_creators"}
_LICENCE = re.compile(r"(?:licen[cs]e|copying)(?:[-_.][\w.\-]{1,40})?", re.IGNORECASE)
_PART = re.compile(r"-\d{5}-of-\d{5}")


def collect(start: str | None, *, path: Path, kind: Literal["auto", "model", "dataset"] = "auto") -> Iterator[Page]:
    """Yield pages with a record for each model or dataset folder at or under `path`.

    `kind` says which of them; auto tells it from the files, and a mixed folder wants to be collected once
    for each. Raises `UsageError` for a wrong path or kind, and where nothing is found.
    """
    if kind not in {"auto", "model", "dataset"}:
        msg = f"no kind {kind!r}. Choose auto, model or dataset."
        raise UsageError(msg)
    folders, told = _chosen(path, kind)
    lines: list[str | bytes] = []
    hashed = 0
    for number in range(int(start or 0), len(folders)):
        record = _record(folders[number], path.resolve())
        hashed += sum(int(file["size"]) for file in record["siblings"])
        lines.append(json.dumps(record))
        last = number + 1 == len(folders)
        if last or len(lines) >= PAGE_FOLDERS or hashed >= PAGE_BYTES:
            yield Page(lines, None if last else str(number + 1), "file", told)
            lines, hashed = [], 0


def _chosen(path: Path, kind: str) -> tuple[list[Path], str]:
    if not path.is_dir():
        msg = f"no folder at {path}. Name a folder of a model or dataset, or a folder of such folders."
        raise UsageError(msg)
    told = [(folder, _kind(folder)) for folder in _artifacts(path.resolve(), 0)]
    if not told:
        msg = f"no model or dataset under {path}. A folder counts by its README.md, config.json or weights."
        raise UsageError(msg)
    kinds = {k for _, k in told if k}
    if kind == "auto" and len(kinds) > 1:
        msg = f"{path} holds models and datasets. Collect them apart: --kind model, then --kind dataset."
        raise UsageError(msg)
    kind = next(iter(kinds), "model") if kind == "auto" else kind
    return [folder for folder, k in told if k in {kind, None}] or [folder for folder, _ in told], kind


def _artifacts(folder: Path, depth: int) -> Iterator[Path]:
    names = listed(folder)
    if any(_marks(folder, name) for name in names if (folder / name).is_file()):
        yield folder
        return
    inner = [folder / name for name in names if (folder / name).is_dir() and not (folder / name).is_symlink()]
    found = [one for child in inner if depth < _DEEPEST for one in _artifacts(child, depth + 1)]
    # A README alone says little: it may introduce a collection.
    yield from found or ([folder] if "README.md" in names else [])


def _marks(folder: Path, name: str) -> bool:
    if name in _CONFIGS or name.lower().endswith((*_WEIGHTS, *_DATA)):
        return True
    return name == "README.md" and _start(folder / name, 8).startswith("---")


def _start(file: Path, most: int) -> str:
    try:
        with open_regular(file) as handle:
            return handle.read(most).decode("utf-8-sig", "replace")
    except OSError:
        return ""


def _kind(folder: Path) -> str | None:
    names = {name.lower() for name in listed(folder)}
    if names & _CONFIGS or any(name.endswith(_WEIGHTS) for name in names):
        return "model"
    try:
        card = front_matter(_start(folder / "README.md", _LONGEST_CARD))
    except BadInput:
        card = {}
    if _OF_DATASETS & set(card) or any(name.endswith(_DATA) for name in names):
        return "dataset"
    return "model" if card.get("pipeline_tag") or card.get("base_model") else None


def _record(folder: Path, root: Path) -> dict[str, Any]:
    left_out: list[tuple[str, str]] = []
    found = list(files(folder, cached(folder) or root, left_out))
    siblings = [s for path, relative in found if (s := _sibling(path, relative, left_out))]
    problems = [f"{relative} {why}" for relative, why in left_out]
    inside = {relative: path for path, relative in found}
    text = _start(inside["README.md"], _LONGEST_CARD) if "README.md" in inside else None
    card = _tried(problems, lambda: front_matter(text or ""))
    config = _config(inside, problems)
    headers = {n: h for n, p in inside.items() if (h := _header(p, problems))}
    tags = [t for t in card.get("tags") or [] if isinstance(t, str)] if isinstance(card.get("tags"), list) else []
    record: dict[str, Any] = {
        "id": _id(folder),
        # Without a file that can be read there is nothing to name; such a record is counted as rejected.
        "sha": content_hash((s["rfilename"], s["lfs"]["sha256"]) for s in siblings) if siblings else None,
        "lastModified": max((s.pop("modified") for s in siblings), default=None),
        "pipeline_tag": card.get("pipeline_tag"),
        "library_name": card.get("library_name") or _library(inside),
        "tags": [*tags, *(f for f in ("safetensors", "gguf") if any(h.format == f for h in headers.values()))],
        "cardData": card or None,
        "card": text,
        "config": config or None,
        "licenseText": _licence(inside),
        **_weights(headers),
        "siblings": siblings,
        "_problems": [plain(problem, 300) for problem in problems],
    }
    return record


def _sibling(path: Path, relative: str, problems: list[tuple[str, str]]) -> dict[str, Any] | None:
    if (told := hashed(path, relative, problems)) is None:
        return None
    sha256, found = told
    modified = datetime.fromtimestamp(int(found.st_mtime), UTC).strftime("%Y-%m-%dT%H:%M:%S")
    lfs = {"sha256": sha256, "size": found.st_size}
    return {"rfilename": relative, "size": found.st_size, "lfs": lfs, "modified": modified}


def _tried(problems: list[str], read: Any) -> dict[str, Any]:
    try:
        found: dict[str, Any] = read()
    except BadInput as error:
        problems.append(str(error))
        return {}
    return found


def _config(inside: dict[str, Path], problems: list[str]) -> dict[str, Any]:
    read = {name: _tried(problems, lambda name=name: _json(inside[name])) for name in sorted(_CONFIGS & set(inside))}
    config = read.get("config.json", {})
    if adapter := read.get("adapter_config.json"):
        config["peft"] = adapter
    if index := read.get("model_index.json"):
        config["diffusers"] = {"_class_name": index.get("_class_name")}
    return config


def _json(path: Path) -> dict[str, Any]:
    text = _start(path, _LONGEST_CONFIG + 1)
    try:
        found = jsonable(json.loads(text)) if len(text) <= _LONGEST_CONFIG else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        msg = f"{path.name} is not a JSON object of at most {_LONGEST_CONFIG} bytes; it is left out"
        raise BadInput(msg)
    return found


def _header(path: Path, problems: list[str]) -> Header | None:
    if not path.name.lower().endswith((".safetensors", ".gguf")):
        return None
    try:
        return read_header(path)
    except BadInput as error:
        problems.append(str(error))
        return None


def _weights(headers: dict[str, Header]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    plain_ = {name: h for name, h in headers.items() if h.format == "safetensors"}
    if plain_:
        # Copies for other libraries lie in folders below; parts of a pipeline lie nowhere else.
        top = [h for name, h in plain_.items() if "/" not in name] or list(plain_.values())
        found["safetensors"] = {"total": sum(h.parameters for h in top)}
    sums: dict[str, int] = {}
    for name, header in headers.items():
        if header.format == "gguf":
            whole = _PART.sub("", name)  # the parts of one split model add up; other files are other quantisations
            sums[whole] = sums.get(whole, 0) + header.parameters
    if sums:
        ggufs = [h for h in headers.values() if h.format == "gguf"]
        architecture = next((a for h in ggufs if (a := h.metadata.get("general.architecture"))), None)
        found["gguf"] = {"architecture": architecture, "total": max(sums.values())}
        found["file_bases"] = sorted({parent for h in ggufs for parent in parents(h)})
    return found


def _licence(inside: dict[str, Path]) -> str | None:
    texts = [_start(path, _LONGEST_LICENCE) for name, path in sorted(inside.items()) if _LICENCE.fullmatch(name)]
    return "\n\n".join(text for text in texts if text.strip())[:_LONGEST_LICENCE] or None


def _library(inside: dict[str, Path]) -> str | None:
    libraries = {"adapter_config.json": "peft", "model_index.json": "diffusers"}
    return next((library for name, library in libraries.items() if name in inside), None)


def _id(folder: Path) -> str:
    if repo := cached(folder):
        return "/".join(_clean(text) for text in repo.name.split("--", 2)[1:])
    return _clean(folder.name)


def _clean(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.\-]+", "-", text).lstrip("-_.")[:96] or "folder"
