"""What a causal language model in a local folder says to prompts: sampled, several times each, from a seed.

A prompt goes in as token ids, through the chat template of the model's own tokeniser where it has one, and what comes
out is cut from the prompt by counting token ids: characters do not line up once texts are decoded. Settings of sampling
that the folder suggests (temperature, top-k, penalties) are left aside, so that base and variant are sampled alike;
the tokens at which the model ends are its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from headgate.drift.completions import Completions
from headgate.drift.prompts import Prompts
from headgate.errors import BadInput, UsageError
from headgate.model_folders import causal
from headgate.plain import plain
from headgate.progress import Progress
from headgate.reading.find import ref_of

Template = Literal["auto", "none"]
_AT_ONCE = 64  # completions


def generated(
    folder: Path, prompts: Prompts, *, samples: int = 5, tokens: int = 50, temperature: float = 1.0,
    template: Template = "auto", seed: int = 0,
) -> Completions:  # fmt: skip
    """Up to `tokens` new tokens, `samples` times for each of `prompts`, by the model in `folder` (safetensors).

    `temperature` 0 takes the likeliest token, once. Prompts that do not fit into what the model can read are left out
    and counted. Raises `UsageError`, `BadInput` where its chat template fails, and what `model_folders.causal` raises.
    """
    check(samples, tokens, temperature)
    tokeniser, model = causal(folder)
    try:
        rows = [_ids(tokeniser, text, template) for text in prompts.texts]
    except Exception as error:  # templates raise what they like
        # from None: a template can put the prompt into what it raises
        msg = f"the chat template of {plain(folder)} takes no single user's message ({type(error).__name__}). "
        raise BadInput(msg + "Mend it, or ask both models without by --template none.") from None
    longest = int(getattr(model.config, "max_position_embeddings", 0) or 2**30)
    asked = [n for n, row in enumerate(rows) if 0 < len(row) <= longest - tokens]
    said = answered(model, tokeniser, [rows[n] for n in asked], samples=samples, tokens=tokens,
                    temperature=temperature, seed=seed, title=f"completions of {folder.name}")  # fmt: skip
    return Completions(
        ref_of(folder) or "",
        [prompts.ids[n] for n in asked for _ in range(samples)],
        [str(one) for _ in asked for one in range(samples)],
        [prompts.subsets[n] for n in asked for _ in range(samples)],
        said,
        [prompts.texts[n] for n in asked for _ in range(samples)],
        len(rows) - len(asked),
    )


def check(samples: int, tokens: int, temperature: float) -> None:
    """Raise `UsageError` where these make no sample."""
    if samples < 1 or tokens < 1 or not 0 <= temperature <= 10 or (temperature == 0 and samples > 1):
        msg = f"{samples} samples of {tokens} tokens at a temperature of {temperature:g} cannot be drawn. "
        raise UsageError(msg + "Give 1 or more of each, a temperature from 0 to 10, and one sample where it is 0.")


def answered(
    model: Any, tokeniser: Any, rows: list[list[int]], *, samples: int, tokens: int, temperature: float, seed: int,
    title: str = "completions",
) -> list[str]:  # fmt: skip
    """What `model` says after each of `rows` (token ids), `samples` texts each, one after the other."""
    import torch
    from transformers import GenerationConfig

    from headgate.nn.threads import evaluating

    if torch.cuda.is_available():
        model = model.to("cuda")
    ends = getattr(model.generation_config, "eos_token_id", None) or tokeniser.eos_token_id
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        eos_token_id=ends, pad_token_id=_pad(tokeniser, ends)
    )
    how = (
        {"do_sample": False}
        if temperature == 0
        else {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
    )
    at_once = max(1, _AT_ONCE // samples)
    texts: list[str] = []
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices), evaluating(model), torch.inference_mode(), Progress(title) as bar:
        torch.manual_seed(seed % 2**63)  # torch takes no longer one
        for start in range(0, len(rows), at_once):
            x, mask = _padded(rows[start : start + at_once], _pad(tokeniser, ends))
            made = model.generate(
                input_ids=x.to(model.device), attention_mask=mask.to(model.device), max_new_tokens=tokens, num_beams=1,
                num_return_sequences=samples, use_cache=True, **how,
            )  # fmt: skip
            new = made[:, x.shape[1] :].cpu().tolist()
            texts += [tokeniser.decode(_until(row, ends), skip_special_tokens=True).strip() for row in new]
            bar.say(f"{min(start + at_once, len(rows)):,} of {len(rows):,} prompts")
    return texts


def _ids(tokeniser: Any, text: str, template: Template) -> list[int]:
    text = text.encode("utf-8", "replace").decode()  # tokenizers take no lone surrogates
    if template == "none" or not tokeniser.chat_template:
        return [int(one) for one in tokeniser(text)["input_ids"]]
    said = [{"role": "user", "content": text}]
    chat = tokeniser.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
    # the template has written the special tokens already
    return [int(one) for one in tokeniser(chat, add_special_tokens=False)["input_ids"]]


def _padded(rows: list[list[int]], pad: int) -> tuple[Any, Any]:
    """Ids and mask (rows x longest): what is generated follows on the right, so pads stand on the left."""
    import torch

    width = max(map(len, rows))
    x = torch.tensor([[pad] * (width - len(row)) + row for row in rows])
    return x, torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])


def _pad(tokeniser: Any, ends: int | list[int] | None) -> int:
    first = ends[0] if isinstance(ends, list) else ends
    return int(next((one for one in (tokeniser.pad_token_id, first) if one is not None), 0))


def _until(row: list[int], ends: int | list[int] | None) -> list[int]:
    stop = set(ends) if isinstance(ends, list) else {ends}
    return row[: next((n for n, one in enumerate(row) if one in stop), len(row))]
