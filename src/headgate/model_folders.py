"""Folders of language and image models in Hugging Face's layout, looked at before transformers may read them.

transformers is told to take local safetensors and no code, and still goes where a folder points: an index of weights
may name a pickle, `transformers_weights` any file, and an implementation of attention is fetched from the hub and run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headgate import catalog
from headgate.errors import BadInput, MissingExtra
from headgate.plain import plain

_MOST = 64 * 2**20  # bytes of a JSON file

# How every folder is loaded: nothing is fetched, and no code in it is run.
CLOSED = {"local_files_only": True, "trust_remote_code": False}
WEIGHTS = {**CLOSED, "use_safetensors": True}


def checked(folder: Path) -> dict[str, Any]:
    """The config.json of the model in `folder`. Raises `BadInput` where it, or the weights, cannot be used safely."""
    config = _json(folder, "config.json")
    if not any(folder.glob("*.safetensors")):
        msg = f"{plain(folder)} has no safetensors; other weights can run code when loaded. Convert them first."
        raise BadInput(msg)
    for index in sorted(folder.glob("*.index.json")):
        named = _json(folder, index.name).get("weight_map")
        if not isinstance(named, dict) or not all(_plain_weights(one) for one in named.values()):
            msg = f"{plain(index)} names weights that are no safetensors of its folder. Convert them first."
            raise BadInput(msg)
    for name, value in _settings(config):
        if (name == "transformers_weights" and value is not None) or (
            name.endswith("_implementation") and "/" in str(value)
        ):
            msg = f"{plain(folder)} asks for {plain(name, 60)} {plain(value, 60)}. Take that out of its config.json."
            raise BadInput(msg)
    if (folder / "adapter_config.json").exists():
        msg = f"{plain(folder)} holds an adapter, whose model is elsewhere. Merge them into one folder first."
        raise BadInput(msg)
    return config


def causal(folder: Path, **settings: Any) -> tuple[Any, Any]:
    """Tokeniser and causal language model of `folder`, in evaluation mode; `settings` go to the model.

    Raises `MissingExtra` without torch and transformers, and `BadInput` where the folder cannot be used safely or holds
    no such model.
    """
    missing = [name for name in ("torch", "transformers") if not catalog.installed(name)]
    if missing:
        msg = f"a language model needs {', '.join(missing)}. Install it with: pip install 'headgate[models]'"
        raise MissingExtra(msg)
    checked(folder)
    import transformers
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        tokeniser: Any = transformers.AutoTokenizer.from_pretrained(folder, **CLOSED)
        model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder, **WEIGHTS, **settings)
    except Exception as error:  # transformers raises nearly anything for a folder it cannot use
        msg = f"the model in {plain(folder)} cannot be loaded ({plain(error, 120)}). "
        raise BadInput(msg + "Give a causal language model with its tokenizer, weights in safetensors.") from error
    return tokeniser, model.eval()


def _json(folder: Path, name: str) -> dict[str, Any]:
    path, given = folder / name, None
    try:
        if path.stat().st_size <= _MOST:
            given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        pass
    if not isinstance(given, dict):
        msg = f"{plain(folder)} has no {plain(name, 60)} that can be read. Give the folder of a Hugging Face model."
        raise BadInput(msg)
    return given


def _plain_weights(name: object) -> bool:
    return isinstance(name, str) and name.endswith(".safetensors") and "/" not in name and "\\" not in name


def _settings(value: object) -> Iterator[tuple[str, object]]:
    """All settings in a config, those of its parts too."""
    inside = [value]
    while inside:
        one = inside.pop()
        if isinstance(one, dict):
            yield from one.items()
            inside += one.values()
        elif isinstance(one, list):
            inside += one
