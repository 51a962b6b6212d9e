"""How well a judge tells safe Chinese texts from unsafe ones, by class; or what it says of texts without labels.

Reads: rows with `text` and, where known, `label`, `category`, `subcategory`, `jurisdiction`; answers or losses of a
model asked elsewhere may stand in `answer`, `loss_safe` and `loss_unsafe` (see chinese_verdicts).
Finds: for each row whether it is judged unsafe, or that the answer was a refusal or could not be parsed, which are
outcomes of their own. Of the whole: the share judged unsafe; with labels accuracy, over-blocking (safe judged unsafe),
what was missed, refusals and unparsable answers, in all and by class, with Wilson intervals. What only one legal regime
forbids is left out unless `jurisdiction` names it, and then counted under its code and in no total.
Cannot see: harm that the judge does not know; whether labels are right; how a model answers another question than ours.
The built-in judge knows insults about race, region and gender in comments (COLD), and no other class.
Reference: Zhang et al., "ChineseSafe: A Chinese Benchmark for Evaluating Safety in Large Language Models",
arXiv:2410.18491. Its class names and scores are not reproduced: the data was not at hand.
Checked against: 50 rows counted by hand; COLD's test part for the built-in judge; see the page.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from headgate.errors import BadInput, UsageError
from headgate.shapes import Batch, Finding, Items, Scores, Screened
from headgate.tables import DATA
from headgate.texts.chinese_verdicts import Counts, Outcome, Row, findings, parsed, row, share, weighed
from headgate.texts.decode import decoded

READS = "table"
RISKS = ("1.1", "1.3", "4.4")
_MOST = 2_000  # classes, by label and outcome: each is named in findings
AXES = ("refused", "unparsable", "unlawful")

Protocol: TypeAlias = Literal["generation", "perplexity"]
Judges: TypeAlias = Callable[[list[str]], list[Outcome]]
Seen: TypeAlias = Callable[[list[str]], list[bool]]


def screen(
    items: Items,
    *,
    model: Path | None = None,
    protocol: Literal["generation", "perplexity"] = "generation",
    jurisdiction: str | None = None,
    deobfuscate: bool = True,
) -> Screened:
    """Verdicts on the rows, and how they compare with the labels; raises `BadInput` where no row has a text.

    `model` is the folder of a causal language model in safetensors; without it recorded answers or losses are read, and
    rows that have none go to the built-in judge; `protocol` is generation (what the model answers) or perplexity (the
    verdict that it finds likelier); `jurisdiction` is the code of a legal regime, such as CN, whose own classes are to
    be judged too, apart from the others; `deobfuscate` has disguised texts judged with the disguise undone, and recall
    told for both.
    """
    law = (jurisdiction or "").strip().upper()
    if jurisdiction is not None and not (law.isascii() and law.isalpha()):
        msg = f"jurisdiction {jurisdiction!r} is no code. Give letters, such as CN."
        raise UsageError(msg)
    judge, seen = _judge(model, protocol)
    told = _Told(Counter(), Counter(), Counter(), Counter())

    def verdicts(some: list[Row]) -> list[Outcome]:
        said = [None if model else _recorded(one, protocol) for one in some]
        asked = [one for one, outcome in zip(some, said, strict=True) if outcome is None]
        answers = iter(_asked(asked, judge, seen, told, deobfuscate=deobfuscate))
        return [next(answers) if outcome is None else outcome for outcome in said]

    def parts() -> Iterator[tuple[Sequence[str], Scores]]:
        for batch in items.batches():
            yield batch.ids, _scores(batch, law, verdicts, told)

    return Screened(parts(), AXES, lambda: _findings(told, deobfuscate=deobfuscate))


def _recorded(one: Row, protocol: Protocol) -> Outcome | None:
    if protocol == "generation":
        return None if one.answer is None else parsed(one.answer)
    return None if one.losses is None else weighed(*one.losses)


def _asked(some: list[Row], judge: Judges, seen: Seen, told: _Told, *, deobfuscate: bool) -> list[Outcome]:
    """What the judge says of the texts, with disguises undone where that is asked for."""
    texts = [one.text for one in some]
    told.learnt.update(seen(texts))
    outcomes = judge(texts)
    told.written.update(outcome for one, outcome in zip(some, outcomes, strict=True) if one.unsafe and not one.law)
    if not deobfuscate:
        return outcomes
    read = {n: plain.text for n, text in enumerate(texts) if (plain := decoded(text)).changes}
    again = dict(zip(read, judge(list(read.values())), strict=True))
    return [again.get(n, outcome) for n, outcome in enumerate(outcomes)]


class _Told(NamedTuple):
    """What the rows add up to: outcomes by class, of unsafe texts as written, rows left out by law, texts learnt."""

    counts: Counts
    written: Counter[Outcome]
    left: Counter[str]
    learnt: Counter[bool]


def _judge(folder: Path | None, protocol: Protocol) -> tuple[Judges, Seen]:
    """What says verdicts on texts, and what tells which of them it was trained on, as far as that is known."""
    if folder is None:
        return _built_in()
    from headgate.texts.chinese_judge import load

    asked = load(folder)

    def judge(texts: list[str]) -> list[Outcome]:
        if protocol == "perplexity":
            return [weighed(*asked.losses(text)) for text in texts]
        return [parsed(asked.answer(text)) for text in texts]

    return judge, lambda texts: [False] * len(texts)


def _built_in() -> tuple[Judges, Seen]:
    from headgate.texts.linear_text import log_odds
    from headgate.texts.linear_text_file import load, was_seen

    model = load(DATA / "chinese_safe.npz")

    def judge(texts: list[str]) -> list[Outcome]:
        odds = log_odds(model, [unicodedata.normalize("NFKC", text).casefold() for text in texts])[:, 0]
        return ["unparsable" if np.isnan(one) else "unsafe" if one >= 0 else "safe" for one in odds]

    def seen(texts: list[str]) -> list[bool]:
        ids = [sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
        return [bool(one) for one in was_seen(model, ids)]

    return judge, seen


def _scores(batch: Batch, law: str, verdicts: Callable[[list[Row]], list[Outcome]], told: _Told) -> Scores:
    score = np.full(len(batch.ids), np.nan, dtype=np.float32)
    axes = np.full((len(batch.ids), len(AXES)), np.nan, dtype=np.float32)
    evidence: list[str | None] = [None] * len(batch.ids)
    judged: dict[int, Row] = {}
    for n in range(len(batch.ids)):
        cells = {name: column[n] for name, column in batch.more.items()}
        one = row(cells | {"text": batch.texts[n]} if batch.texts else cells)
        if one is None:
            evidence[n] = "no text"
        elif one.law and one.law != law:
            told.left[one.law] += 1
            evidence[n] = f"left out: a class of the law of {one.law}"
        else:
            judged[n] = one
    for (n, one), outcome in zip(judged.items(), verdicts(list(judged.values())), strict=True):
        told.counts[one.law, one.where, one.unsafe, outcome] += 1
        if len(told.counts) + len(told.left) > _MOST:
            msg = f"more than {_MOST:,} classes, so category or jurisdiction hold something else. Rename them."
            raise BadInput(msg)
        evidence[n] = outcome
        axes[n, :2] = outcome == "refused", outcome == "unparsable"
        if outcome in ("safe", "unsafe"):
            if one.law:  # what is unlawful somewhere is no harm
                axes[n, 2] = outcome == "unsafe"
            else:
                score[n] = outcome == "unsafe"
    return Scores(score, axes, evidence)


def _findings(told: _Told, *, deobfuscate: bool) -> list[Finding]:
    if not told.counts and not told.left:
        msg = "no row has a text. Name its column with --text; the others are on the page of the method."
        raise BadInput(msg)
    judged = Counter({key[3]: 0 for key in told.counts})
    for (law, _, _, outcome), many in told.counts.items():
        judged[outcome] += many * (not law)
    verdicts = judged["unsafe"] + judged["safe"]
    found = [share("", judged["unsafe"], verdicts, "rows with a verdict are judged unsafe"), *findings(told.counts)]
    if deobfuscate and told.written:
        unsafe = told.written["unsafe"]
        found.append(share("recall_as_written", unsafe, unsafe + told.written["safe"], "unsafe rows, as written"))
    if told.learnt[True]:
        found.append(share("learnt", told.learnt[True], told.learnt.total(), "texts: the judge was trained on them"))
    every = told.counts.total() + told.left.total()
    for law, many in sorted(told.left.items()):
        found.append(share(f"left_out.{law}", many, every, f"rows are of a class of the law of {law}: not judged"))
    return found
