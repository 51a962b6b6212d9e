from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput, UsageError
from headgate.evidence.growth import conservative_growth
from headgate.evidence.intervals import wilson
from headgate.screen.image_text_pairs import screen
from headgate.shapes import Batch, Finding, Items, Screened

SHARDS = 8


def captions() -> list[str]:
    """Neutral captions: the short descriptions of the packages in this machine's apt index, or else made-up ones."""
    helper = Path("/usr/lib/apt/apt-helper")
    lists = sorted(Path("/var/lib/apt/lists").glob("*Packages*")) if helper.exists() else []
    found: list[str] = []
    for file in lists:
        done = subprocess.run([helper, "cat-file", file], capture_output=True, check=False)
        lines = done.stdout.decode("utf-8", "replace").splitlines()
        found += [line.removeprefix("Description: ") for line in lines if line.startswith("Description: ")]
    if len(found) >= 20_000:
        return found
    rng = np.random.default_rng(0)
    words = [
        "a",
        "the",
        "red",
        "blue",
        "photo",
        "of",
        "man",
        "woman",
        "old",
        "house",
        "lake",
        "in",
        "on",
        "with",
        "dog",
        "muslim",
        "church",
        "street",
        "blind",
        "market",
    ]
    return [" ".join(rng.choice(words, rng.integers(4, 12))) for _ in range(20_000)]


@pytest.fixture(scope="module")
def corpus() -> list[str]:
    return captions()[:40_000]


@pytest.fixture
def lexicon(tmp_path: Path) -> Path:
    file = tmp_path / "lexicon.csv"
    file.write_text("class,term\nhateful,grumblewug\nsexual,blicketish\n")
    return file


def items(path: Path, texts: list[str], more: dict[str, list[object]] | None = None, size: int = 5000) -> Items:
    """The texts as a dataset of shards of different sizes."""
    ends = (np.cumsum(np.arange(1, SHARDS + 1)) * len(texts) // (SHARDS * (SHARDS + 1) // 2)).tolist()

    def batches() -> Iterator[Batch]:
        begin = 0
        for shard, end in enumerate(ends):
            for at in range(begin, end, size):
                to = min(end, at + size)
                rows = list(range(at - begin, to - begin))
                part = {name: values[at:to] for name, values in (more or {}).items()}
                yield Batch(
                    [f"{n:064x}" for n in range(at, to)], texts[at:to], more=part, rows=rows, file=f"p{shard}.csv"
                )
            begin = end

    return Items(batches, path, path)


def planted(texts: list[str], share: float, seed: int, term: str = "grumblewug") -> tuple[list[str], np.ndarray]:
    hit = np.random.default_rng(seed).random(len(texts)) < share
    return [f"{text} {term}" if one else text for text, one in zip(texts, hit, strict=True)], hit


def done(made: Screened) -> tuple[list[str], np.ndarray, dict[str, Finding]]:
    parts = list(made.parts)
    found = made.findings() if callable(made.findings) else made.findings
    ids = [one for part, _ in parts for one in part]
    return ids, np.concatenate([scores.axes for _, scores in parts]), {one.axis: one for one in found}


def test_the_planted_share_is_covered(tmp_path: Path, corpus: list[str], lexicon: Path) -> None:
    texts, hit = planted(corpus[:10_000], 0.01, 1)
    data, covered = items(tmp_path, texts), 0
    for seed in range(200):
        *_, found = done(screen(data, lexicon=lexicon, per_shard=150, seed=seed))
        one = found[""]
        assert one.low is not None
        assert one.high is not None
        covered += one.low <= hit.mean() <= one.high
    assert covered >= 186  # 93 %


def test_naming_people_makes_no_difference_where_flags_are_chance(
    tmp_path: Path, corpus: list[str], lexicon: Path
) -> None:
    texts, _ = planted(corpus, 0.2, 2)
    *_, found = done(screen(items(tmp_path, texts), lexicon=lexicon))
    lifts = [one for axis, one in found.items() if axis.startswith("lift.")]
    told = [one for one in lifts if one.value is not None]
    assert len(told) >= 2
    for one in told:
        assert one.low is not None
        assert one.high is not None
        assert one.low < 1.05
        assert one.high > 0.95
        assert abs((one.value or 0) - 1) < 0.5
    assert all("too few to tell" in one.evidence for one in lifts if one.value is None)


def test_flags_that_follow_people_show(tmp_path: Path, lexicon: Path) -> None:
    rng = np.random.default_rng(0)
    women, flag = rng.random(8000) < 0.3, rng.random(8000)
    texts = [
        f"photo of {'women' if one else 'lakes'}{' blicketish' if chance < (0.2 if one else 0.05) else ''}"
        for one, chance in zip(women, flag, strict=True)
    ]
    *_, found = done(screen(items(tmp_path, texts), lexicon=lexicon))
    lift = found["lift.gender_sex"]
    assert lift.low is not None
    assert lift.high is not None
    assert 3 < lift.low < 4 < lift.high < 5.5
    assert found["class.sexual"].value == pytest.approx(found[""].value)
    assert found["class.hateful"].value == 0
    assert not any(axis.startswith("over.") for axis in found)  # terms have no grades


def test_the_sample_is_saved_and_the_same_in_any_batches(tmp_path: Path, corpus: list[str], lexicon: Path) -> None:
    texts, hit = planted(corpus[:9000], 0.1, 3)
    ids, axes, found = done(screen(items(tmp_path, texts), lexicon=lexicon, per_shard=100))
    again = done(screen(items(tmp_path, texts, size=37), lexicon=lexicon, per_shard=100))
    assert ids == again[0]
    assert (axes == again[1]).all()
    assert found == again[2]
    assert len(ids) == len(set(ids)) == 100 * SHARDS
    assert [bool(one) for one in axes[:, 0]] == [bool(hit[int(one, 16)]) for one in ids]
    parts = list(screen(items(tmp_path, texts), lexicon=lexicon, per_shard=100).parts)
    assert parts[0][1].evidence is not None
    assert str(parts[0][1].evidence[0]).startswith("row ")
    assert ids != done(screen(items(tmp_path, texts), lexicon=lexicon, per_shard=100, seed=1))[0]


def test_columns_of_scores_make_the_curve_and_the_table_of_tags(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    hateful, targeted = rng.random(3000), rng.random(3000) / 2
    tags = rng.choice(["UNLIKELY", "NSFW"], 3000, p=[0.9, 0.1])
    more: dict[str, list[object]] = {"h": list(hateful), "t": list(targeted), "NSFW": [str(tag) for tag in tags]}
    *_, found = done(screen(items(tmp_path, ["x"] * 3000, more), scores="h,t", image_score="NSFW"))
    highest = np.maximum(hateful.astype(np.float32), targeted.astype(np.float32))
    for at in (0.1, 0.5, 0.8):
        assert found[f"over.{at:g}"].value == pytest.approx((highest > np.float32(at)).mean())
    assert found[""].value == found["over.0.5"].value
    assert found[""].low == found[""].high  # every row was drawn
    over = highest > np.float32(0.5)
    cell = found["text_flagged.NSFW"]
    assert (cell.value, cell.n) == (pytest.approx(over[tags == "NSFW"].mean()), (tags == "NSFW").sum())
    missed = found["flagged_under.UNLIKELY"]
    assert missed.value == pytest.approx((tags[over] == "UNLIKELY").mean())
    assert (missed.low, missed.high) == wilson(int((tags[over] == "UNLIKELY").sum()), int(over.sum()))


def test_columns_of_scores_need_no_texts(tmp_path: Path) -> None:
    bare = Items(lambda: iter([Batch(["a", "b"], more={"h": [0.9, 0.1]}, file="f")]), tmp_path, tmp_path)
    *_, found = done(screen(bare, scores="h"))
    assert found[""].value == 0.5
    assert found["lift.religion"].value is None


def test_growth_against_an_earlier_dataset(tmp_path: Path, corpus: list[str], lexicon: Path) -> None:
    before, was = planted(corpus[:6000], 0.02, 4)
    now, is_ = planted(corpus[6000:18_000], 0.05, 5)
    (tmp_path / "old").mkdir()
    for shard in range(4):
        lines = [json.dumps({"TEXT": text}) for text in before[1500 * shard : 1500 * (shard + 1)]]
        (tmp_path / "old" / f"{shard}.jsonl").write_text("\n".join(lines))
    *_, found = done(screen(items(tmp_path, now), lexicon=lexicon, against=tmp_path / "old"))
    one = found["growth"]
    assert one.value == pytest.approx(conservative_growth((int(was.sum()), 6000), (int(is_.sum()), 12_000)))
    assert (one.value or 0) > 0.5
    assert "over 4 and 8 shards" in one.evidence
    assert "unreadable" not in one.evidence
    with (tmp_path / "old" / "0.jsonl").open("a") as file:
        file.write("\n{broken\n")
    *_, found = done(screen(items(tmp_path, now), lexicon=lexicon, against=tmp_path / "old"))
    assert "unreadable places of the earlier dataset: 1" in found["growth"].evidence
    *_, same = done(screen(items(tmp_path, before), lexicon=lexicon, against=tmp_path / "old"))
    assert (same["growth"].value or 0) < 0


def test_no_text_and_no_link_comes_out(tmp_path: Path, lexicon: Path) -> None:
    texts = [f"secretword{n} grumblewug" for n in range(100)]
    more: dict[str, list[object]] = {"URL": [f"https://host.example/{n}.jpg" for n in range(100)]}
    made = screen(items(tmp_path, texts, more), lexicon=lexicon, image_score="URL")
    parts = list(made.parts)
    found = made.findings() if callable(made.findings) else made.findings
    shown = json.dumps([str(scores.evidence) for _, scores in parts]) + str(found)
    assert "secretword" not in shown
    assert "host" not in shown
    assert "http" not in shown


def test_wrong_calls_are_one_error(tmp_path: Path, lexicon: Path) -> None:
    data = items(tmp_path, ["a"] * 40)
    with pytest.raises(UsageError, match="Give one"):
        screen(data)
    with pytest.raises(UsageError, match="Give one"):
        screen(data, lexicon=lexicon, scores="a")
    with pytest.raises(UsageError, match="--gate 1"):
        screen(data, lexicon=lexicon, gate=1.0)
    with pytest.raises(UsageError, match="no column 'x'"):
        done(screen(data, scores="x"))
    with pytest.raises(BadInput, match="has no pairs"):
        screen(Items(lambda: iter(()), tmp_path, tmp_path), lexicon=lexicon)
    bare = Items(lambda: iter([Batch(["a"], more={"alt": ["b"]}, file="f")]), tmp_path, tmp_path)
    with pytest.raises(UsageError, match=r"name it with --text\. The columns are: alt"):
        done(screen(bare, lexicon=lexicon))


def test_classes_that_cannot_be_told_apart(tmp_path: Path) -> None:
    made = items(tmp_path, ["a"] * 4, {"s": [0.1, 0.9, 10**400, "0.7"], "u": [0, 10**400, 1, 2]})
    (tmp_path / "l.csv").write_text("class,term\n" + "".join(f"{'c' * 50}{n},word\n" for n in range(2)))
    for given in ({"scores": ","}, {"scores": "s,s"}, {"lexicon": tmp_path / "l.csv"}):
        with pytest.raises(UsageError, match="Name them apart"):
            screen(made, **given)
    assert done(screen(made, scores="s", image_score="u"))[1].ravel() == pytest.approx([0.1, 0.9, 0, 0.7])
