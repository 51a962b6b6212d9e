"""The detector of docs/write-a-detector.md works as it is written, from its one file."""

from __future__ import annotations

from pathlib import Path

from headgate.workspace import open_workspace
from tests.build import collect, model
from tests.page_methods import added


def test_its_one_file_gives_a_command_and_findings(tmp_path: Path) -> None:
    headgate = added("write-a-detector.md", "detect/missing_weights.py", tmp_path)
    collect(tmp_path / "w", [
        model("a/x-GGUF", siblings=[{"rfilename": "README.md"}], downloads=500),
        model("b/y-GGUF", siblings=[{"rfilename": "y.Q4.gguf"}], downloads=500),
        model("c/z-GGUF", downloads=500),
        model("d/rare-GGUF", siblings=[{"rfilename": "README.md"}], downloads=3),
        model("e/plain", siblings=[{"rfilename": "README.md"}], downloads=500),
    ])  # fmt: skip

    assert "Models whose name promises GGUF files" in headgate("methods", "detect")
    assert "Leaves out what was downloaded less often" in " ".join(
        headgate("detect", "missing_weights", "--help").split()
    )
    headgate("detect", "missing_weights", "--workspace", str(tmp_path / "w"), "--min-downloads", "100")
    rows = open_workspace(tmp_path / "w").db.execute("SELECT subject, value, n FROM findings ORDER BY 1").fetchall()
    assert rows == [("hf:model:a/x-GGUF", 1, 1), ("hf:model:b/y-GGUF", 0, 1), ("hf:model:c/z-GGUF", None, 0)]
    assert "hf:model:a/x-GGUF" in headgate("items", "missing_weights", "--workspace", str(tmp_path / "w"))
