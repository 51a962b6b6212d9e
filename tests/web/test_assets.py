"""What is shipped for browsers: from the packages that assets/ names, with their licences, under licences we may use."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src/headgate/web/static"
ALLOWED = {"MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0", "Unlicense"}


def wanted() -> dict[str, str]:
    return dict(json.loads((ROOT / "assets/package.json").read_text())["dependencies"])


def test_every_library_is_named_with_its_version_and_licence() -> None:
    told = re.findall(r"^(\S+) (\d\S*) \((\S+)\)$", (STATIC / "LICENSES.txt").read_text(), re.MULTILINE)
    packages = json.loads((ROOT / "assets/package-lock.json").read_text())["packages"]
    shipped = {
        (name.removeprefix("node_modules/"), one["version"], one["license"])
        for name, one in packages.items()
        if name and not one.get("dev")
    }
    assert set(told) <= shipped
    assert len(told) > 20
    assert {(name, version) for name, version, _ in told} >= set(wanted().items())
    assert {licence for *_, licence in told} <= ALLOWED
    assert all("resolved" not in one for one in packages.values())


@pytest.mark.skipif(
    shutil.which("node") is None or not (ROOT / "assets/node_modules").exists(),
    reason="the npm packages are not installed (make assets installs them)",
)
def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    build = [
        "npx",
        "esbuild",
        "charts.js",
        "--bundle",
        "--minify",
        "--format=iife",
        "--legal-comments=none",
        f"--outfile={tmp_path / 'charts.js'}",
    ]
    subprocess.run(build, cwd=ROOT / "assets", check=True, capture_output=True)
    pairs = [(tmp_path / "charts.js", "charts.js")]
    pairs += [
        (ROOT / "assets/node_modules" / source, name)
        for source, name in (
            ("htmx.org/dist/htmx.min.js", "htmx.min.js"),
            ("cytoscape/dist/cytoscape.min.js", "cytoscape.min.js"),
        )
    ]
    for source, name in pairs:
        assert hashlib.sha256(source.read_bytes()).digest() == hashlib.sha256((STATIC / name).read_bytes()).digest(), (
            name
        )
