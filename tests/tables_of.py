"""Tables as the items of a dataset, for tests of methods that read whole tables."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from headgate.reading.items import row_json
from headgate.shapes import Batch, Items

APT = Path("/var/lib/apt/lists")
FIELDS = ("Package", "Source", "Version", "Maintainer", "Architecture", "Section", "Priority", "Homepage", "SHA256")


def items_of(columns: dict[str, Sequence[object]], scratch: Path, size: int = 7) -> Items:
    """A dataset of these columns, in batches of `size` rows."""
    rows = len(next(iter(columns.values()))) if columns else 0

    def batches() -> Iterator[Batch]:
        for start in range(0, rows, size):
            more = {name: list(values[start : start + size]) for name, values in columns.items()}
            records = [dict(zip(more, row, strict=True)) for row in zip(*more.values(), strict=True)]
            yield Batch([sha256(row_json(one)).hexdigest() for one in records], more=more)

    return Items(batches, scratch, scratch)


def csv_columns(path: Path, names: Sequence[str] | None = None) -> dict[str, list[object]]:
    """The columns of a CSV file, named by its first line where `names` are not given."""
    with path.open(newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    names = rows.pop(0) if names is None else names
    return {name: [row[n] for row in rows] for n, name in enumerate(names)}


def apt_index() -> dict[str, list[object]]:
    """The package index that apt left on this machine; skips where there is none."""
    files = (
        sorted(APT.glob("*_main_binary-*_Packages.lz4"), key=lambda path: path.stat().st_size) if APT.exists() else []
    )
    if not files:
        pytest.skip("no package index of apt on this machine")
    shown = subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", str(files[-1])], capture_output=True, check=False)
    if shown.returncode:
        pytest.skip("apt cannot show its package index")
    columns: dict[str, list[object]] = {name: [] for name in FIELDS}
    for stanza in shown.stdout.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in stanza.splitlines() if ": " in line and not line.startswith(" "))
        if "Package" in fields:
            # A source of the same name is left out, and its version stands in brackets where it differs.
            source = fields.get("Source", fields["Package"]).split(" ")[0]
            for name in FIELDS:
                columns[name].append(source if name == "Source" else fields.get(name))
    return columns
