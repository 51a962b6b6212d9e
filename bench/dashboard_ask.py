"""What dashboard.py asks: searches drawn from the artifacts themselves, readers who follow pages, times of answers."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np

# How often a reader goes to which page.
MIX = {
    "overview": 10,
    "words": 25,
    "facets": 20,
    "next page": 10,
    "artifact": 20,
    "lineage": 8,
    "recall": 4,
    "start": 3,
}
Query = dict[str, str]


@dataclass(slots=True)
class Pool:
    """What there is to ask about: artifacts at random, how often each is drawn, and refs that have children."""

    rows: list[dict[str, str]]
    weights: list[float]
    families: list[str]

    def draw(self, draw: random.Random) -> dict[str, str]:
        """An artifact."""
        return draw.choices(self.rows, cum_weights=self.weights)[0]

    def words(self, draw: random.Random) -> str:
        """Words of a ref: one of its parts, the beginning of one, or two."""
        owner, _, name = self.draw(draw)["id"].partition("/")
        parts = [owner, *name.replace("_", "-").split("-")]
        one = draw.choice([part for part in parts if part] or [owner])
        shape = draw.random()
        if shape < 0.4:
            return one
        if shape < 0.7:
            return one[: draw.randint(2, max(2, len(one)))]
        return f"{owner} {one}"

    def facets(self, draw: random.Random, number: int) -> Query:
        """Values of `number` facets that one artifact has, so that at least one is found."""
        row = self.draw(draw)
        names = [name for name in ("licence", "pipeline", "year", "author", "family") if row[name]]
        return {name: row[name] for name in draw.sample(names, min(number, len(names)))}


def pool(db: Any, seed: int, *, popular: bool = False, number: int = 20_000) -> Pool:
    """Drawn from shelf.artifacts that `db` has attached; where `popular`, each as often as it was downloaded."""
    columns = ("id", "ref", "licence", "pipeline", "year", "author", "family")
    drawn = "hash(ref, $seed) / 18446744073709551616.0"
    by = f"ln({drawn} + 1e-19) / greatest(downloads, 1) DESC" if popular else drawn
    sql = (
        "SELECT regexp_replace(ref, '^(hf|civitai):[a-z]+:', ''), ref, licence, coalesce(pipeline, ''), "
        "coalesce(year(created)::VARCHAR, ''), coalesce(author, ''), coalesce(family, ''), greatest(downloads, 1) "
        f"FROM shelf.artifacts WHERE NOT depicts_person AND {{}} ORDER BY {by}, ref LIMIT $number"
    )
    given = {"seed": seed, "number": number}
    found = db.execute(sql.format("true"), given).fetchall()
    parents = db.execute(sql.format("children > 0"), given | {"number": 2000}).fetchall()
    rows = [dict(zip(columns, row, strict=False)) for row in found]
    weights = np.cumsum([float(row[-1]) if popular else 1.0 for row in found]).tolist()
    return Pool(rows, weights, [row[1] for row in parents])


def searches(given: Pool, seed: int, number: int) -> dict[str, list[Query]]:
    """Distinct searches: words, facets, and both with another order, a third each."""
    draw, seen = random.Random(seed), set[str]()
    found: dict[str, list[Query]] = {"words": [], "facets": [], "words and facets": []}
    while any(len(queries) < number for queries in found.values()):
        orders = draw.choice(["downloads", "newest", "likes", "derived", "name"])
        both = {"q": given.words(draw), **given.facets(draw, 1), "sort": orders}
        for kind, query in (
            ("words", {"q": given.words(draw)}),
            ("facets", given.facets(draw, draw.randint(1, 3))),
            ("words and facets", both),
        ):
            key = urlencode(sorted(query.items()))
            if query and key not in seen and len(found[kind]) < number:
                seen.add(key)
                found[kind].append(query)
    return found


@dataclass(slots=True)
class Times:
    """Seconds of each answer, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    pages: dict[str, list[float]] = field(default_factory=dict)

    def percentile(self, *at: float) -> list[float]:
        """Seconds at these percentiles; NaN of nothing."""
        return [float(np.percentile(self.seconds, p)) if self.seconds else float("nan") for p in at]


class Reader:
    """One connection that is kept; each answer is read whole."""

    def __init__(self, port: int, timeout: float = 60.0) -> None:
        self.link = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def get(self, path: str, times: Times, page: str = "") -> str:
        """The answer to a GET of `path`; its time and trouble go to `times`."""
        begun = time.perf_counter()
        try:
            self.link.request("GET", path)
            answer = self.link.getresponse()
            text = answer.read().decode(errors="replace")
            trouble = "" if answer.status == 200 else f"{page}: {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            self.link.close()
            trouble, text = f"{page}: {type(error).__name__}", ""
        took = time.perf_counter() - begun
        times.seconds.append(took)
        times.pages.setdefault(page, []).append(took)
        if trouble:
            times.errors[trouble] += 1
        return text


def timed(port: int, paths: Iterable[str], page: str = "", look: Callable[[str], str] = lambda _: "") -> Times:
    """The times of `paths`, one after the other; `look` tells what is wrong with the text of an answer."""
    times, reader = Times(), Reader(port)
    for path in paths:
        if trouble := look(reader.get(path, times, page)):
            times.errors[trouble] += 1
    return times


def catalogue(query: Query) -> str:
    """The address of a search."""
    return "/catalogue?" + urlencode(query)


def about(page: str, ref: str) -> str:
    """The address of a page about an artifact."""
    return f"/{page}/{quote(ref, safe='/:@')}"


def walk(given: Pool, seed: int, pages: Sequence[str]) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Endless pages as somebody might follow them: the kind, and its address from the text of the page before."""
    draw = random.Random(seed)
    weights = [MIX[page] for page in pages]

    def following(text: str) -> str:
        link, found, _ = text.partition('rel="next"')
        address = link.rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
        return address if found and address.startswith("/catalogue") else catalogue({"q": given.words(draw)})

    makers: dict[str, Callable[[str], str]] = {
        "overview": lambda _: "/", "start": lambda _: "/catalogue", "next page": following,
        "words": lambda _: catalogue({"q": given.words(draw)}),
        "facets": lambda _: catalogue(given.facets(draw, draw.randint(1, 3))),
        "artifact": lambda _: about("artifact", given.draw(draw)["ref"]),
        "lineage": lambda _: about("lineage", draw.choice(given.families)) + "?format=json",
        "recall": lambda _: about("recall", draw.choice(given.families)),
    }  # fmt: skip
    while True:
        page = draw.choices(pages, weights)[0]
        yield page, makers[page]


def readers(
    port: int, given: Pool, number: int, seconds: float, think: tuple[float, float], pages: Sequence[str]
) -> Times:
    """`number` of them at once for `seconds`, each thinking for a time drawn from `think` between two pages."""
    every = [Times() for _ in range(number)]
    end = time.perf_counter() + seconds

    def follow(place: int) -> None:
        draw, reader, text = random.Random(place), Reader(port), ""
        time.sleep(draw.uniform(0, max(think[1], 0.05)))  # they do not come in step
        for page, address in walk(given, 1000 + place, pages):
            if time.perf_counter() >= end:
                return
            text = reader.get(address(text), every[place], page)
            time.sleep(draw.uniform(*think))

    threads = [threading.Thread(target=follow, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = Times()
    for times in every:
        whole.seconds += times.seconds
        whole.errors += times.errors
        for page, took in times.pages.items():
            whole.pages.setdefault(page, []).extend(took)
    return whole
