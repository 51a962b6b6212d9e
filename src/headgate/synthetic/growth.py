"""How the hub grows: each new model descends from one that is already there, the popular ones more often."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from headgate.synthetic import families, names
from headgate.synthetic.shapes import Corpus, Repo, Weight

DEEPEST = 8
_TEXT = {"finetune": 38, "adapter": 21, "quantized": 29, "merge": 10, "copy": 2}
_IMAGE = {"adapter": 84, "finetune": 14, "copy": 2}
# What tells of the parents, by relation, where there is a card; without one only the rest can.
_TOLD = {
    "finetune": {"declared": 91, "nothing": 9},
    "adapter": {"declared": 82, "config": 14, "nothing": 4},
    "merge": {"declared": 66, "recipe": 30, "nothing": 4},
    "quantized": {"declared": 72, "name": 24, "nothing": 4},
    "copy": {"files": 1},
}
_UNCENSORED = ("Uncensored", "abliterated", "Heretic", "Unfiltered", "Decensored", "uncensored-v2")
_FORMATS = {"GGUF": 60, "i1-GGUF": 8, "AWQ": 10, "GPTQ": 9, "4bit-mlx": 8, "GPTQ-Int4": 5}
_QUANTS = ("Q3_K_M", "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0")


@dataclass(slots=True)
class Hub:
    """The models so far, and two urns in which a model lies once for itself and once for each child."""

    rng: Random
    seed: int
    handles: list[str]
    corpora: list[Corpus]
    repos: dict[str, Repo] = field(default_factory=dict)
    urns: dict[bool, list[Repo]] = field(default_factory=lambda: {True: [], False: []})
    kin: dict[str, list[Repo]] = field(default_factory=dict)

    def add(self, repo: Repo) -> Repo:
        """Publish `repo`: its name made unique, its files, its place among possible parents."""
        author, name, again = repo.author, repo.name, 1
        while repo.id.lower() in self.repos:
            again += 1
            repo.id = f"{author}{again}/{name}"
        self.repos[repo.id.lower()] = repo
        repo.weights = repo.weights or weights(self.seed, repo)
        for parent in repo.parents:
            parent.children += 1
            self.urns[parent.family.image].append(parent)
        if repo.form in ("transformers", "diffusers", "peft"):
            self.urns[repo.family.image].append(repo)
        if repo.form == "transformers":
            self.kin.setdefault(repo.family.name, []).append(repo)
        return repo


def grow(hub: Hub, roots: list[Repo], number: int) -> None:
    """Publish `roots` and descendants of them, in the order of time, until there are `number` models."""
    rng = hub.rng
    dates = sorted(families.moment(rng, after=roots[0].created) for _ in range(number - len(roots)))
    waiting = list(reversed(roots))
    for created in dates:
        while waiting and waiting[-1].created <= created:
            hub.add(waiting.pop())
        hub.add(_descendant(hub, created))
    while waiting:
        hub.add(waiting.pop())


def _descendant(hub: Hub, created: datetime) -> Repo:
    rng = hub.rng
    image = bool(hub.urns[True]) and (rng.random() < 0.2 or not hub.urns[False])
    relation = families.pick(rng, _IMAGE if image else _TEXT)
    parent = _parent(hub, image, relation)
    repo = Repo(f"{rng.choice(hub.handles)}/{parent.name}", parent.family, parent.size, relation, created, parent.form)
    repo.parents = _merged(hub, parent) if relation == "merge" else [parent]
    if relation == "merge" and len(repo.parents) == 1:
        repo.relation = "finetune"
    repo.depth = max(p.depth for p in repo.parents) + 1
    repo.has_card = rng.random() < (0.93 if repo.relation in ("quantized", "merge") else 0.84)
    repo.has_text = repo.has_card and rng.random() < 0.7
    tell(rng, repo)
    _licence(rng, repo, parent)
    _uncensor(rng, repo)
    _train(hub, repo)
    _name(rng, repo, parent)
    return repo


def _parent(hub: Hub, image: bool, relation: str) -> Repo:
    urn, rng = hub.urns[image], hub.rng
    found = urn[0]
    for _ in range(40):
        # half by popularity, half whatever is new: the second makes the long chains
        found = rng.choice(urn) if rng.random() < 0.5 else urn[-rng.randint(1, min(len(urn), 200))]
        usable = found.form != "peft" if relation != "copy" else found.relation != "root"
        if usable and found.depth < DEEPEST and found.person is None and found.relation != "copy":
            return found
    return urn[0]


def _merged(hub: Hub, first: Repo) -> list[Repo]:
    same = [r for r in hub.kin.get(first.family.name, ()) if r is not first and r.depth < DEEPEST]
    more = hub.rng.sample(same, min(len(same), hub.rng.choice((1, 1, 2, 3))))
    return [first, *more]


def tell(rng: Random, repo: Repo) -> None:
    """Decide what in the records of `repo` will tell of its parents."""
    repo.told = families.pick(rng, _TOLD[repo.relation])
    if repo.told in ("declared", "recipe") and not repo.has_card:
        repo.told = {"adapter": "config", "quantized": "name"}.get(repo.relation, "nothing")
    if repo.told == "config" and repo.family.image:
        repo.told = "nothing"
    repo.has_text = repo.has_text or repo.told == "recipe"
    repo.declared = [parent.id for parent in repo.parents]
    if repo.told == "declared" and len(repo.parents) == 1 and rng.random() < 0.04:
        repo.spelling = rng.choice(("url", "lower"))


def _licence(rng: Random, repo: Repo, parent: Repo) -> None:
    if not repo.has_card or rng.random() < 0.1:
        return
    inherited = parent.licence or repo.family.licence
    repo.licence = families.pick(rng, families.DRIFT) if rng.random() < 0.2 else inherited


def _uncensor(rng: Random, repo: Repo) -> None:
    inherits = any(parent.uncensored for parent in repo.parents)
    begins = repo.relation == "finetune" and not repo.family.image and rng.random() < 0.07
    repo.uncensored = begins or (inherits and (repo.relation != "finetune" or rng.random() < 0.85))


def _train(hub: Hub, repo: Repo) -> None:
    rng = hub.rng
    if repo.relation not in ("finetune", "adapter") or not repo.has_card or repo.family.image:
        return
    if rng.random() < 0.45:
        repo.datasets = [c.id for c in rng.sample(hub.corpora, rng.choice((1, 1, 2))) if c.created < repo.created]
    if repo.uncensored and rng.random() < 0.6:
        repo.datasets = list(dict.fromkeys([*repo.datasets, rng.choice(hub.corpora[:2]).id]))
    if repo.datasets and rng.random() < 0.03:  # a dataset that was taken down
        repo.datasets.append(f"{rng.choice(hub.handles)}/{names.word(rng, 3)}-private")


def _name(rng: Random, repo: Repo, parent: Repo) -> None:
    size = f"-{repo.size:g}B" if not repo.family.image else ""
    own = names.word(rng, rng.choice((2, 3))).capitalize()
    name = parent.name
    if repo.relation == "quantized":
        suffix = families.pick(rng, _FORMATS)
        repo.form = "mlx" if suffix.endswith("mlx") else suffix.lower().removeprefix("i1-").removesuffix("-int4")
        name = f"{own}-Q4" if repo.told == "nothing" else f"{parent.name}-{suffix}"
    elif repo.relation == "merge":
        name = f"{own}{size}-{rng.choice(('Merge', 'slerp', 'TIES', 'v1', 'v2'))}"
    elif repo.relation == "adapter":
        style = rng.choice(names.STYLES if repo.family.image else names.TOPICS)
        name = f"{own}-{style}-{'LoRA' if repo.family.image else rng.choice(('lora', 'qlora', 'adapter'))}"
        repo.form = "diffusers" if repo.family.image else "peft"
    elif repo.relation == "finetune":
        stem = f"{repo.family.name.replace(' ', '-')}{size}-{own}" if rng.random() < 0.5 else f"{own}{size}"
        name = f"{stem}-{rng.choice((*names.TOPICS, 'Instruct', 'v2'))}"
        if repo.uncensored and rng.random() < 0.6:
            name = f"{stem}-{rng.choice(_UNCENSORED)}"
    if repo.relation == "copy":
        repo.weights, repo.licence = parent.weights, parent.licence if repo.has_card else None
    repo.id = f"{repo.author}/{name}"
    repo.says_uncensored = any(w.lower() in name.lower() for w in _UNCENSORED)


def weights(seed: int, repo: Repo) -> tuple[Weight, ...]:
    """The weight files of `repo`, of a size that fits its number of weights."""
    whole = int(repo.size * 2e9)
    if repo.form == "gguf":
        stem = repo.name.removesuffix("-GGUF")
        paths = {f"{stem}.{q}.gguf": whole * (i + 3) // 16 for i, q in enumerate(_QUANTS)}
    elif repo.relation == "adapter":
        path = "pytorch_lora_weights.safetensors" if repo.family.image else "adapter_model.safetensors"
        paths = {path: whole // 100}
    elif repo.form in ("awq", "gptq", "mlx"):
        paths = {"model.safetensors": whole // 4}
    elif repo.size > 3 and not repo.family.image:
        shards = min(8, max(2, round(repo.size / 2.5)))
        paths = {f"model-{i:05d}-of-{shards:05d}.safetensors": whole // shards for i in range(1, shards + 1)}
    else:
        paths = {"model.safetensors": whole}
    return tuple(Weight(path, size, names.digest(seed, repo.id, path)) for path, size in paths.items())
