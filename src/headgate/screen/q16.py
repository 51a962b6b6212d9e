"""Images that a probe on a CLIP-like encoder finds inappropriate: Question 16 of a datasheet.

Reads: images; an encoder and a probe by local path (`headgate probe` trains one from your own labels).
Finds: the softmax of "inappropriate" of each image, which counts from the gate on, 0.90 as published; and the share of
such images, corrected by the errors that the probe's file says were measured.
Cannot see: what the encoder cannot tell apart, nor what the labels of the probe called fine; content of films beyond
the first frame; who is depicted and whether they agreed. No weights are shipped: whose idea of "inappropriate" this is
depends on whoever labelled.
Reference: P. Schramowski, C. Tauchmann and K. Kersting, Can Machines Help Us Answering Question 16 in Datasheets, FAccT
2022, arXiv 2202.06675.
Checked against: scikit-learn's digits as a stand-in for embeddings, the mechanism only; see docs/methods/q16.md.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from headgate.errors import BadInput, UsageError
from headgate.pictures import encoder as encoders
from headgate.pictures import probe as probes
from headgate.pictures.decoding import decode
from headgate.plain import plain
from headgate.shapes import Batch, Errors, Floats, Scores, Screener

READS = "images"
NEEDS = ("PIL", "torch", "transformers")
RISKS = ("1.1", "1.3", "5.3")

_TIMES = 4  # how much longer than the side of the encoder's square an image is decoded at the most


def screen(*, encoder: Path | None = None, probe: Path | None = None, gate: float = 0.90) -> Screener:
    """A screener of images by the encoder in the folder `encoder` and the class vectors in `probe`.

    `encoder` is the folder of a CLIP-like model in safetensors; `probe` is the file of two class vectors, .safetensors
    or .npy, the second of what is sought; `gate` is the softmax from which on an image counts. Raises `UsageError`
    where one is missing or they do not fit.
    """
    if encoder is None or probe is None:
        msg = "q16 needs --encoder DIR and --probe FILE. `headgate probe` trains a probe from labelled images."
        raise UsageError(msg)
    if not 0.5 <= gate < 1:
        msg = f"--gate {gate} is not from 0.5 to below 1. Give such a softmax."
        raise UsageError(msg)
    loaded, vectors = encoders.load(encoder), probes.load(probe)
    made_with = vectors.notes.get("encoder", loaded.digest)
    if made_with != loaded.digest:
        msg = (
            f"{probe} was trained on another encoder ({made_with[:12]}, not {loaded.digest[:12]}). Train one on yours."
        )
        raise UsageError(msg)
    width = len(loaded.image(np.zeros((loaded.size, loaded.size, 3), np.uint8)))
    if vectors.vectors.shape[1] != width:
        msg = f"{probe} has vectors of {vectors.vectors.shape[1]}, the encoder gives {width}. Train one on yours."
        raise UsageError(msg)

    def score(batch: Batch) -> Scores:
        made = [_one(data, loaded, vectors.vectors) for data in batch.images]
        values = np.array([value for value, _ in made], dtype=np.float32)
        return Scores(values, np.empty((len(made), 0), np.float32), [why for _, why in made])

    return Screener(score, (), gate, _errors(vectors, gate))


def _one(data: bytes, encoder: encoders.Encoder, vectors: Floats) -> tuple[float, str | None]:
    try:
        pixels = decode(data, size=_TIMES * encoder.size)
    except BadInput as error:
        return float("nan"), str(error)[:160]
    return float(probes.chances(encoder.image(pixels)[None], vectors)[0]), None


def _errors(probe: probes.Probe, gate: float) -> tuple[Errors, ...]:
    """What was measured of the probe on rows it was not trained on; nothing where its file says none at this gate."""
    try:
        if float(probe.notes["gate"]) != gate:
            return ()
        hits, positives, passed, negatives = (
            int(probe.notes[name]) for name in ("hits", "positives", "passed", "negatives")
        )
    except (KeyError, ValueError):
        return ()
    if not 0 <= hits <= positives or not 0 <= passed <= negatives:
        return ()  # no counts of rows, whoever wrote them
    rows = plain(probe.notes.get("measured_on", "its own labels, out of fold"), 200)
    return (Errors("", hits, positives, passed, negatives, rows),)
