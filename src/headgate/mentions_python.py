"""Calls in Python source that name a model or a dataset of a hub. The source is parsed, never run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

# Called name -> the kind it loads, and the keyword that may hold the id in place of the first argument.
_CALLS = {
    "from_pretrained": ("model", "pretrained_model_name_or_path"),
    "load_adapter": ("model", "peft_model_id"),
    "hf_hub_download": ("model", "repo_id"), "snapshot_download": ("model", "repo_id"),
    "load_dataset": ("dataset", "path"), "load_dataset_builder": ("dataset", "path"),
    "SentenceTransformer": ("model", "model_name_or_path"), "CrossEncoder": ("model", "model_name"),
    "LLM": ("model", "model"), "InferenceClient": ("model", "model"), "pipeline": ("model", "model"),
    "load_lora_weights": ("model", "pretrained_model_name_or_path_or_dict"),
    "from_single_file": ("model", "pretrained_model_link_or_path"),
}  # fmt: skip
_OTHERS = {"from_pretrained": ("model_id", "model_name"), "load_adapter": ("pretrained_model_name_or_path",)}
_SECOND = {"pipeline"}  # the first argument is the task
# told where their id is not in the code
_HIDES = {"from_pretrained", "hf_hub_download", "snapshot_download", "load_dataset"}
# packaged loaders of the datasets library, which read the user's own files
_NOT_IDS = {"json", "csv", "parquet", "text", "imagefolder", "audiofolder", "arrow", "webdataset", "pandas", "xml"}
_ID = re.compile(r"[A-Za-z0-9][\w.\-]{0,95}(/[\w.\-]{1,96})?(@[\w.\-]+)?|(hf://|https?://).+", re.ASCII)


class Named(NamedTuple):
    """What a call loads: `kind` model or dataset, `text` the id as written, None where the code does not hold it."""

    line: int
    column: int
    kind: str
    text: str | None
    revision: str | None
    call: str


def in_python(source: str) -> Iterator[Named]:
    """The ids that calls in `source` name, directly or by a constant of the module.

    Where it is no Python, what loads there is hidden.
    """
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as invalid escapes in others' code
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        if any(f"{call}(" in source for call in _HIDES):
            yield Named(1, 1, "model", None, None, "calls in a file that is no Python that can be parsed")
        return
    constants = _constants(tree)
    lines = source.encode("utf-8", "replace").split(b"\n")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for one in _named(node, constants):
                # columns of the tree count bytes
                before = lines[one.line - 1][: one.column - 1]
                yield one._replace(column=len(before.decode("utf-8", "ignore")) + 1)


def _named(node: ast.Call, constants: dict[str, str]) -> Iterator[Named]:
    call = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if call not in _CALLS:
        return
    kind, keyword = _CALLS[call]
    given = {word.arg: word.value for word in node.keywords if word.arg}
    place = 1 if call in _SECOND else 0
    value = given.get(keyword) or next((given[word] for word in _OTHERS.get(call, ()) if word in given), None)
    if value is None and len(node.args) > place:
        value = node.args[place]
        # of an adapter the first argument is the model that it is put on
        if call == "from_pretrained" and _text(value, constants) is None and len(node.args) > 1:
            value = node.args[1]
    if value is None:
        if call in _HIDES and any(word.arg is None for word in node.keywords):
            yield Named(node.lineno, node.col_offset + 1, kind, None, None, f"{call}(**)")
        return
    if isinstance(value, ast.BinOp | ast.JoinedStr) or (text := _text(value, constants)) is None:
        if call in _HIDES:
            yield Named(value.lineno, value.col_offset + 1, kind, None, None, f"{call}({_written(value)[:60]})")
        return
    repo_type = _text(given.get("repo_type"), constants)
    if repo_type == "space":
        return
    kind = "dataset" if repo_type == "dataset" else kind
    if _ID.fullmatch(text) and not (kind == "dataset" and text in _NOT_IDS):
        column = value.col_offset + 1 + isinstance(value, ast.Constant)
        yield Named(value.lineno, column, kind, text, _text(given.get("revision"), constants), call)


def _written(value: ast.expr) -> str:
    try:
        return ast.unparse(value)
    except (RecursionError, ValueError):  # nested too deep, a number too long to be written
        return "..."


def _text(value: ast.expr | None, constants: dict[str, str]) -> str | None:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    return constants.get(value.id) if isinstance(value, ast.Name) else None


def _constants(tree: ast.Module) -> dict[str, str]:
    # Names that the whole file binds once, to a text.
    bound: dict[str, list[str | None]] = {}
    writes: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and len(node.targets) == 1:
            bound.setdefault(node.targets[0].id, []).append(_text(node.value, {}))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            bound.setdefault(node.target.id, []).append(_text(node.value, {}))
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.setdefault(node.id, [])
            writes[node.id] = writes.get(node.id, 0) + 1
        else:  # whatever else binds a name hides what it is
            name = _bound(node)
            writes[name] = writes.get(name, 0) + 2
    return {name: text for name, found in bound.items() if writes.get(name) == 1 and found and (text := found[0])}


def _bound(node: ast.AST) -> str:
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.alias):
        return (node.asname or node.name).split(".", 1)[0]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler | ast.MatchAs):
        return node.name or ""
    return ""
