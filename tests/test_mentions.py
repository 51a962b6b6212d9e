"""Where a repository names models: each kind of file, its place, and what is no mention."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import BadInput, UsageError
from headgate.mentions import LARGEST, in_list, in_repository, in_text


def named(path: str, text: str) -> list[tuple[str, int]]:
    return [(str(m.ref), m.line) for m in in_text(text, path)]


@pytest.mark.parametrize(
    ("path", "text", "ref"),
    [
        ("a.py", 'm = AutoModel.from_pretrained("org/name")', "hf:model:org/name"),
        ("conf.yaml", "model_name_or_path: org/name", "hf:model:org/name"),
        ("conf.yaml", 'base_model: "org/name"  # why', "hf:model:org/name"),
        ("conf.json", '{"model_id": "org/name", "x": 1}', "hf:model:org/name"),
        ("conf.toml", 'model = "org/name"', "hf:model:org/name"),
        ("conf.toml", 'model = "hf:model:org/name"', "hf:model:org/name"),
        ("conf.yaml", "models: [hf:model:org/name]", "hf:model:org/name"),
        ("conf.yaml", "model: hf:model:org/name@0123abc", "hf:model:org/name"),
        ("run.sh", "MODEL=hf:model:org/name python x.py", "hf:model:org/name"),
        ("run.sh", "hf download org/name --local-dir x", "hf:model:org/name"),
        ("run.sh", "python -m server --model org/name --port 1", "hf:model:org/name"),
        ("Dockerfile", "RUN huggingface-cli download org/name", "hf:model:org/name"),
        ("serve.yml", "  args: vllm serve org/name", "hf:model:org/name"),
        ("x.txt", "see hf://datasets/org/data/train.csv", "hf:dataset:org/data"),
        ("x.cfg", "url = https://huggingface.co/org/name/resolve/main/model.gguf", "hf:model:org/name"),
        ("README.md", "    vllm serve org/name", "hf:model:org/name"),
        ("models.txt", "org/name  # the one we use", "hf:model:org/name"),
        ("headgate.lock", "hf:dataset:org/data", "hf:dataset:org/data"),
        (".env", "EMBEDDING_MODEL=org/name", "hf:model:org/name"),
        ("run.sh", "MODEL_ID=org/name python x.py", "hf:model:org/name"),
        ("Dockerfile.gpu", "ENV MODEL=org/name \\", "hf:model:org/name"),
        ("pod.yaml", 'args: ["--model", "org/name"]', "hf:model:org/name"),
        ("run.sh", "python train.py --model_name_or_path org/name \\", "hf:model:org/name"),
        ("run.sh", 'vllm serve "org/name"', "hf:model:org/name"),
        ("run.sh", "hf download --repo-type dataset org/data", "hf:dataset:org/data"),
        ("run.sh", "hf download org/data --repo-type dataset", "hf:dataset:org/data"),
        ("conf.yaml", "models: [org/name]", "hf:model:org/name"),
        ("conf.json", '{"modelId": "org/name"}', "hf:model:org/name"),
        ("conf.json", '{"x": "' + "y" * 20_000 + '", "model": "org/name"}', "hf:model:org/name"),
    ],
)
def test_each_kind_of_file(path: str, text: str, ref: str) -> None:
    assert named(path, text) == [(ref, 1)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "We compare with [this](https://huggingface.co/org/name)."),
        ("conf.yaml", "image: docker/thing"),
        ("conf.yaml", "path: src/models"),
        ("a.py", '"""hf download org/name"""'),
        ("data.csv", "org/name"),
        ("models.txt", "# nothing here"),
        ("x.txt", "https://huggingface.co/spaces/org/name"),
        ("conf.yaml", "model: application/json"),
        ("conf.yaml", "model: text/html"),
        ("conf.yaml", "model: src/models"),
        ("conf.yaml", "model: models/llama.gguf"),
        ("ci.yml", "- uses: actions/checkout@v4"),
        ("package.json", '{"model": "@scope/name"}'),
        ("pod.yaml", "paths:\n  - src/main"),
        ("policy.toml", '# ref = "hf:model:org/name"\nref = "hf:model:org/other"'),
        ("name.cdx.json", '{"bomFormat": "CycloneDX",\n"url": "https://huggingface.co/org/name"}'),
        ("name.spdx3.json", '{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",\n"x": "hf://org/name"}'),
        ("headgate.sarif.json", '{"$schema": "https://json.schemastore.org/sarif-2.1.0.json",\n"model": "org/name"}'),
        ("x.json", '{"ref": "hf:model:org/name"}'),
        ("gate.json", '  "ref": "hf:model:org/name",'),
    ],
)
def test_what_is_no_mention(path: str, text: str) -> None:
    assert named(path, text) == []


def test_lists_in_yaml() -> None:
    text = "models:\n  - org/one\n  - 'org/two'  # why\nother:\n  - org/three\nargs:\n  - --model\n  - org/four\n"
    assert named("conf.yaml", text) == [("hf:model:org/one", 2), ("hf:model:org/two", 3), ("hf:model:org/four", 8)]


def test_a_line_ends_where_an_editor_ends_it() -> None:
    assert named("conf.yaml", "a\x0cb\u2028c\nmodel: org/name") == [("hf:model:org/name", 2)]


def test_what_a_lock_file_says_and_nobody_can_read_is_told() -> None:
    (one,) = in_text("org/na me\n", "headgate.lock")
    assert (one.ref, one.text) == (None, "org/na me")
    assert list(in_text("Model T and others\n", "models.txt")) == []


def test_the_same_id_in_two_cells_has_two_places() -> None:
    cells = [{"cell_type": "code", "source": [f'{call}("org/name")']} for call in ("from_pretrained", "load_adapter")]
    cells.insert(1, {"cell_type": "code", "source": ['from_pretrained("org/other")']})
    found = list(in_text(json.dumps({"cells": cells}, indent=1), "n.ipynb"))
    assert len({m.line for m in found}) == 3


def test_a_notebook_of_any_size_is_read_in_time() -> None:
    many = "".join(f'from_pretrained("a/b{n}")\n' for n in range(3000))
    cells = [
        {"cell_type": "code", "source": [many, "\n" * 40_000]},
        {"cell_type": "code", "source": ['load_adapter("c/d")']},
    ]
    text = json.dumps({"cells": cells}, indent=1)
    found = list(in_text(text, "n.ipynb"))
    assert len(found) == 3001
    assert all(text.split("\n")[m.line - 1][m.column - 1 :].startswith(m.text) for m in found)
    assert [m.line for m in found] == sorted(m.line for m in found)


@pytest.mark.parametrize("line", ["model: " * 100_000, "--model " * 100_000, "hf://a" * 100_000, "model: [" * 100_000])
def test_a_line_of_any_length_is_read_in_time(line: str) -> None:
    assert list(in_text(line, "a.yaml")) == []


def test_files_of_the_environment_and_with_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    (tmp_path / ".env.production").write_text("MODEL=org/one\n")
    (tmp_path / "a.py").write_bytes(b"\xef\xbb\xbffrom_pretrained('org/two')\n")
    assert [str(m.ref) for m in in_repository(tmp_path)] == ["hf:model:org/one", "hf:model:org/two"]
    (tmp_path / "list").write_bytes(b"\xef\xbb\xbforg/three\n")
    assert [str(m.ref) for m in in_list(tmp_path / "list")] == ["hf:model:org/three"]


def test_a_folder_of_that_name_hides_no_address_and_no_list(tmp_path: Path) -> None:
    (tmp_path / "org" / "name").mkdir(parents=True)
    (tmp_path / "models.txt").write_text("org/name\n")
    (tmp_path / "x.sh").write_text("curl https://huggingface.co/org/name/resolve/main/x\n")
    assert [m.path for m in in_repository(tmp_path)] == ["models.txt", "x.sh"]


def test_revisions_are_kept() -> None:
    (one,) = in_text("org/name@0123abc", "models.txt")
    assert one.ref is not None
    assert one.ref.revision == "0123abc"
    (three,) = in_text("hf download org/name --revision 0123abc", "a.sh")
    assert three.ref is not None
    assert three.ref.revision == "0123abc"
    (two,) = in_text('from_pretrained("org/name", revision="0123abc")', "a.py")
    assert two.ref is not None
    assert two.ref.revision == "0123abc"


def test_a_notebook_s_code_cells_are_read_and_placed() -> None:
    cells = [
        {"cell_type": "markdown", "source": ['AutoModel.from_pretrained("no/text")']},
        {"cell_type": "code", "source": ["%pip install x\n", 'm = AutoModel.from_pretrained("org/name")']},
    ]
    text = json.dumps({"cells": cells}, indent=1)
    (one,) = in_text(text, "n.ipynb")
    assert str(one.ref) == "hf:model:org/name"
    assert text.splitlines()[one.line - 1][one.column - 1 :].startswith("org/name")


def test_a_repository_is_walked_without_installed_things_and_links(tmp_path: Path) -> None:
    line = 'AutoModel.from_pretrained("org/{}")\n'
    places = {
        "src/app.py": "used", ".venv/lib/x.py": "installed", "node_modules/x.py": "installed",
        ".github/workflows/x.yml": "ci", "build/x.py": "built",
    }  # fmt: skip
    for path, name in places.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(line.format(name) if path.endswith(".py") else f"run: hf download org/{name}\n")
    (tmp_path / "big.py").write_text(line.format("big") + "#" * LARGEST)
    (tmp_path / "link.py").symlink_to(tmp_path / ".venv/lib/x.py")
    assert [(m.path, str(m.ref)) for m in in_repository(tmp_path)] == [
        ("big.py", "None"),  # told as hidden
        (".github/workflows/x.yml", "hf:model:org/ci"),
        ("src/app.py", "hf:model:org/used"),
    ]


def test_a_folder_that_cannot_be_read_is_told_as_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "shut").mkdir()
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert in_repository(tmp_path) == [("shut", 1, 1, "the folder cannot be read", None)]


def test_a_folder_of_the_repository_is_no_id(tmp_path: Path) -> None:
    (tmp_path / "models" / "base").mkdir(parents=True)
    (tmp_path / "a.py").write_text('from_pretrained("models/base")\nfrom_pretrained("org/name")\n')
    assert [str(m.ref) for m in in_repository(tmp_path)] == ["hf:model:org/name"]


def test_no_folder_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder at"):
        in_repository(tmp_path / "none")


def test_a_list_of_refs(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("# ours\norg/name@0123abc  # pinned\n\n  hf:dataset:org/data\n")
    assert [(str(m.ref), m.line, m.column) for m in in_list(path)] == [
        ("hf:model:org/name", 2, 1), ("hf:dataset:org/data", 4, 3),
    ]  # fmt: skip


def test_a_cyclonedx_bom_is_a_list(tmp_path: Path) -> None:
    path = tmp_path / "bom.json"
    components = [{"purl": "pkg:huggingface/org/name@0123abc"}, {"purl": "pkg:pypi/x@1"}, {"name": "y"}]
    path.write_text(json.dumps({"bomFormat": "CycloneDX", "components": components}, indent=1))
    (one,) = in_list(path)
    assert (str(one.ref), one.line) == ("hf:model:org/name", 5)


def test_components_within_components_and_names_that_begin_alike(tmp_path: Path) -> None:
    path = tmp_path / "bom.json"
    parts = [{"purl": "pkg:huggingface/org/name-2", "components": [{"purl": "pkg:huggingface/org/name"}]}]
    path.write_text(
        json.dumps({"metadata": {"component": {"purl": "pkg:huggingface/org/top"}}, "components": parts}, indent=1)
    )
    lines = path.read_text().splitlines()
    found = in_list(path)
    assert sorted(str(m.ref) for m in found) == ["hf:model:org/name", "hf:model:org/name-2", "hf:model:org/top"]
    assert all(f'"{m.text}"' in lines[m.line - 1] for m in found)


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [("not a ref\n", UsageError, "line 1: not a ref"), ("{", BadInput, "neither a list"), ("[]", UsageError, "line 1")],
)
def test_a_list_that_cannot_be_read(tmp_path: Path, text: str, error: type[Exception], told: str) -> None:
    path = tmp_path / "list"
    path.write_text(text)
    with pytest.raises(error, match=told):
        in_list(path)


@given(st.text(max_size=400), st.sampled_from(["a.py", "b.yaml", "c.ipynb", "models.txt", "d.sh", "README.md"]))
def test_any_text_can_be_read_and_every_place_is_inside(text: str, path: str) -> None:
    lines = text.splitlines() or [""]
    for one in in_text(text, path):
        assert 1 <= one.line <= len(lines) or path == "c.ipynb"
