"""The dashboard at the size of a hub: first paint, searches, pages, memory, readers at once; beside Datasette.

    python bench/dashboard.py --smoke                                # 5,000 models, a minute
    python bench/dashboard.py --workspace hub.headgate --folder scratch
    python bench/dashboard.py --models 3000000 --folder scratch      # makes the workspace with hub.py and audits it

It works on a copy of the workspace without its index, makes the index, and plants flags of checks in it where the
workspace has none, so that the facet of findings has something to count. Searches are drawn from the ids themselves and
are all distinct, so that no answer is one that was kept. Readers follow a mix of pages (dashboard_ask.py) while
`headgate collect dump` writes to the copy. First paint needs Playwright and Chromium, the peer a package registry.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

import dashboard_ask as ask
import dashboard_peer as peer

HUB = Path(__file__).with_name("hub.py")
FLAGS = {
    "licence_conflict": 9,
    "licence_missing": 40,
    "never_aligned": 300,
    "licence_mislabelled": 2000,
}  # one in so many
PAINTS = 5
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS_OF_CHROMIUM = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
_PAINT = "performance.getEntriesByName('first-contentful-paint').map(e => e.startTime)[0] || 0"
_INDEX = """
import json, os, resource, sys, time
from pathlib import Path
from headgate.web import index
if __name__ == "__main__":
    begun = time.perf_counter()
    folder = index.made(Path(sys.argv[1]))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    print(json.dumps({"seconds": time.perf_counter() - begun, "peak": peak, "folder": str(folder)}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=3_000_000)
    parser.add_argument("--workspace", type=Path, help="an audited workspace; it is copied [default: one is made]")
    parser.add_argument("--folder", type=Path, help="where to work [default: a temporary folder]")
    parser.add_argument("--dump", type=Path, help="what is collected meanwhile [default: one is drawn]")
    parser.add_argument("--searches", type=int, default=50, help="of each of three kinds")
    parser.add_argument("--peer-searches", type=int, default=50, help="of each kind, the first ones of the same")
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip-peer", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="5,000 models and short times")
    given = parser.parse_args()
    if given.smoke:
        given.models, given.searches, given.peer_searches, given.readers, given.seconds = 5000, 7, 7, 10, 5.0
    folder = given.folder or Path(tempfile.mkdtemp(prefix="headgate-dashboard-"))
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("HEADGATE_HOME", str(folder / "home"))
    try:
        run(given, folder)
    finally:
        if not given.folder:
            shutil.rmtree(folder)


def run(given: argparse.Namespace, folder: Path) -> None:
    """All parts, one after the other, so that nothing but what is measured runs."""
    path = _workspace(given, folder)
    dump = given.dump or _dump(given, folder)
    told = json.loads(_python("-c", _INDEX, str(path)).splitlines()[-1])
    file = Path(told["folder"]) / "index.duckdb"
    print(
        f"index: {told['seconds']:.1f} s, {file.stat().st_size / 1e9:.2f} GB, peak of memory {told['peak']:.2f} GB",
        flush=True,
    )
    pool, popular = _plant(file, given.seed)
    queries = ask.searches(pool, given.seed, given.searches)
    rows: list[tuple[str, str, str, str]] = []
    with _headgate(path) as (port, process):
        ours = _alone(port, queries, pool, path, rows)
        memory = _memory(process)
        rows.append(
            ("memory of the server after these, GB now / at most", f"{memory[0]:.2f} / {memory[1]:.2f}", "", "")
        )
    for kind, times in ours.items():
        print(kind, *(f"{1e3 * p:,.0f}" for p in times.percentile(50, 95)), "ms", dict(times.errors), flush=True)
    if not given.skip_peer:
        _peer(given, folder, file, queries, ours, rows)
    _table("one reader", rows)
    crowd: list[tuple[str, str]] = []
    calm, pause = min(30.0, given.seconds), (0.5, 2.0)
    with _headgate(path) as (port, process):
        pages = [page for page in ask.MIX if page not in _missing(port, pool)]
        for title, those, think in (
            ("each page new, no pause between pages", pool, (0.0, 0.0)),
            ("each page new, pauses of 0.5 to 2 s", pool, pause),
            ("pages as often as downloaded, pauses", popular, pause),
        ):  # fmt: skip
            _crowd(title, ask.readers(port, those, given.readers, calm, think, pages), calm, crowd)
    with _headgate(path) as (port, process):
        for title, those in (("each page new", pool), ("pages as often as downloaded", popular)):
            with _collecting(path, dump) as collecting:
                busy = ask.readers(port, those, given.readers, given.seconds, pause, pages)
                wrote = "" if collecting.poll() is None else " (which ended before)"
            _crowd(f"while a collection writes{wrote}: {title}, pauses", busy, given.seconds, crowd)
        crowd.append(("memory of the server, GB now / at most", "{:.2f} / {:.2f}".format(*_memory(process))))
    _crowd_table(given, crowd, busy)


# ---- what is measured of headgate alone


def _alone(
    port: int, queries: dict[str, list[ask.Query]], pool: ask.Pool, path: Path, rows: list[Any]
) -> dict[str, ask.Times]:
    missing = _missing(port, pool)
    title = "first paint of {}, ms, median / worst of " + str(PAINTS)
    rows += [(title.format(page), _paints(f"http://127.0.0.1:{port}{page}"), "", "") for page in ("/", "/catalogue")]
    found = {kind: ask.timed(port, map(ask.catalogue, asked), kind) for kind, asked in queries.items()}
    refs = [row["ref"] for row in pool.rows[:100]]
    found["artifact page"] = (
        ask.timed(port, [ask.about("artifact", ref) for ref in refs], "artifact")
        if "artifact" not in missing
        else ask.Times()
    )
    rows += [(f"page {page}", "not there", "", "") for page in missing]
    if "lineage" not in missing:
        ref, nodes = _family(path)
        took = _drawn(f"http://127.0.0.1:{port}{ask.about('lineage', ref)}")
        rows.append((f"a family of {nodes:,} drawn, s, median / worst of {PAINTS}", took, "", ""))
    return found


def _missing(port: int, pool: ask.Pool) -> list[str]:
    """Pages that this version of the server has not."""
    first, family = pool.rows[0]["ref"], pool.families[0]
    asked = {"overview": "/", "artifact": ask.about("artifact", first)}
    asked |= {page: ask.about(page, family) for page in ("lineage", "recall")}
    return [page for page, path in asked.items() if ask.timed(port, [path], page).errors]


def _paints(address: str) -> str:
    """Milliseconds to First Contentful Paint, each in a browser of its own that was never there."""

    def look(page: Any) -> float:
        while not (painted := page.evaluate(_PAINT)):  # waiting in the page would need eval, which its policy forbids
            time.sleep(0.02)
        return float(painted)

    took = list(_browsed(address, look))
    return f"{np.median(took):,.0f} / {max(took):,.0f}" if took else "no browser"


def _drawn(address: str) -> str:
    """Seconds from the click to the element that says that the graph is drawn."""

    def look(page: Any) -> float:
        page.wait_for_selector("[data-drawn=true]", state="attached", timeout=60_000)
        return float(page.evaluate("performance.now()")) / 1e3

    took = list(_browsed(address, look))
    return f"{np.median(took):.2f} / {max(took):.2f}" if took else "no browser"


def _browsed(address: str, look: Any) -> Iterator[float]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return
    with sync_playwright() as playing:
        for _ in range(PAINTS if CHROMIUM else 0):
            browser = playing.chromium.launch(executable_path=CHROMIUM, args=FLAGS_OF_CHROMIUM)
            page = browser.new_page(viewport={"width": 1300, "height": 1000})
            page.goto(address, wait_until="load")
            yield look(page)
            browser.close()


def _family(path: Path) -> tuple[str, int]:
    """The root whose family is nearest to 2,000 nodes, and how many it has."""
    from headgate import graph
    from headgate.workspace import open_workspace

    ws = open_workspace(path)
    loaded = graph.load(ws.db)
    roots = np.flatnonzero((np.diff(loaded.up.starts) == 0) & (np.diff(loaded.down.starts) > 20))
    best, size = -1, 0
    for root in roots[np.argsort(np.diff(loaded.down.starts)[roots])][-3000:]:
        nodes = int((graph.depths(loaded.down, [int(root)]) >= 0).sum())
        if abs(nodes - 2000) < abs(size - 2000):
            best, size = int(root), nodes
    return str(ws.db.execute(f"SELECT ref FROM {loaded.nodes} WHERE id = ?", [best]).fetchall()[0][0]), size


def _memory(process: int) -> tuple[float, float]:
    status = Path(f"/proc/{process}/status").read_text()
    return tuple(int(status.split(name)[1].split()[0]) * 1024 / 1e9 for name in ("VmRSS:", "VmHWM:"))  # type: ignore[return-value]


# ---- the peer


def _peer(given: argparse.Namespace, folder: Path, file: Path, queries: dict[str, list[ask.Query]],
          ours: dict[str, ask.Times], rows: list[Any]) -> None:  # fmt: skip
    command, lite = peer.install(folder), folder / f"{peer.FILE}.db"
    db = _attached(file)
    lite.unlink(missing_ok=True)
    took = peer.make(db, lite)
    db.close()
    print(f"datasette: {took:.1f} s to make its file, {lite.stat().st_size / 1e9:.2f} GB", flush=True)
    asked = {kind: list(each[: given.peer_searches]) for kind, each in queries.items()}
    default: dict[str, ask.Times] = {}
    with peer.serving(command, lite, port := _free(), ()):
        for kind, each in asked.items():
            default[kind] = ask.timed(port, map(peer.address, each), kind, peer.trouble)
    theirs: dict[str, ask.Times] = {}
    with peer.serving(command, lite, port := _free()) as process:
        paint = _paints(f"http://127.0.0.1:{port}{peer.address({})}")
        for kind, each in asked.items():
            theirs[kind] = ask.timed(port, map(peer.address, each), kind, peer.trouble)
        ids = [f"/{peer.FILE}/artifacts/{n}" for n in np.linspace(0, 0.99 * _count(file), 100).astype(int)]
        theirs["artifact page"] = ask.timed(port, ids, "row")
        memory = _memory(process)
    for place, row in enumerate(rows):
        if row[0].startswith("first paint of /catalogue"):
            rows[place] = (row[0], row[1], paint, "")
        if row[0].startswith("memory"):
            rows[place] = (row[0], row[1], f"{memory[0]:.2f} / {memory[1]:.2f}", "")
    for kind, times in ours.items():
        rows.append(_beside(kind, times, theirs.get(kind)))
        if kind in default:
            gave = sum(default[kind].errors.values())
            p50, p95 = default[kind].percentile(50, 95)
            rows.append(
                (
                    f"  datasette as it comes: {gave} of {len(asked[kind])} given up in part",
                    "",
                    f"{p50 * 1e3:,.0f} / {p95 * 1e3:,.0f}",
                    "",
                )
            )


def _beside(kind: str, ours: ask.Times, theirs: ask.Times | None) -> tuple[str, str, str, str]:
    title = f"{kind}, ms, p50 / p95 of {len(ours.seconds)}" + (
        f" ({sum(ours.errors.values())} errors)" if ours.errors else ""
    )
    p50, p95 = ours.percentile(50, 95)
    if theirs is None:
        return title, f"{p50 * 1e3:,.0f} / {p95 * 1e3:,.0f}", "", ""
    q50, q95 = theirs.percentile(50, 95)
    number = len(theirs.seconds)
    said = f"{q50 * 1e3:,.0f} / {q95 * 1e3:,.0f}" + (f" of {number}" if number != len(ours.seconds) else "")
    said += f" ({sum(theirs.errors.values())} failed)" if theirs.errors else ""
    return title, f"{p50 * 1e3:,.0f} / {p95 * 1e3:,.0f}", said, f"{q50 / p50:.1f} / {q95 / p95:.1f}"


# ---- what all of them need


def _workspace(given: argparse.Namespace, folder: Path) -> Path:
    path = folder / "hub.headgate"
    if given.workspace:
        shutil.rmtree(path, ignore_errors=True)  # what a collection of an earlier run left there is not wanted
        shutil.copytree(given.workspace, path, ignore=shutil.ignore_patterns(".index"))
        return path
    if not path.exists():
        subprocess.run(
            [sys.executable, HUB, "--models", str(given.models), "--folder", folder, "--keep", "--skip-peers"],
            check=True,
        )
        subprocess.run([sys.executable, "-m", "headgate", "audit", path], check=True, stdout=subprocess.DEVNULL)
    return path


def _dump(given: argparse.Namespace, folder: Path) -> Path:
    """A further dump of as many models, drawn with another seed."""
    other = folder / "further"
    other.mkdir(exist_ok=True)
    if not (other / "dump.jsonl.zst").exists():
        _python(
            str(HUB),
            "--part",
            "dump",
            "--models",
            str(given.models),
            "--folder",
            str(other),
            "--seed",
            str(given.seed + 1),
        )
    return other / "dump.jsonl.zst"


def _python(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def _attached(file: Path, mode: str = "READ_ONLY") -> Any:
    import duckdb

    db = duckdb.connect()
    db.execute(f"ATTACH '{file}' AS shelf ({mode})")
    return db


def _count(file: Path) -> int:
    with _attached(file) as db:
        return int(db.execute("SELECT count(*) FROM shelf.artifacts").fetchone()[0])


def _plant(file: Path, seed: int) -> tuple[ask.Pool, ask.Pool]:
    db = _attached(file, "READ_WRITE")
    if not db.execute("SELECT count(*) FROM shelf.flags").fetchone()[0]:
        for check, every in FLAGS.items():
            sql = "INSERT INTO shelf.flags SELECT id, ? FROM shelf.artifacts WHERE hash(id, ?) % ? = 0 ORDER BY id"
            db.execute(sql, [check, check, every])
    planted = db.execute('SELECT "check", count(*) FROM shelf.flags GROUP BY 1 ORDER BY 1').fetchall()
    print("flags:", ", ".join(f"{check} {number:,}" for check, number in planted), flush=True)
    pools = ask.pool(db, seed), ask.pool(db, seed, popular=True)
    db.close()
    return pools


def _free() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@contextmanager
def _headgate(path: Path) -> Iterator[tuple[int, int]]:
    """A server over the workspace at `path`: its port and the id of its process."""
    port = _free()
    process = subprocess.Popen(
        [sys.executable, "-m", "headgate", "serve", path, "--port", str(port)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        if not process.stdout.readline().startswith("http"):
            sys.exit("the dashboard did not start")
        while ask.timed(port, ["/health"]).errors:
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _collecting(path: Path, dump: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "headgate", "collect", "dump", str(dump), "--into", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        process.wait()


def _table(title: str, rows: list[tuple[str, str, str, str]]) -> None:
    print(f"\n| {title} | headgate | datasette | ratio |\n|---|--:|--:|--:|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def _crowd(title: str, times: ask.Times, seconds: float, rows: list[tuple[str, str]]) -> None:
    p50, p95, p99 = (1e3 * p for p in times.percentile(50, 95, 99))
    errors = ", ".join(f"{n} {what}" for what, n in times.errors.items()) or "0"
    said = f"{p50:,.0f} / {p95:,.0f} / {p99:,.0f} ms, {len(times.seconds) / seconds:,.1f} a second, errors {errors}"
    rows.append((title, said))
    print(title, said, flush=True)


def _crowd_table(given: argparse.Namespace, rows: list[tuple[str, str]], busy: ask.Times) -> None:
    print(f"\n| {given.readers} readers: p50 / p95 / p99 | |\n|---|--:|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    for page, took in sorted(busy.pages.items()):
        said = " / ".join(f"{p * 1e3:,.0f}" for p in np.percentile(took, (50, 95, 99)))
        print(f"| while a collection writes: {page}, {len(took):,} times | {said} ms |")


if __name__ == "__main__":
    main()
