"""Tokens a second and memory of `screen contamination`, beside plain Python and lm-eval's decontamination; and misses.

    python bench/contamination.py --tokens 2000000 --peer VENV/bin/python
    python bench/contamination.py --tokens 100000000 --folder scratch --skip-peers

The corpus is seeded: real text of this machine (Python's standard library, manual pages, package notes) as far as it
goes, then words drawn by Zipf's law from two million. A benchmark of 2,000 items of 60 words is drawn likewise; half
of it is planted, with 0 to 40 % of the words replaced. Texts hold lower-case words and single spaces only, so that
every tool sees the same words. Each part runs in a process of its own, which reads the corpus from disk: seconds
include starting, reading and splitting, memory is the peak of that process. On a machine that does other work, read
CPU seconds. All must find the same number of texts that share an 8-gram with the benchmark, or the benchmark fails;
`in_stream` and `in_index` must give the same scores.

`--peer` names a Python that has `lm_eval`; only its `decontamination/janitor.py` is used, in its Python mode (the
C++ helper is not in the wheel). `--misses` prints how many planted copies are found by n and words replaced.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

N, ITEMS, WORDS, TEXT, KINDS = 8, 2000, 60, 500, 2_000_000
REAL = (Path(sysconfig.get_paths()["stdlib"]), Path("/usr/share/man"), Path("/usr/share/doc"))
REPLACED = (0.0, 0.05, 0.1, 0.2, 0.4)


def real_texts() -> Iterator[list[str]]:
    """Words of real text of this machine, `TEXT` at a time."""
    from headgate.contam.token_ids import Kept, splitter

    split = splitter(Kept())
    files = sorted(path for root in REAL for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    for path in files:
        if path.suffix not in {".py", ".gz", ".txt", ".md", ".rst", ""} or path.name == "changelog.Debian.gz":
            continue
        data = path.read_bytes()
        try:
            words = split((gzip.decompress(data) if path.suffix == ".gz" else data).decode())
        except (UnicodeDecodeError, OSError, EOFError):
            continue
        words = [word for word in words if word.isascii()]
        yield from (words[k : k + TEXT] for k in range(0, len(words), TEXT))


class Zipf:
    """Words drawn by Zipf's law."""

    def __init__(self, seed: int) -> None:
        import numpy as np

        self.rng = np.random.default_rng(seed)
        weight = np.cumsum(1 / np.arange(1, KINDS + 1) ** 1.05)
        self.share = weight / weight[-1]

    def words(self, count: int) -> list[str]:
        """`count` words, the n-th most frequent as n in base 16."""
        picked = self.share.searchsorted(self.rng.random(count)).tolist()
        return [f"w{number:x}" for number in picked]


def make(folder: Path, tokens: int, seed: int) -> None:
    """Write corpus.jsonl, bench.jsonl and about.json."""
    zipf, made, real = Zipf(seed), 0, 0
    bench = [zipf.words(WORDS) for _ in range(ITEMS)]
    with (folder / "bench.jsonl").open("w") as file:
        file.writelines(json.dumps({"text": " ".join(words)}) + "\n" for words in bench)
    copies = []
    for number in range(ITEMS // 2):
        words = list(bench[number])
        share = REPLACED[number % len(REPLACED)]
        for at in zipf.rng.choice(WORDS, round(share * WORDS), replace=False).tolist():
            words[at] = "replaced"
        copies.append(words)
    plant = {
        int(at): words
        for at, words in zip(zipf.rng.choice(tokens // TEXT // 2, len(copies), replace=False), copies, strict=True)
    }
    texts, number = real_texts(), 0
    with (folder / "corpus.jsonl").open("w") as file:
        while made < tokens:
            words = next(texts, None)
            if words is None or made > tokens * 0.5:
                words = zipf.words(TEXT)
            else:
                real += len(words)
            words = [*words[: len(words) // 2], *plant.pop(number, []), *words[len(words) // 2 :]]
            file.write(json.dumps({"text": " ".join(words)}) + "\n")
            made += len(words)
            number += 1
    assert not plant
    (folder / "about.json").write_text(json.dumps({"tokens": made, "texts": number, "real": real}))


def texts_of(path: Path) -> Iterator[str]:
    with path.open() as lines:
        for line in lines:
            yield json.loads(line)["text"]


def batches(folder: Path) -> Iterator[object]:
    from headgate.reading.find import find
    from headgate.reading.read import batches as read
    from headgate.shapes import Columns

    dataset, columns = find(folder / "corpus.jsonl", Columns("texts", "text")), Columns("texts", "text")
    for shard in dataset.shards:
        yield from read(dataset.root, shard, columns, [])


def ours(folder: Path, how: str) -> dict[str, object]:
    from headgate.contam import ngram_index
    from headgate.contam import search as contam_search
    from headgate.contam.token_ids import Kept

    items = list(texts_of(folder / "bench.jsonl"))
    start = time.perf_counter()
    if how == "index":
        ngram_index.build(folder / "index", batches(folder), n=N, kept=Kept(), source="bench")  # type: ignore[arg-type]
        index = ngram_index.opened(folder / "index")
        size = sum(path.stat().st_size for path in (folder / "index").iterdir())
        return {"seconds": time.perf_counter() - start, "bytes": size, "words": index.words}
    if how == "ask":
        found = contam_search.in_index(folder / "index", "bench", list, items, contam_search.Setting(N))
    else:
        found = contam_search.in_stream(lambda: batches(folder), items, contam_search.Setting(N))  # type: ignore[arg-type,return-value]
    seconds = time.perf_counter() - start
    scores = found.matches.scores
    by = {
        f"{share:.0%}": float((scores[k : ITEMS // 2 : len(REPLACED), 0] >= 0.5).mean())
        for k, share in enumerate(REPLACED)
    }
    false = int((scores[ITEMS // 2 :, 0] >= 0.5).sum())
    return {"seconds": seconds, "scores": sha256(scores.tobytes()).hexdigest()[:12], "found": by, "false": false}


def sieve(folder: Path) -> dict[str, object]:
    """Ours, on the task of the peers: how many texts share an n-gram with the benchmark."""
    import numpy as np

    from headgate.contam import search as contam_search
    from headgate.contam import token_ids
    from headgate.contam.bench_grams import Sieve, numbers_for, of_items

    start = time.perf_counter()
    split = token_ids.splitter(token_ids.Kept())
    words = [split(item) for item in texts_of(folder / "bench.jsonl")]
    ids = numbers_for(words)
    search, found = Sieve(of_items(words, N, ids)), 0
    for block in contam_search._blocks(batches(folder), split, ids):  # type: ignore[arg-type]
        _, at = search.places(block.tokens)
        found += len(np.unique(np.searchsorted(block.starts, at, "right")))
    return {"seconds": time.perf_counter() - start, "texts": found}


def plain(folder: Path, how: str) -> dict[str, object]:
    """Plain Python: the benchmark's n-grams in a set and the corpus past it, or the corpus' n-grams in a set."""
    start = time.perf_counter()

    def grams(text: str) -> Iterator[tuple[str, ...]]:
        words = text.lower().split()
        return zip(*(words[k:] for k in range(N)), strict=False)

    if how == "set of the corpus":
        seen: set[tuple[str, ...]] = set()
        for text in texts_of(folder / "corpus.jsonl"):
            seen.update(grams(text))
        built = time.perf_counter() - start
        hit = sum(any(gram in seen for gram in grams(text)) for text in texts_of(folder / "bench.jsonl"))
        return {"seconds": built, "items": hit}
    wanted = {gram for text in texts_of(folder / "bench.jsonl") for gram in grams(text)}
    found = sum(not wanted.isdisjoint(grams(text)) for text in texts_of(folder / "corpus.jsonl"))
    return {"seconds": time.perf_counter() - start, "texts": found}


def janitor(folder: Path) -> dict[str, object]:
    """lm-eval's Janitor; a text counts where it finds any n-gram."""
    import contextlib
    import importlib.util
    import io

    path = next(Path(root) / "lm_eval/decontamination/janitor.py" for root in sys.path
                if (Path(root) / "lm_eval/decontamination/janitor.py").exists())  # fmt: skip
    spec = importlib.util.spec_from_file_location("janitor", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        spec.loader.exec_module(module)
    start = time.perf_counter()
    cleaner = module.Janitor(ngram_n=N, too_dirty_cutoff=0, window_to_remove=0, minimum_slice_length=-1)
    for text in texts_of(folder / "bench.jsonl"):
        cleaner.register_contaminant_python(text)
    found = sum(not cleaner.clean_python(text) for text in texts_of(folder / "corpus.jsonl"))
    return {"seconds": time.perf_counter() - start, "texts": found}


PARTS = {
    "ours: texts with an n-gram": sieve,
    "ours: all scores, streamed": lambda folder: ours(folder, "stream"),
    "ours: index built": lambda folder: ours(folder, "index"),
    "ours: all scores, index asked": lambda folder: ours(folder, "ask"),
    "python: set of the benchmark": lambda folder: plain(folder, "set of the benchmark"),
    "python: set of the corpus": lambda folder: plain(folder, "set of the corpus"),
    "lm-eval janitor": janitor,
}


def child(part: str, folder: Path, python: str = sys.executable) -> dict[str, object]:
    done = subprocess.run(
        [python, __file__, "--part", part, "--folder", str(folder)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def misses(seeds: int = 3, many: int = 200) -> None:
    """Planted copies found at longest match of .5, by n and by words replaced, mean and range over seeds."""
    from headgate.contam.search import Setting, in_stream
    from headgate.shapes import Batch

    print("n | " + " | ".join(f"{share:.0%}" for share in REPLACED))
    for n in (5, 8, 13, 20, 30, 50):
        cells = []
        for share in REPLACED:
            found = []
            for seed in range(seeds):
                zipf = Zipf(seed)
                items = [zipf.words(WORDS) for _ in range(many)]
                texts = []
                for item in items:
                    words = list(item)
                    for at in zipf.rng.choice(WORDS, round(share * WORDS), replace=False).tolist():
                        words[at] = "replaced"
                    texts.append(" ".join([*zipf.words(100), *words, *zipf.words(100)]))
                batch = Batch([sha256(text.encode()).hexdigest() for text in texts], texts)
                made = in_stream(lambda batch=batch: [batch], [" ".join(item) for item in items], Setting(n))
                found.append(float((made.matches.scores[:, 0] >= 0.5).mean()))
            cells.append(f"{sum(found) / seeds:.3f} [{min(found):.3f}, {max(found):.3f}]")
        print(f"{n} | " + " | ".join(cells), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--peer", help="a Python that has lm_eval")
    parser.add_argument("--skip-peers", action="store_true")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--part", choices=PARTS)
    given = parser.parse_args()
    if given.misses:
        return misses()
    if given.part:
        made = PARTS[given.part](given.folder)
        made["cpu"] = time.process_time()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # of KiB
        print(json.dumps({**made, "peak_gb": peak}))
        return None
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        folder = Path(scratch)
        make(folder, given.tokens, given.seed)
        about = json.loads((folder / "about.json").read_text())
        print(f"{about['tokens']:,} tokens in {about['texts']:,} texts, {about['real']:,} of them real", flush=True)
        results = {}
        for part in PARTS:
            theirs = not part.startswith("ours")
            if (theirs and given.skip_peers) or (part == "lm-eval janitor" and not given.peer):
                continue
            made = results[part] = child(part, folder, given.peer if part == "lm-eval janitor" else sys.executable)
            rate = about["tokens"] / float(str(made["cpu"]))
            more = {key: value for key, value in made.items() if key not in {"seconds", "cpu", "peak_gb"}}
            spent = f"{made['seconds']:8.2f} s {made['cpu']:8.2f} CPU-s {rate:12,.0f} tokens/CPU-s"
            print(f"{part:32} {spent} {made['peak_gb']:6.2f} GB  {more}", flush=True)
    counts = {one["texts"] for one in results.values() if "texts" in one}
    assert len(counts) == 1, counts
    assert len({one["scores"] for one in results.values() if "scores" in one}) == 1
    return None


if __name__ == "__main__":
    main()
