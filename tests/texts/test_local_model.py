from __future__ import annotations

from pathlib import Path

import pytest

from headgate.debating.verdicts import Ask, parse
from headgate.errors import BadInput, MissingExtra
from headgate.texts.local_model import local_model

ASK = Ask("00", "an item", "Is it?", "ann", "judge", "yes first", 1)


def made(folder: Path, length: int, safe: bool = True) -> Path:
    """A tiny model with random weights and a tokenizer of single bytes."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    vocabulary = {letter: n for n, letter in enumerate([*sorted(alphabet), "<end>"])}
    raw = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    raw.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = tokenizers.decoders.ByteLevel()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<end>")
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=len(vocabulary),
        n_positions=length,
        n_embd=16,
        n_layer=1,
        n_head=2,
        eos_token_id=256,
        bos_token_id=256,
    )
    model = transformers.GPT2LMHeadModel(config)
    if safe:
        model.save_pretrained(folder)
    else:
        config.save_pretrained(folder)
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
    return folder


@pytest.mark.slow
def test_a_local_model_answers_the_same_each_time_and_nonsense_is_unparsable(tmp_path: Path) -> None:
    folder = made(tmp_path / "m", 4096)
    first, second = (local_model(folder, 8)(ASK) for _ in range(2))
    assert first == second
    assert parse(ASK, first).outcome == "unparsable"
    assert first.tokens_in is not None
    assert first.tokens_in > 500  # a token a byte
    assert first.tokens_out == 8


@pytest.mark.slow
def test_a_prompt_too_long_for_the_model_gets_no_answer(tmp_path: Path) -> None:
    assert parse(ASK, local_model(made(tmp_path / "m", 64), 8)(ASK)).outcome == "unanswered"


@pytest.mark.slow
def test_a_pickle_is_not_loaded(tmp_path: Path) -> None:
    folder = made(tmp_path / "m", 64, safe=False)
    with pytest.raises(BadInput, match="no safetensors"):
        local_model(folder, 8)


def test_what_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers")
    with pytest.raises(BadInput, match=r"no config\.json that can be read"):
        local_model(tmp_path, 8)
    monkeypatch.setattr("headgate.catalog.installed", lambda name: name != "transformers")
    with pytest.raises(MissingExtra, match=r"needs transformers. Install it with: pip install 'headgate\[models\]'"):
        local_model(tmp_path, 8)


@pytest.mark.slow
def test_a_lone_surrogate_is_no_fault_and_broken_weights_are_told(tmp_path: Path) -> None:
    folder = made(tmp_path / "m", 4096)
    ask = Ask("00", "an item \ud800", "Is it?", "ann", "judge", "yes first", 1)
    assert parse(ask, local_model(folder, 8)(ask)).outcome == "unparsable"
    (folder / "model.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(BadInput, match="cannot be loaded"):
        local_model(folder, 8)
