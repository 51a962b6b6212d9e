"""No command shows an item of a sensitive check without the host key, and every use of the key is in the log."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from headgate import audit, catalog, host_key, looks
from headgate.cli import headgate, main
from tests import own_pictures
from tests.build import collect, model
from tests.subject_folders import table_folder

CHECK = "uncensored_name"
HIDDEN = "zqvault"  # an account of which every model is found, and which nothing else names
OTHER = "plain/quiet"
KEYLESS = {"--status", "--calibration"}  # of a review: aggregates


def seen(n: int) -> dict[str, object]:
    return {"downloads": n, "likes": n, "createdAt": f"2026-01-{n % 28 + 1:02}T00:00:00.000Z"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An audited workspace with 25 found items among 100, no edge at any of the 25."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("HEADGATE_HOME", str(home))
        patch.delenv("HEADGATE_HOST_KEY", raising=False)
        path = home / "w"
        records = [model(f"{HIDDEN}/thing{n}-uncensored", tags=["zqtag"], card="zqcard", **seen(n)) for n in range(25)]
        records += [
            model(OTHER),
            *(model(f"plain/m{n}", tags=["base_model:finetune:" + OTHER], **seen(n)) for n in range(74)),
        ]
        ws, _ = collect(path, records, observed="2026-11-01")
        audit.audit(ws)
        host_key.make(path, home / "host.key")
        yield path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """A copy, as some commands write."""
    return Path(shutil.copytree(made, tmp_path / "w"))


def printed(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out + err


def calls(path: Path) -> dict[str, list[list[object]]]:
    """For each command, calls of every kind it has, none with the key."""
    folder = path.parent
    (folder / "d.jsonl").write_text('{"id": "plain/new", "tags": []}\n')
    np.save(folder / "e.npy", np.random.default_rng(0).normal(size=(24, 4)))
    (folder / "l.csv").write_text("label\n" + "0\n1\n" * 12)
    if not (folder / "t").exists():
        shutil.copytree(table_folder(folder / "t"), folder / "kept")
    repair = [folder / "t", "--forget", folder / "t" / "bad.csv", "--into", path]
    formats = [["--format", one] for one in ("table", "json", "md")]
    labelled = ["--labeller", "ann"]
    return {
        "appeal": [[OTHER, "--question", CHECK, "--note", "n", "-w", path]],
        "audit": [[path]],  # its formats are those of report
        "bom": [[OTHER, "plain/m1", "-w", path, *one] for one in ([], ["--spec", "1.6"], ["--format", "spdx"])],
        "card": [[OTHER, "-w", path, "--questions", name, *one] for name in ("disclosure_gaps", "norm_statements") for one in formats]
                + [[folder / "d.jsonl", *one] for one in formats],
        "check-card": [[folder / "d.jsonl"]],
        "collect": [["dump", folder / "d.jsonl", "--shape", "huggingface-models", "--into", path]],
        "compact": [[path]],
        "coverage": [[OTHER, "-w", path, *one] for one in formats] + [["--author", "plain", "-w", path]],
        "demo": [["--into", folder / "demo", "--artifacts", 200]],
        "detect": [[method.name, "-w", path, *show] for method in catalog.methods("detect") for show in ([], ["--show", OTHER])],
        "diff": [[path, path, *one] for one in formats] + [["-w", path, "--from", "2020-01-01"]],
        "evaluate": [["uncensored", "-w", path, "--split", "random", "--folds", 2]],
        "gate": [[OTHER, "plain/m1", "-w", path, *one] for one in formats],
        "govern": [[method.name, "-w", path] for method in catalog.methods("govern")],
        "host-key": [["looks", path], ["looks", path, "--format", "json"], ["make", "--into", path, "--out", folder / "k2", "--replace"]],
        "items": [[CHECK, "-w", path, "--reason", "r", *one] for one in ([], ["--format", "json"], ["--format", "csv"], ["--limit", 99])]
                 + [["licence_missing", "-w", path, "--limit", 3, "--min-value", 2]],
        "licences": [["-w", path, *one] for one in formats] + [[OTHER, "-w", path, *one] for one in formats],
        "link": [[method.name, "-w", path] for method in catalog.methods("link")],
        "measure": [[], *([method.name, "-w", path] for method in catalog.methods("measure") if method.whole),
                    *(["snapshot_distance", path, path, *one] for one in ([], ["--format", "json"]))],
        "methods": [[], ["detect", "--format", "json"]],
        "policy": [[]],
        "probe": [[folder / "e.npy", "--labels", folder / "l.csv", "--into", folder / "p.safetensors", *one]
                  for one in ([], ["--format", "json"])],
        "protect": [["cuda", own_pictures.folder(folder / "mine", 5), "--out", folder / "copy", "--owner", "mine", "--key-file",
                     folder / "own.key", "--into", path, "--no-trial"]],
        "prove": [["behaviour_rate", *repair, "--after", folder / "kept", "--references", 1, *one] for one in ([], ["--format", "json"])],
        "remove": [["retrain", *repair, "--out", folder / "removed"]],
        "repair": [[*repair, "--out", folder / f"repaired{n}", "--references", 1, "--tests", "behaviour_rate", *one]
                   for n, one in enumerate(([], ["--format", "json"]))],
        "trace": [["neighbours", folder / "t", "--into", path, *one] for one in ([], ["--format", "json"])],
        "recall": [[OTHER, "-w", path, *one] for one in formats] + [[OTHER, "-w", path, "--limit", 999, "--harm", "use"]],
        "typology": [[folder / "d.jsonl", *one] for one in formats],
        "terms": [[folder / "d.jsonl", *one] for one in formats] + [[folder / "d.jsonl", folder / "d.jsonl"]],
        "report": [[path], *([path, *one] for one in [*formats, ["--format", "html"]])],
        "reproduce": [[], ["data_provenance", "--data", folder]],
        "screen": [["deobfuscate", folder / "d.jsonl", "--text", "id", "--ref", "a/b", "--workers", 1, "--into", path],
                   *(["report", "a/b", "-w", path, "--format", one] for one in ("html", "json", "croissant"))],
        "serve": [],  # its pages are read by tests/web/test_no_leak.py
        "review": [[CHECK, "-w", path, *labelled, *one] for one in ([], ["--adjudicate"], ["--export", folder / "e.csv"])]
                  + [[CHECK, "-w", path, what, *one] for what in KEYLESS for one in ([], ["--format", "json"])],
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(headgate.list_commands(None)))  # type: ignore[arg-type]
def test_no_command_shows_one_without_the_key(name: str, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = calls(path)
    assert name in known, f"a new command: say in calls() how {name} is called, so that its output is searched"
    text = ""
    for words in known[name]:
        code, shown = printed(capsys, name, *words)
        assert "unexpected" not in shown, shown
        assert code == 3 or not (
            name in {"items", "review"} and CHECK in words and KEYLESS.isdisjoint(map(str, words))
        ), words
        text += shown
    written = [*(path / "reports").glob("*"), *path.parent.glob("*.csv"), path / "looks.jsonl"]
    text += "".join(file.read_text() for file in written if file.is_file())
    for secret in (HIDDEN, "thing1", "zqtag", "zqcard"):
        assert secret not in text, (name, secret)
    refused = sum(str(line["outcome"]).startswith("refused") for line in looks.read(path))
    asked = [
        words
        for words in known[name]
        if name in {"items", "review"} and CHECK in words and KEYLESS.isdisjoint(map(str, words))
    ]
    assert refused == len(asked)


def test_every_use_of_the_key_is_logged(path: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("HEADGATE_HOST_KEY", str(made.parent / "host.key"))
    before = len(looks.read(path))
    code, text = printed(capsys, "items", CHECK, "-w", path, "--reason", "sweep", "--limit", 25)
    assert (code, text.count(HIDDEN)) == (0, 25)
    code, text = printed(
        capsys, "review", CHECK, "-w", path, "--labeller", "ann", "--batch", 200, "--export", tmp_path / "e.csv"
    )
    assert (tmp_path / "e.csv").read_text().count(f"{HIDDEN}/") == 25
    printed(capsys, "review", CHECK, "-w", path, "--labeller", "ann", "--import", tmp_path / "e.csv")
    printed(capsys, "review", CHECK, "-w", path, "--labeller", "ann", "--adjudicate")
    lines = looks.read(path)[before:]
    assert [(line["command"], line["items"], line["outcome"], line["reason"]) for line in lines] == [
        ("items", 25, "allowed", "sweep"), ("review", 100, "allowed", "review"), ("review --import", 0, "allowed", "review"),
        ("review --adjudicate", 0, "allowed", "review"),
    ]  # fmt: skip
    assert HIDDEN not in (path / "looks.jsonl").read_text()


def test_no_other_command_takes_the_key() -> None:
    import click

    takes = set()
    for name in headgate.list_commands(None):  # type: ignore[arg-type]
        command = headgate.get_command(None, name)  # type: ignore[arg-type]
        assert isinstance(command, click.Command)
        if any("--host-key" in option.opts for option in command.params):
            takes.add(name)
    assert takes == {"items", "review"}
