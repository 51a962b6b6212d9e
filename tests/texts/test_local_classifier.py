"""Classifiers in local folders, tiny ones built here at random; nothing is fetched and nothing in the folder is run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput, UsageError
from headgate.screen.toxicity import screen
from headgate.shapes import Batch
from headgate.texts.local_classifier import classifier
from headgate.texts.toxicity_model import AXES

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "blorf", "kind", "word", "other", "."]
TEXTS = ["blorf word", "kind other word .", "unknown", "word " * 60 + "blorf"]


def tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    made = Tokenizer(WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = Whitespace()
    made.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    )
    fast.save_pretrained(folder)


def bert(folder: Path, **settings: object) -> Path:
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
        max_position_embeddings=32, initializer_range=1.0, **settings,
    )  # fmt: skip
    transformers.BertForSequenceClassification(config).save_pretrained(folder, safe_serialization=True)
    tokenizer(folder)
    return folder


def celadon(folder: Path, heads: int = 5) -> Path:
    from safetensors.torch import save_file

    torch.manual_seed(0)
    config = transformers.DebertaV2Config(
        vocab_size=len(WORDS), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
        max_position_embeddings=32, initializer_range=1.0, relative_attention=True, pos_att_type=["p2c", "c2p"],
        position_buckets=8, share_att_key=True, norm_rel_ebd="layer_norm", type_vocab_size=0,
        position_biased_input=False,
    )  # fmt: skip
    encoder = transformers.DebertaV2Model(config)
    tensors = {f"deberta.{name}": one.contiguous() for name, one in encoder.state_dict().items()}
    for n in range(heads):
        tensors[f"heads.{n}.weight"], tensors[f"heads.{n}.bias"] = torch.randn(4, 8), torch.randn(4)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    given = config.to_dict() | {
        "model_type": "multi-head-deberta-for-sequence-classification", "num_heads": heads,
        "auto_map": {"AutoConfig": "configuration_deberta_multi.MultiHeadDebertaV2Config"},
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(given))
    (folder / "configuration_deberta_multi.py").write_text("raise SystemExit('the code of the folder was run')")
    tokenizer(folder)
    return folder


def test_labels_of_a_softmax_are_chosen(tmp_path: Path) -> None:
    folder = bert(tmp_path, id2label={0: "fine", 1: "rude", 2: "vile"}, label2id={"fine": 0, "rude": 1, "vile": 2})
    one = classifier(folder, toxic_labels="vile, rude")
    assert one.axes == ("vile", "rude")
    grades = one.grades(TEXTS)
    model = transformers.BertForSequenceClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        chance = model(torch.tensor([[2, 5, 7, 3]])).logits.softmax(-1)[0].numpy()
    assert grades[0].tolist() == pytest.approx(
        np.interp(chance[[2, 1]], [0, 0.5, 0.75, 0.9, 1], [0, 1, 2, 3, 3]), abs=1e-4
    )
    assert grades.shape == (4, 2)
    assert ((grades >= 0) & (grades <= 3)).all()
    with pytest.raises(UsageError, match="--toxic-labels, of fine, rude, vile"):
        classifier(folder)
    with pytest.raises(UsageError, match="different labels of fine"):
        classifier(folder, toxic_labels="vile,absent")


def test_all_labels_of_a_sigmoid_count(tmp_path: Path) -> None:
    folder = bert(tmp_path, num_labels=2, problem_type="multi_label_classification")
    assert classifier(folder).axes == ("LABEL_0", "LABEL_1")


def test_five_heads_grade_by_themselves(tmp_path: Path) -> None:
    one = classifier(celadon(tmp_path))
    assert one.axes == AXES
    grades = one.grades([*TEXTS, " "])
    assert set(grades[:4].ravel().tolist()) <= {0.0, 1.0, 2.0, 3.0}
    assert len(set(grades[:4].ravel().tolist())) > 1
    assert np.isnan(grades[4]).all()


def test_company_does_not_change_a_grade(tmp_path: Path) -> None:
    screener = screen(model=celadon(tmp_path))
    whole = screener.score(Batch([""] * 4, TEXTS))
    alone = [screener.score(Batch([""], [text])) for text in TEXTS]
    assert whole.axes.tobytes() == np.concatenate([one.axes for one in alone]).tobytes()
    assert screener.axes == AXES
    assert screener.errors == ()
    levels = whole.axes
    assert whole.score.tolist() == [
        0 if row.sum() <= 3 and row.max() <= 2 else 2 if row.sum() >= 7 else 1 for row in levels
    ]


def test_the_worst_passage_counts(tmp_path: Path) -> None:
    folder = bert(tmp_path, num_labels=1)
    one = classifier(folder, passage=12)
    pieces = one.grades(["word word wo", "rd blorf"])
    assert one.grades(["word word word blorf"]).tolist() == pieces.max(0, keepdims=True).tolist()


def test_what_cannot_be_loaded_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no config\.json"):
        classifier(tmp_path)
    folder = bert(tmp_path / "bert", num_labels=1)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(BadInput, match="no safetensors"):
        classifier(folder)
    (folder / "model.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(BadInput, match=r"^The classifier in [^\n]+ cannot be loaded \([^\n]+$"):
        classifier(folder)
    with pytest.raises(BadInput, match="4 heads and not 5"):
        classifier(celadon(tmp_path / "four", heads=4))
    (folder / "config.json").write_text('{"model_type": "no-such-model"}')
    with pytest.raises(BadInput, match="cannot be loaded"):
        classifier(folder)


def test_missing_weights_are_not_made_up(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = bert(tmp_path, num_labels=1)
    kept = {name: one for name, one in load_file(folder / "model.safetensors").items() if "classifier" not in name}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BadInput, match="weights are missing"):
        classifier(folder)


def settings(folder: Path, **changed: object) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    return folder


SIGMOIDS = {"id2label": {0: "rude", 1: "vile"}, "problem_type": "multi_label_classification"}


@pytest.mark.parametrize(
    "changed",
    [{"max_position_embeddings": "many"}, {"num_attention_heads": 0}, {"id2label": {"5": "x", "7": "y"}}],
)
def test_a_config_that_cannot_be_is_told_in_one_line(tmp_path: Path, changed: dict[str, object]) -> None:
    folder = settings(bert(tmp_path, **SIGMOIDS), **changed)
    with pytest.raises(BadInput, match=r"^The classifier in [^\n]+ cannot be loaded \([^\n]+$"):
        classifier(folder)


def test_labels_are_made_plain(tmp_path: Path) -> None:
    folder = bert(tmp_path, **SIGMOIDS | {"id2label": {0: "ru\x1b[31mde\n", 1: "vile"}})
    assert classifier(folder).axes == ("ru\ufffd[31mde\ufffd", "vile")


def test_a_lone_surrogate_is_no_fault(tmp_path: Path) -> None:
    made = classifier(bert(tmp_path, **SIGMOIDS))
    assert made.grades(["\ud800 word"]).tolist() == made.grades(["? word"]).tolist()


def test_heads_that_are_no_numbers_or_of_other_grades_are_told(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = celadon(tmp_path)
    good = load_file(folder / "model.safetensors")
    save_file({**good, "heads.2.bias": torch.full((4,), float("nan"))}, folder / "model.safetensors")
    with pytest.raises(BadInput, match="no number"):
        classifier(folder)
    wide = {f"heads.{n}.{kind}": torch.zeros(9, 8) if kind == "weight" else torch.zeros(9)
            for n in range(5) for kind in ("weight", "bias")}  # fmt: skip
    save_file(good | wide, folder / "model.safetensors")
    with pytest.raises(BadInput, match="9 grades and not 4"):
        classifier(folder)
