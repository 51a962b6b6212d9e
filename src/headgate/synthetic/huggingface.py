"""Models and datasets as the Hugging Face Hub API gives them (`/api/models`, `/api/datasets`, with `expand`)."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from headgate.synthetic import cards, names
from headgate.synthetic.shapes import LATER, Corpus, Repo

_CLASSES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM", "mistral": "MistralForCausalLM",
            "gemma2": "Gemma2ForCausalLM", "phi3": "Phi3ForCausalLM", "bert": "BertForSequenceClassification",
            "t5": "T5ForConditionalGeneration", "whisper": "WhisperForConditionalGeneration",
            "vit": "ViTForImageClassification"}  # fmt: skip
_TASKS = {"bert": "text-classification", "t5": "translation", "whisper": "automatic-speech-recognition",
          "vit": "image-classification", "diffusion": "text-to-image"}  # fmt: skip
_QUANTISED = ("gguf", "gptq", "awq", "mlx")
_LIBRARIES = {"gguf": None, "gptq": "transformers", "awq": "transformers", "mlx": "mlx"}
_LIKENESS = ("celebrity", "real person", "actress", "likeness")


def hub_id(seed: int, ref: str) -> str:
    """The hub's own id of an artifact, which survives a rename."""
    return names.digest(seed, "_id", ref)[:24]


def model_record(repo: Repo, seed: int, seen: datetime = LATER) -> dict[str, Any]:
    """The record of `repo` as it was at `seen`."""
    rng = names.dice(seed, f"record:{repo.old_id or repo.id}")
    id_ = (repo.old_id if seen < LATER else None) or repo.id
    library = _LIBRARIES.get(repo.form, repo.form)
    task = _TASKS.get(repo.family.architecture, "text-generation")
    prompt = f"photo of {repo.person.given.lower()} {repo.person.family.lower()}" if repo.person else None
    lasting = f"hf:model:{repo.old_id or repo.id}"
    record = _common(id_, repo.downloads, repo.created, rng, hub_id(seed, lasting), seen)
    record |= {"modelId": id_, "pipeline_tag": task, "tags": []}
    if library:
        record["library_name"] = library
    own = _own_tags(repo, rng)
    if repo.has_card:
        record["cardData"] = _card_data(repo, library, own, prompt, rng)
        if repo.has_text:
            record["card"] = cards.model_card(repo, record["cardData"], prompt)
    record["tags"] = _tags(repo, library, task, own)
    record |= _headers(repo)
    record["siblings"] = _siblings(repo, seed)
    return record


def dataset_record(corpus: Corpus, seed: int) -> dict[str, Any]:
    """The record of `corpus`."""
    rng = names.dice(seed, f"record:dataset:{corpus.id}")
    bounds = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    size = next((word for limit, word in bounds if corpus.rows < limit), "1M<n<10M")
    record = _common(corpus.id, corpus.downloads, corpus.created, rng, hub_id(seed, corpus.ref), LATER)
    front: dict[str, Any] = {"language": ["en"], "task_categories": ["text-generation"], "size_categories": [size]}
    tags = ["task_categories:text-generation", "language:en", f"size_categories:{size}", "format:parquet", "region:us"]
    if corpus.licence:
        front["license"] = corpus.licence
        tags.insert(2, f"license:{corpus.licence}")
    record |= {"disabled": False, "tags": tags if corpus.has_card else tags[-2:]}
    if corpus.has_card:
        record["cardData"] = front
        record["description"] = f"\n\t\n\t\tDataset of {corpus.rows} rows on {corpus.topic}\n\t\n"
    path = "data/train-00000-of-00001.parquet"
    sha = names.digest(seed, corpus.id, path)
    record["siblings"] = [{"rfilename": ".gitattributes", "size": 2_307}, _file(path, corpus.rows * 900, sha)]
    return record


def _common(id_: str, downloads: int, created: datetime, rng: Random, lasting: str, seen: datetime) -> dict[str, Any]:
    modified = min(created + timedelta(days=rng.random() * 120), seen - timedelta(seconds=1))
    share = 1.0 if seen == LATER else 0.4
    return {
        "_id": lasting,
        "id": id_,
        "author": id_.partition("/")[0],
        "sha": names.digest("sha", lasting, modified)[:40],
        "createdAt": _stamp(created),
        "lastModified": _stamp(modified),
        "private": False,
        "gated": rng.choices((False, "auto", "manual"), weights=(94, 4, 2))[0],
        "downloads": int(downloads * share),
        "likes": int(downloads**0.6 * rng.random() * share),
    }


def _own_tags(repo: Repo, rng: Random) -> list[str]:
    tags = []
    if repo.form in _QUANTISED:
        tags += [repo.form, *(["4-bit"] if repo.form != "gguf" else [])]
    if repo.relation == "adapter":
        tags.append("lora")
    if repo.relation == "merge" and repo.told == "declared":
        tags += ["mergekit", "merge"]
    if repo.uncensored and not repo.says_uncensored and rng.random() < 0.5:
        tags += ["roleplay", "not-for-all-audiences"]
    if repo.person:
        tags += [rng.choice(_LIKENESS), "woman"]
        tags += [f"{repo.person.given} {repo.person.family}".lower()] if rng.random() < 0.5 else []
    return tags


def _card_data(repo: Repo, library: str | None, own: list[str], prompt: str | None, rng: Random) -> dict[str, Any]:
    front: dict[str, Any] = {}
    if repo.licence:
        front["license"] = [repo.licence] if rng.random() < 0.02 else repo.licence
        if repo.licence == "other" and rng.random() < 0.5:
            front["license_name"] = f"{repo.family.name.lower().replace(' ', '-')}-community-licence"
    if repo.told == "declared" and repo.declared:
        spelt = [_spell(repo, id_) for id_ in repo.declared]
        front["base_model"] = spelt[0] if len(spelt) == 1 and rng.random() < 0.7 else spelt
        if repo.spelling == "plain" and rng.random() < 0.2:
            front["base_model_relation"] = repo.relation
    if repo.datasets:
        front["datasets"] = repo.datasets
    if library:
        front["library_name"] = library
    if own:
        front["tags"] = own
    if prompt:
        front["instance_prompt"] = prompt
    return front


def _spell(repo: Repo, id_: str) -> str:
    return {"url": f"https://huggingface.co/{id_}", "lower": id_.lower()}.get(repo.spelling, id_)


def _tags(repo: Repo, library: str | None, task: str, own: list[str]) -> list[str]:
    tags = [library] if library else []
    if repo.form in ("transformers", "gptq", "awq") and not repo.family.image:
        tags += ["safetensors", repo.family.architecture]
    tags += [task, *own] if repo.has_card else [task, *(t for t in own if t in _QUANTISED)]
    # the Hub makes these tags itself, and only of ids that it can read
    if repo.has_card and repo.told == "declared" and repo.spelling == "plain":
        for id_ in repo.declared:
            tags += [f"base_model:{id_}", f"base_model:{repo.relation}:{id_}"]
    tags += [f"dataset:{id_}" for id_ in repo.datasets]
    tags += [f"license:{repo.licence}"] if repo.licence else []
    return list(dict.fromkeys([*tags, "region:us"]))


def _headers(repo: Repo) -> dict[str, Any]:
    """What the Hub reads from the files: config.json, adapter_config.json, safetensors and GGUF headers."""
    told: dict[str, Any] = {}
    architecture = repo.family.architecture
    total = int(repo.size * 1e9)
    if repo.form == "gguf":
        told["gguf"] = {"total": total, "architecture": architecture, "context_length": 8192}
    elif repo.form == "peft":
        # where the card is silent, only the adapter's own configuration tells
        also = repo.told == "declared" and repo.spelling == "plain" and len(repo.declared[0]) % 4
        if repo.told == "config" or also:
            told["config"] = {"peft": {"base_model_name_or_path": repo.declared[0], "task_type": "CAUSAL_LM"}}
    elif not repo.family.image:
        told["config"] = {"architectures": [_CLASSES[architecture]], "model_type": architecture}
        told["safetensors"] = {"parameters": {"BF16": total}, "total": total}
    return told


def _siblings(repo: Repo, seed: int) -> list[dict[str, Any]]:
    small = [".gitattributes", *(["README.md"] if repo.has_card else [])]
    small += [] if repo.form == "gguf" else ["adapter_config.json" if repo.form == "peft" else "config.json"]
    sizes = [{"rfilename": path, "size": 600 + int(names.digest(seed, repo.id, path)[:3], 16)} for path in small]
    return [*sizes, *(_file(w.path, w.size, w.sha256) for w in repo.weights)]


def _file(path: str, size: int, sha256: str) -> dict[str, Any]:
    return {"rfilename": path, "size": size, "lfs": {"sha256": sha256, "size": size, "pointerSize": 135}}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
