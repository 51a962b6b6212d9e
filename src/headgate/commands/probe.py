"""Train the probe of `screen q16` from labelled images, or from embeddings you have, and say how good it is."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headgate.errors import BadInput, MissingExtra, UsageError
from headgate.options import format_option
from headgate.plain import plain

if TYPE_CHECKING:
    from headgate.evidence.clustered import Column

_SIZES = (10, 20, 40, 80, 160, 320, 640)
_FEWEST = 10  # labels of each class


@click.command("probe", help=__doc__)
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("--into", type=click.Path(path_type=Path), required=True, help="The .safetensors file to write.")
@click.option(
    "--encoder", type=click.Path(path_type=Path), help="Folder of a CLIP-like model in safetensors, for images."
)
@click.option(
    "--labels", type=click.Path(path_type=Path), help="CSV with label (0 or 1) and group, a row an embedding."
)
@click.option("--start", type=click.Path(path_type=Path), help="Class vectors to start from [default: class means].")
@click.option("--words", nargs=2, help="Texts of not sought and sought to start from, such as 'This image is ...'.")
@click.option("--gate", type=float, default=0.9, show_default=True, help="The softmax from which on an image counts.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the folds.")
@format_option
def command(
    data: Path, into: Path, encoder: Path | None, labels: Path | None, start: Path | None,
    words: tuple[str, str] | None, gate: float, seed: int, format_: str,
) -> None:  # fmt: skip
    """DATA is a folder with `no/` and `yes/` (their subfolders are groups), or a .npy of embeddings with --labels."""
    if into.suffix != ".safetensors":
        msg = f"--into {into} is no .safetensors file. Name one."
        raise UsageError(msg)
    if not 0.5 <= gate < 1:
        msg = f"--gate {gate} is not from 0.5 to below 1. Give such a softmax."
        raise UsageError(msg)
    _needs("safetensors")
    from headgate.pictures import probe as probes

    rows, sought, groups, loaded = _read(data, encoder, labels)
    if min(sought.sum(), (1 - sought).sum()) < _FEWEST:
        msg = f"{int(sought.sum())} of {len(sought)} rows are sought: give at least {_FEWEST} of each class."
        raise BadInput(msg)
    first = _first(start, words, loaded)
    apart = probes.out_of_fold(rows, sought, start=first, seed=seed)
    made = probes.train(rows, sought, start=first, seed=seed)
    report, counts = _measured(rows, sought, groups, apart, first, gate)
    made.notes.update(counts, gate=str(gate), measured_on=f"{len(sought)} labelled rows, out of fold")
    if loaded is not None:
        made.notes["encoder"] = loaded.digest
    probes.save(made, into)
    click.echo(json.dumps(report, indent=1) if format_ == "json" else _text(report))


def _measured(
    rows: Column, sought: Column, groups: Column, apart: Column, first: Column | None, gate: float
) -> tuple[dict[str, Any], dict[str, str]]:
    import numpy as np

    from headgate.pictures import probe_report

    flagged = apart >= np.float32(gate)
    hits, passed = int((flagged & (sought == 1)).sum()), int((~flagged & (sought == 0)).sum())
    counts = {"hits": hits, "positives": int(sought.sum()), "passed": passed, "negatives": int((sought == 0).sum())}
    right = probe_report.rate("accuracy", int(((apart >= 0.5) == sought).sum()), len(sought))
    few = probe_report.learning_curve(rows, sought, [n for n in _SIZES if n <= len(rows) // 2], start=first)
    wrong = probe_report.by_group(apart, sought, groups, gate)
    report = {
        "accuracy": right.words(),
        "gates": [
            {"gate": at, "precision": precision.words(), "recall": recall.words()}
            for at, precision, recall in probe_report.curve(apart, sought)
        ],
        "labels needed": [
            {"labels": size, "accuracy": round(mean, 4), "spread": round(spread, 4), "start": round(before, 4)}
            for size, mean, spread, before in few
        ],
        "wrongly flagged": [{"group": one.name, "share": one.words()} for one in wrong],
    }
    return report, {name: str(number) for name, number in counts.items()}


def _read(data: Path, encoder: Path | None, labels: Path | None) -> tuple[Column, Column, Column, Any]:
    if data.is_dir():
        if encoder is None or labels is not None:
            msg = f"{data} is a folder of images: give --encoder DIR, and no --labels."
            raise UsageError(msg)
        return _images(data, encoder)
    if labels is None or encoder is not None:
        msg = f"{data} is a file of embeddings: give --labels FILE, and no --encoder."
        raise UsageError(msg)
    return (*_embeddings(data, labels), None)


def _images(data: Path, encoder: Path) -> tuple[Column, Column, Column, Any]:
    import numpy as np

    _needs("torch", "transformers", "PIL")
    from headgate.pictures import encoder as encoders
    from headgate.pictures.decoding import MOST_BYTES, decode

    loaded, rows, sought, groups, bad = encoders.load(encoder), [], [], [], 0
    for label, name in enumerate(("no", "yes")):
        for file in sorted(path for path in (data / name).rglob("*") if path.is_file()):
            try:
                with file.open("rb") as stream:
                    data_ = stream.read(MOST_BYTES + 1)
                rows.append(loaded.image(decode(data_, size=4 * loaded.size)))
            except (BadInput, OSError):
                bad += 1
                continue
            sought.append(label)
            inside = file.relative_to(data / name).parts
            groups.append(inside[0] if len(inside) > 1 else "all")
    sys.stderr.write(f"{len(rows):,} images, {bad:,} could not be decoded\n")
    if not rows:
        msg = f"{data} has no images in no/ and yes/. Put images of either class there."
        raise BadInput(msg)
    return np.stack(rows), np.array(sought), np.array(groups), loaded


def _embeddings(data: Path, labels: Path) -> tuple[Column, Column, Column]:
    import numpy as np

    try:
        rows = np.load(data, allow_pickle=False)
        with labels.open(encoding="utf-8-sig", newline="") as stream:
            said = list(csv.DictReader(stream))
        sought = np.array([int(row["label"]) for row in said])
        groups = np.array([row.get("group") or "all" for row in said])
        if not isinstance(rows, np.ndarray):
            raise TypeError("several arrays")
    except (OSError, ValueError, KeyError, TypeError, EOFError, csv.Error) as error:
        msg = f"{data} or {labels} cannot be read ({type(error).__name__}). Give n x d numbers and a CSV with `label`."
        raise BadInput(msg) from error
    if rows.ndim != 2 or len(rows) != len(sought) or not set(sought.tolist()) <= {0, 1} or rows.dtype.kind != "f":
        msg = f"{rows.shape} embeddings and {len(sought)} labels do not match. Give n x d numbers and n labels, 0 or 1."
        raise BadInput(msg)
    if bad := int((~np.isfinite(rows).all(axis=1) | ~rows.any(axis=1)).sum()):
        msg = f"{bad} of {len(rows)} embeddings hold what is no finite number, or zeros alone. Leave them out."
        raise BadInput(msg)
    return rows, sought, groups


def _first(start: Path | None, words: tuple[str, str] | None, loaded: Any) -> Column | None:
    import numpy as np

    from headgate.pictures import probe as probes

    if start is not None:
        return np.asarray(probes.load(start).vectors, dtype=float)
    if not words:
        return None
    if loaded is None or loaded.text is None:
        msg = "--words needs an encoder with a text side and its tokenizer in the folder. Use --start or neither."
        raise UsageError(msg)
    return np.stack([loaded.text(text) for text in words]).astype(float)


def _needs(*packages: str) -> None:
    from headgate.catalog import installed

    missing = [name for name in packages if not installed(name)]
    if missing:
        msg = f"probe needs {', '.join(missing)}. Install it with: pip install 'headgate[models]'"
        raise MissingExtra(msg)


def _text(report: dict[str, Any]) -> str:
    lines = [f"accuracy out of fold: {report['accuracy']}"]
    for name in ("gates", "labels needed", "wrongly flagged"):
        lines += ["", name]
        lines += ["  " + "  ".join(f"{key} {plain(str(value))}" for key, value in row.items()) for row in report[name]]
    return "\n".join(lines)
