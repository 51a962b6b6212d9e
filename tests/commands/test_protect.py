from __future__ import annotations

from pathlib import Path

import pytest

from tests import own_pictures
from tests.calling import call

OWNER = ("--owner", "These are mine. A. Lee")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return own_pictures.folder(tmp_path / "mine", 12)


def test_a_copy_with_its_trial(mine: Path, tmp_path: Path) -> None:
    words = ("protect", "cuda", mine, "--out", tmp_path / "out", *OWNER, "--key-file", tmp_path / "k", "--epochs", 1)
    done = call(*words, "--into", tmp_path / "w")
    assert done.code == 0
    assert done.out.startswith("protect cuda: a random filter for each class and colour: 3 classes, 3 x 3 pixels")
    for said in ("clean_accuracy", "protected_accuracy.adversarial", "protected_accuracy.jpeg", "limited in time"):
        assert said in done.out
    assert "a new key was made" in done.err
    assert len(list((tmp_path / "out" / "pictures").rglob("*.png"))) == 36
    again = call(*words)
    assert again.code == 3
    assert again.err == f"headgate: {tmp_path / 'out'} is not empty. Name a new folder with --out.\n"


def test_without_a_trial_it_says_so(mine: Path, tmp_path: Path) -> None:
    (mine / "readme.txt").write_text("mine")
    done = call("protect", "cuda", mine, "--out", tmp_path / "o", *OWNER, "--key-file", tmp_path / "k", "--no-trial")
    assert done.code == 0
    assert "not measured: no trial was asked for" in done.out
    assert "1 files that are no PNG or JPEG were left out" in done.err


def test_the_declaration_and_the_key_file_are_required_and_the_key_is_no_flag(mine: Path, tmp_path: Path) -> None:
    words = ("protect", "cuda", mine, "--out", tmp_path / "out")
    for given, said in (
        (("--key-file", tmp_path / "k"), "Missing option '--owner'"),
        (OWNER, "Missing option '--key-file'"),
        ((*OWNER, "--key-file", tmp_path / "k", "--key", "x"), "No such option '--key'"),
        (("--owner", " ", "--key-file", tmp_path / "k"), "--owner must say"),
    ):
        done = call(*words, *given)
        assert (done.code, done.out) == (3, ""), done
        assert said in done.err
        assert done.err.count("\n") == 1
    assert not (tmp_path / "k").exists()


def test_a_workspace_among_the_pictures_is_refused_before_it_is_made(mine: Path, tmp_path: Path) -> None:
    words = ("protect", "cuda", mine, "--out", tmp_path / "out", *OWNER, "--key-file", tmp_path / "k")
    done = call(*words, "--into", mine / "hub.headgate")
    assert (done.code, done.err.count("\n")) == (3, 1)
    assert "--into lies in" in done.err
    assert not (mine / "hub.headgate").exists()
    done = call(*words, "--trial-seed", 2**63)
    assert (done.code, done.err.count("\n")) == (3, 1)


@pytest.mark.parametrize("given", ["hf:dataset:a/b", "https://example.org/d.zip", "org/dataset"])
def test_third_party_ids_are_refused(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = call("protect", "cuda", given, "--out", tmp_path / "out", *OWNER, "--key-file", tmp_path / "k")
    assert done.code == 3
    assert "Only your own data is protected" in done.err
    assert not (tmp_path / "k").exists()


def test_pictures_without_classes_are_told_what_to_do(tmp_path: Path) -> None:
    given = own_pictures.folder(tmp_path / "mine", 3) / "disc"
    done = call("protect", "cuda", given, "--out", tmp_path / "out", *OWNER, "--key-file", tmp_path / "k")
    assert done.code == 3
    assert "cuda needs a class for each picture" in done.err
