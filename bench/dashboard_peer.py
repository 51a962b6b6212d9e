"""Datasette over the same rows, for dashboard.py: a SQLite file with indexes and FTS5, and the same questions to it.

FTS5 finds whole words and, with *, beginnings of words; the catalogue of headgate finds any part of an id. Where the
question is of facets alone, both must find the same number.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

COLUMNS = {
    "id": "INTEGER PRIMARY KEY", "ref": "TEXT", "hub": "TEXT", "kind": "TEXT", "author": "TEXT", "licence": "TEXT",
    "family": "TEXT", "pipeline": "TEXT", "year": "TEXT", "created": "TEXT", "downloads": "INTEGER", "likes": "INTEGER",
    "children": "INTEGER",
}  # fmt: skip
FACETS = ("kind", "hub", "licence", "family", "author", "pipeline", "year")
ORDERS = {"downloads": "_sort_desc=downloads", "newest": "_sort_desc=created", "likes": "_sort_desc=likes",
          "derived": "_sort_desc=children", "name": "_sort=id"}  # fmt: skip
# Its documented settings: without them a facet is given up after 200 ms and a query after 1 s.
RAISED = ("sql_time_limit_ms", "60000", "facet_time_limit_ms", "60000", "suggest_facets", "off")
BATCH = 50_000


def install(folder: Path) -> Path:
    """The command datasette in an environment of its own, made now if it is not there."""
    found = folder / "venv" / "bin" / "datasette"
    if not found.exists():
        venv.create(folder / "venv", with_pip=True)
        subprocess.run([folder / "venv" / "bin" / "pip", "install", "-q", "datasette"], check=True,
                       stderr=subprocess.DEVNULL)  # fmt: skip
    return found


def make(db: Any, file: Path) -> float:
    """Write the artifacts of shelf, which `db` has attached, to the new SQLite file; seconds that it took."""
    begun = time.perf_counter()
    lite = sqlite3.connect(file)
    lite.execute("PRAGMA journal_mode = OFF")
    lite.execute("PRAGMA synchronous = OFF")
    lite.execute(f"CREATE TABLE artifacts ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
    source = db.execute(
        "SELECT id, ref, hub, kind, author, licence, family, pipeline, year(created)::VARCHAR, created::VARCHAR, "
        "downloads, likes, children FROM shelf.artifacts WHERE NOT depicts_person"
    )
    while rows := source.fetchmany(BATCH):
        lite.executemany(f"INSERT INTO artifacts VALUES ({', '.join('?' * len(COLUMNS))})", rows)
    for name in (*FACETS, "created", "downloads", "likes", "children"):
        lite.execute(f"CREATE INDEX by_{name} ON artifacts ({name})")
    lite.execute('CREATE VIRTUAL TABLE artifacts_fts USING fts5(ref, content="artifacts", content_rowid="id")')
    lite.execute("INSERT INTO artifacts_fts (rowid, ref) SELECT id, ref FROM artifacts")
    lite.execute("ANALYZE")
    lite.commit()
    lite.close()
    return time.perf_counter() - begun


@contextmanager
def serving(command: Path, file: Path, port: int, settings: tuple[str, ...] = RAISED) -> Iterator[int]:
    """Datasette over `file` on `port`; the id of its process."""
    pairs = [part for at in range(0, len(settings), 2) for part in ("--setting", *settings[at : at + 2])]
    process = subprocess.Popen([command, "serve", "-i", file, "--port", str(port), *pairs],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/-/versions.json").read()
                break
            except OSError:
                time.sleep(0.1)
        else:
            sys.exit("datasette did not start")
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def address(query: dict[str, str]) -> str:
    """The same search there: words as words of FTS5, the last as the beginning of one."""
    given = [(name, value) for name, value in query.items() if name in FACETS]
    if words := re.findall(r"\w+", query.get("q", "")):
        given += [("_search", " ".join(f'"{word}"' for word in words) + "*"), ("_searchmode", "raw")]
    facets = "&".join(f"_facet={name}" for name in FACETS)
    order = ORDERS[query.get("sort", "downloads")]
    return f"/{FILE}/artifacts?{urlencode(given)}&{order}&{facets}&_facet_size=12&_size=50"


FILE = "hub"


def trouble(text: str) -> str:
    """What it gave up on, by its own words."""
    if "timed out" in text or "interrupted" in text:
        return "a facet or query given up"
    return ""


def found(text: str) -> int:
    """How many rows its page says there are."""
    said = re.search(r"([\d,]+)\s+rows?", text)
    return int(said[1].replace(",", "")) if said else -1
