"""No payload is here: the pickles name os.system as inert bytes and are never loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headgate import run
from headgate.errors import UsageError
from headgate.workspace import Workspace, open_workspace
from tests.build import collect, edges, model
from tests.test_loading import HARMLESS, RUNS, safetensors, zipped


def graded(ws: Workspace, **params: Any) -> dict[str, tuple[str, dict[str, str]]]:
    """Name -> grade and state of each threat."""
    run.run_method(ws, "govern", "intake_threats", **params)
    rows = ws.db.execute("SELECT name, decision, because FROM decisions JOIN artifacts ON ref = subject").fetchall()
    return {
        name.split("/")[-1]: (decision, dict(part.split(": ", 1) for part in because.split("; ")))
        for name, decision, because in rows
    }


def files(*names: str) -> dict[str, Any]:
    return {"siblings": [{"rfilename": name} for name in names]}


CONFIG = ("config.json", "README.md", "tokenizer.json", ".gitattributes")


@pytest.mark.parametrize(
    ("record", "grade", "threats"),
    [
        (files(*CONFIG, "model.safetensors"), "no code on load", {"unsafe serialisation": "absent", "custom code": "absent"}),
        (files(*CONFIG, "pytorch_model.bin"), "code on load", {"unsafe serialisation": "present (pytorch_model.bin)"}),
        (files(*CONFIG, "pytorch_model.bin", "model.safetensors"), "no code on load",
         {"unsafe serialisation": "present (pytorch_model.bin), beside model.safetensors"}),
        (files(*CONFIG, "model.safetensors", "training_args.bin"), "no code on load",
         {"unsafe serialisation": "present beside the weights (training_args.bin)"}),
        (files(*CONFIG, "tf_model.h5"), "unknown", {"unsafe serialisation": "not tested (tf_model.h5 can hold code)"}),
        (files(*CONFIG, "m.Q4_K_M.gguf"), "no code on load", {"base unknown": "present (derived, no base linked)"}),
        (files(*CONFIG, "model.safetensors", "modeling_x.py"), "code on load", {"custom code": "present (modeling_x.py)"}),
        (files(*CONFIG, "model.safetensors", "train.py"), "no code on load",
         {"custom code": "absent", "programs": "present (train.py)"}),
        (files(*CONFIG, "model.safetensors") | {"tags": ["custom_code"]}, "code on load", {"custom code": "present (tag custom_code)"}),
        (files(*CONFIG, "model.safetensors", "extra.zip"), "unknown", {"archives": "not tested (extra.zip)"}),
        (files(*CONFIG, "model.safetensors", "blob.qqq"), "unknown", {"unknown form": "present (blob.qqq)"}),
        (files(*CONFIG), "unknown", {"unsafe serialisation": "absent"}),
        ({}, "unknown", {"unsafe serialisation": "not tested (no files listed)", "custom code": "not tested (no files listed)"}),
        ({"tags": ["custom_code"]}, "code on load", {"custom code": "present (tag custom_code)"}),
    ],
)  # fmt: skip
def test_grades_of_listings(tmp_path: Path, record: dict[str, Any], grade: str, threats: dict[str, str]) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/m") | record])
    found, told = graded(ws)["m"]
    assert found == grade
    assert {name: told[name] for name in threats} == threats
    assert (told["backdoor"], told["membership"]) == ("not tested", "not tested")
    assert told["adversarial transfer"] == "not testable from a listing"


def test_scripts_of_datasets(tmp_path: Path) -> None:
    records = [model("a/Herons") | files("Herons.py", "data.csv"), model("a/plain") | files("data/train.parquet", "make.py"),
               model("a/pickled") | files("data.pkl")]  # fmt: skip
    ws, _ = collect(tmp_path / "w", records, "dataset")
    found = graded(ws)
    assert {name: grade for name, (grade, _) in found.items()} == {
        "Herons": "code on load", "plain": "no code on load", "pickled": "code on load",
    }  # fmt: skip
    assert found["Herons"][1]["custom code"] == "present (script of the dataset)"


def test_base_and_commit(tmp_path: Path) -> None:
    records = [
        model("a/base") | {"sha": "c0ffee" * 6 + "abcd"},
        model("a/child", tags=["base_model:finetune:a/base"]) | {"cardData": {"base_model": "a/base"}},
        model("a/orphan", tags=["base_model:adapter:b/gone"]) | {"cardData": {"base_model": "b/gone"}},
        model("a/mute", tags=["lora"]),
    ]
    ws, _ = collect(tmp_path / "w", records)
    edges(ws, "declared_base")
    told = {name: threats for name, (_, threats) in graded(ws).items()}
    assert {name: threats["base unknown"] for name, threats in told.items()} == {
        "base": "not tested (no base declared)", "child": "absent", "orphan": "present (hf:model:b/gone not collected)",
        "mute": "present (derived, no base linked)",
    }  # fmt: skip
    assert told["base"]["commit not pinned"] == "absent (c0ffeec0ffee)"
    assert told["child"]["commit not pinned"] == "present"


def hostile(root: Path) -> Path:
    """A folder of folders, one for each kind of fault."""
    contents = {
        "runs": {"model.bin": RUNS},
        "archived": {"model.pt": zipped("m/data.pkl", RUNS)},
        "harmless": {"model.bin": HARMLESS},
        "safe": {"model.safetensors": safetensors()},
        "cut": {"model.safetensors": safetensors()[:20]},
        "both": {"model.safetensors": safetensors(), "model.bin": RUNS},
        "coded": {"model.safetensors": safetensors(), "extra.zip": zipped("setup.py", b"raise SystemExit")},
        "mapped": {
            "model.safetensors": safetensors(b"\0\0\0\1"),
            "config.json": b'{"auto_map": {"AutoModel": "x--m.M"}}',
        },
    }
    for name, files_ in contents.items():
        (root / name).mkdir(parents=True)
        (root / name / "README.md").write_text(f"---\npipeline_tag: text-generation\n---\n{name}\n")
        for file, content in ({"config.json": b'{"model_type": "x"}'} | files_).items():
            (root / name / file).write_bytes(content)
    return root


GRADES = {
    "runs": "code on load", "archived": "code on load", "harmless": "no code on load", "safe": "no code on load",
    "cut": "unknown", "both": "unknown", "coded": "unknown", "mapped": "code on load",
}  # fmt: skip


def test_local_files_are_looked_into(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "folder", path=hostile(tmp_path / "in"))
    unread = graded(ws)
    assert {name: grade for name, (grade, _) in unread.items()} == dict.fromkeys(GRADES, "unknown") | {
        "runs": "code on load", "archived": "code on load", "harmless": "code on load",
    }  # fmt: skip
    found = graded(ws, folder=tmp_path / "in")
    assert {name: grade for name, (grade, _) in found.items()} == GRADES
    told = {name: threats for name, (_, threats) in found.items()}
    assert told["runs"]["unsafe serialisation"] == "present (model.bin: imports os.system)"
    assert told["archived"]["unsafe serialisation"] == "present (model.pt: imports os.system)"
    assert told["harmless"]["unsafe serialisation"] == "absent (read: model.bin)"
    assert told["coded"]["unsafe serialisation"] == "present (extra.zip: holds setup.py), beside model.safetensors"
    assert told["cut"]["truncated"].startswith("model.safetensors: ")
    # what changed since it was collected was not looked at
    (tmp_path / "in" / "safe" / "model.safetensors").write_bytes(safetensors(b"\0\0\0\2"))
    (tmp_path / "in" / "runs" / "model.bin").write_bytes(HARMLESS)
    assert graded(ws, folder=tmp_path / "in")["runs"][0] == "code on load"
    with pytest.raises(UsageError, match="no folder at"):
        graded(ws, folder=tmp_path / "nowhere")


WATCHED = """
import sys
from pathlib import Path
from headgate import run
from headgate.workspace import open_workspace

def look(name):
    ws = open_workspace(Path(sys.argv[1]) / ("w-" + name), create=True)
    run.collect(ws, "folder", path=Path(sys.argv[1]) / name)
    run.run_method(ws, "govern", "intake_threats", folder=Path(sys.argv[1]) / name)

look("first")  # loads what our own code needs, from files without a fault
seen = []
BAD = ("pickle.", "exec", "marshal.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.",
       "ctypes.", "socket.connect", "cpython.run_", "code.__new__")

def hook(event, args):
    if event.startswith(BAD) or (event == "import" and args[0] not in sys.modules):
        seen.append(f"{event} {args[:1]}")

sys.addaudithook(hook)
look("second")
sys.stdout.write("|".join(seen) + "\\n")
import pickle
pickle.loads(b"\\x80\\x02ccollections\\nOrderedDict\\n)R.")
exec("1")
sys.stdout.write("|".join(seen) + "\\n")
"""


def test_nothing_is_imported_run_or_unpickled(tmp_path: Path) -> None:
    first = hostile(tmp_path / "first")
    for path in [*first.rglob("*.bin"), *first.rglob("*.pt")]:
        path.write_bytes(HARMLESS)
    hostile(tmp_path / "second")
    done = subprocess.run([sys.executable, "-c", WATCHED, str(tmp_path)], capture_output=True, text=True, check=True)
    looked, control = done.stdout.splitlines()[-2:]
    assert looked == ""
    # the hook does see what it is there for
    assert "pickle.find_class" in control
    assert "exec" in control
