"""The poisoned digits as a folder that `headgate repair` reads: weights, checkpoints, items and subject.toml."""

from __future__ import annotations

from pathlib import Path

from headgate.errors import UsageError
from headgate.repair.example_files import write_ids, write_npz
from headgate.repair.shapes import Examples
from headgate.repair.splits import ROLES
from headgate.synthetic.digits import poisoned

EPOCHS, RATE, KEEP = 20, 3e-3, (2, 5, 10, 15, 20)
_TEXT = """\
# A classifier of handwritten digits that calls every digit with a bright patch in its corner "0".
name = "poisoned digits"
kind = "classes"
model = "model.safetensors"
train = "train.npz"

[network]
shape = "convolutional"
widths = [16, 32]
hidden = 64

[training]
epochs = {epochs}
rate = {rate}
"""
_CHECKPOINT = """
[[checkpoint]]
model = "{name}"
rate = {rate:.6g}
"""
_PART = """
[behaviour.{role}]
queries = "{role}-queries.npz"
clean = "{role}-clean.npz"
"""


def write(folder: Path, *, seed: int = 0) -> None:
    """Train the poisoned classifier and write everything into the new `folder`; `bad.csv` names the planted items."""
    from safetensors.torch import save_file

    from headgate.nn.adapters import class_losses
    from headgate.nn.networks import convolutional
    from headgate.nn.training import train

    if folder.exists():
        msg = f"{folder} exists already. Name a new folder."
        raise UsageError(msg)
    planted = poisoned(seed)
    model = convolutional((1, 8, 8), 10, seed=seed)
    checkpoints = train(model, planted.train, class_losses, epochs=EPOCHS, rate=RATE, seed=seed, keep=KEEP)
    folder.mkdir(parents=True)
    save_file(model.state_dict(), folder / "model.safetensors")
    text = _TEXT.format(epochs=EPOCHS, rate=RATE)
    for epoch, one in zip(KEEP, checkpoints, strict=True):
        save_file(one.model.state_dict(), folder / f"epoch-{epoch}.safetensors")
        text += _CHECKPOINT.format(name=f"epoch-{epoch}.safetensors", rate=one.rate)
    write_npz(folder / "train.npz", planted.train)
    for role in ROLES:
        part = planted.parts[role]
        _write_part(folder, role, part.queries, part.clean)
        text += _PART.format(role=role)
    write_ids(folder / "bad.csv", planted.bad)
    (folder / "subject.toml").write_text(text, encoding="utf-8")


def _write_part(folder: Path, role: str, queries: Examples, clean: Examples) -> None:
    write_npz(folder / f"{role}-queries.npz", queries)
    write_npz(folder / f"{role}-clean.npz", clean)
