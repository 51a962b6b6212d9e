from __future__ import annotations

from pathlib import Path

import pytest

from headgate.errors import UsageError
from headgate.repair.subject_file import Network, Parts, Training, read

WHOLE = """
name = "digits"
kind = "classes"
model = "model.safetensors"
train = "train.npz"
[network]
shape = "convolutional"
widths = [16, 32]
hidden = 48
[training]
epochs = 7
rate = 0.003
[[checkpoint]]
model = "two.safetensors"
rate = 0.25
[behaviour]
queries = "q.npz"
clean = "c.npz"
seed = 4
"""


def write(folder: Path, text: str) -> Path:
    (folder / "subject.toml").write_text(text, encoding="utf-8")
    return folder


def test_every_field_is_read_and_paths_are_made_whole(tmp_path: Path) -> None:
    file = read(write(tmp_path, WHOLE))
    assert file == read(tmp_path / "subject.toml")
    assert (file.name, file.kind, file.ref, file.template) == ("digits", "classes", "", None)
    assert (file.model, file.train) == (tmp_path / "model.safetensors", tmp_path / "train.npz")
    assert file.network == Network("convolutional", (16, 32), 48)
    assert file.training == Training(7, 0.003, 64, 0.0, None)
    assert file.checkpoints == ((tmp_path / "two.safetensors", 0.25),)
    assert file.parts == {"": Parts(tmp_path / "q.npz", tmp_path / "c.npz")}
    assert file.seed == 4


def test_the_three_parts_may_be_named_one_by_one(tmp_path: Path) -> None:
    parts = "\n".join(f'[behaviour.{role}]\nqueries = "{role}-q"\nclean = "{role}-c"' for role in
                      ("query", "validation", "proof"))  # fmt: skip
    file = read(write(tmp_path, WHOLE.partition("[behaviour]")[0] + parts))
    assert list(file.parts) == ["query", "validation", "proof"]
    assert file.parts["proof"] == Parts(tmp_path / "proof-q", tmp_path / "proof-c")


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    text = 'name="t"\nkind="trees"\ntrain="t.npz"\n[behaviour]\nqueries="q"\nclean="c"\n'
    file = read(write(tmp_path, text))
    assert (file.model, file.network, file.training, file.estimator) == (None, None, None, "boosting")
    linear = read(write(tmp_path, text.replace("trees", "estimator")))
    assert linear.estimator == "logistic"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "classes"', 'kind = "images"', "choose classes or regression"),
        ('kind = "classes"', 'kind = "trees"', "fitted anew"),
        ('model = "model.safetensors"', "", "needs the text 'model'"),
        ('train = "train.npz"', "", "needs the text 'train'"),
        ('name = "digits"', 'name = "digits"\npython = "x"', "does not know the field 'python'"),
        ("widths = [16, 32]", 'widths = ["a"]', "needs widths"),
        ("widths = [16, 32]", "widths = [16, 1000000]", "needs widths"),
        ("hidden = 48", "hidden = true", "whole number from 1"),
        ("epochs = 7", "epochs = 0", "whole number from 1"),
        ("rate = 0.003", "rate = -1", "0 or more"),
        ("rate = 0.25", "rate = nan", "finite number"),
        ("seed = 4", "seed = -1", "from 0"),
        ('shape = "convolutional"', 'shape = "transformer"', "choose convolutional or perceptron"),
        ('clean = "c.npz"', "", "needs the text 'clean'"),
        ("[behaviour]", "[misbehaviour]", "does not know the field 'misbehaviour'"),
        ('queries = "q.npz"', "", "does not know the field 'clean'"),
        ("[network]", "[networks]", "does not know the field 'networks'"),
        ("[training]", "training = 3\n[other]", "does not know the field"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in WHOLE
    with pytest.raises(UsageError, match=said) as told:
        read(write(tmp_path, WHOLE.replace(old, new, 1)))
    assert "\n" not in str(told.value)
    assert "subject.toml" in str(told.value)


def test_no_file_and_no_toml_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no subject at"):
        read(tmp_path / "absent.toml")
    with pytest.raises(UsageError, match="is not TOML"):
        read(write(tmp_path, "name = "))
