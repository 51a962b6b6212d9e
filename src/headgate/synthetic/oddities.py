"""What real trees are full of: parents that are gone, loops, cycles, and models that changed their name."""

from __future__ import annotations

from datetime import datetime, timedelta

from headgate.synthetic import names
from headgate.synthetic.growth import Hub
from headgate.synthetic.shapes import EARLIER, Repo


def plant(hub: Hub) -> dict[str, int]:
    """Change some declarations of `hub`, as far as there are models to change, and return how many of each kind."""
    rng = hub.rng
    repos = list(hub.repos.values())
    alone = [r for r in repos if r.relation == "finetune" and r.told == "declared" and r.children == 0]
    rng.shuffle(alone)
    size = max(1, len(repos) // 500)
    dangling, loops, circles = _take(alone, 4 * size), _take(alone, size), _take(alone, 2 * size)
    for repo in dangling:
        missing = f"{rng.choice(hub.handles)}/{names.word(rng, 3).capitalize()}-{repo.size:g}B"
        repo.declared, repo.parents, repo.spelling, repo.depth = [missing], [], "plain", 1
    for repo in loops:
        repo.declared, repo.parents, repo.spelling, repo.depth = [repo.id], [], "plain", 0
    for one, other in zip(circles[::2], circles[1::2], strict=False):
        for child, parent in ((one, other), (other, one)):
            child.declared, child.parents, child.spelling, child.depth = [parent.id], [parent], "plain", 0
    renamed = [r for r in repos if r.children and r.relation == "finetune" and r.created < EARLIER - timedelta(days=30)]
    rng.shuffle(renamed)
    for repo in renamed[: 2 * size]:
        _rename(hub, repo, repos)
    return {
        "dangling": len(dangling),
        "self_loops": len(loops),
        "cycles": len(circles) // 2,
        "renamed": len(renamed[: 2 * size]),
    }


def _take(pool: list[Repo], number: int) -> list[Repo]:
    taken, pool[:] = pool[:number], pool[number:]
    return taken


def _rename(hub: Hub, repo: Repo, repos: list[Repo]) -> None:
    moved = EARLIER + timedelta(days=hub.rng.randint(20, 300))
    repo.old_id, repo.says_uncensored = repo.id, False
    repo.id = f"{repo.author}/{names.word(hub.rng, 3).capitalize()}-{repo.size:g}B-Next"
    for child in repos:
        if repo in child.parents:
            _keep_old_name(child, repo, moved)


def _keep_old_name(child: Repo, parent: Repo, moved: datetime) -> None:
    # only what was declared after the move bears the new name, and a copy's name tells of the old one
    if child.told == "name":
        child.told = "nothing"
    new = parent.id if child.created > moved else str(parent.old_id)
    child.declared = [new if id_ == parent.old_id else id_ for id_ in child.declared]
    child.spelling = "plain"
