from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput
from headgate.repair.canonical import canonical
from headgate.repair.certificate import certify, folder_hash, judged, statement, verify, weights
from headgate.repair.examples import digest, examples, take
from headgate.repair.shapes import Adapter, Behaviour, Certificate, Check, Doubles, Examples, ForgetSet, Role, Subject
from tests.repairs import CHECKS

ITEMS = examples(np.arange(12.0).reshape(12, 1), np.zeros(12), ids=[f"item-{n}" for n in range(12)])
FORGET = ForgetSet(("item-3", "item-1"), "named", 0.5)
HELD = (CHECKS[0], CHECKS[4])


def outcomes(model: float, items: Examples) -> Doubles:
    return np.full(len(items), model)


def save(model: float, folder: Path) -> None:
    (folder / "model.txt").write_text(str(model))


def subject(*, saved: bool = True) -> Subject:
    adapter = Adapter("classes", outcomes, outcomes, outcomes, lambda model: model, save=save if saved else None)
    return Subject("toy", 0.5, ITEMS, adapter, ref="file:sha256:aa")


def parts() -> dict[Role, Behaviour]:
    cut: dict[Role, list[int]] = {"query": [0, 1], "validation": [2, 3], "proof": [4, 5]}
    return {role: Behaviour(role, take(ITEMS, at), take(ITEMS, [one + 6 for one in at])) for role, at in cut.items()}


def made(checks: tuple[Check, ...] = HELD, **changes: object) -> Certificate:
    one = subject()
    found = certify(one, FORGET, parts(), checks, before=weights(one, 0.5), after=weights(one, 0.25), method="npo",
                    settings={"rate": 0.001}, seeds={"removal": 3}, references=2)  # fmt: skip
    return replace(found, **changes)  # type: ignore[arg-type]


def test_it_holds_hashes_settings_and_what_may_be_said() -> None:
    found = made()
    assert (found.verdict, found.because) == ("held", "behaviour_rate, quantisation held")
    # sha256 of the ids in order, a line each
    assert found.forget["ids"] == hashlib.sha256(b"item-1\nitem-3").hexdigest()
    assert found.subject["train"] == digest(ITEMS.ids)
    listed = f"model.txt\0{hashlib.sha256(b'0.25').hexdigest()}\n"
    assert found.removal["weights"] == hashlib.sha256(listed.encode()).hexdigest()
    assert len({*found.splits.values()}) == 3
    assert [one.split(":")[0] for one in found.claims] == ["On held-out items the behaviour is as rare as it should be"]
    versions = found.removal["versions"]
    assert isinstance(versions, dict)
    assert {"headgate", "python", "numpy"} <= set(versions)


def with_verdict(*verdicts: str) -> list[Check]:
    return [replace(CHECKS[0], test=test, axis="", verdict=verdict)  # type: ignore[arg-type]
            for test, verdict in zip(("behaviour_rate", "relearning", "membership"), verdicts, strict=False)]  # fmt: skip


@pytest.mark.parametrize(
    ("verdicts", "required", "verdict", "because"),
    [(("held", "held"), ["behaviour_rate", "relearning"], "held", "behaviour_rate, relearning held"),
     (("held", "held", "inconclusive"), ["behaviour_rate"], "held",
      "behaviour_rate, relearning held; membership told nothing"),
     (("held",), ["behaviour_rate", "relearning"], "inconclusive", "relearning did not run"),
     (("held", "inconclusive"), ["relearning"], "inconclusive", "relearning told nothing"),
     (("inconclusive",), [], "inconclusive", "no test told anything"),
     ((), [], "inconclusive", "no test told anything"),
     (("held", "leaks"), ["behaviour_rate"], "not held", "relearning leaks at 0.007 against 0.001"),
     (("inconclusive", "over"), ["membership"], "not held", "relearning over at 0.007 against 0.001")],
)  # fmt: skip
def test_verdicts(verdicts: tuple[str, ...], required: list[str], verdict: str, because: str) -> None:
    assert judged(with_verdict(*verdicts), required) == (verdict, because)


def test_the_statement_is_canonical_in_toto() -> None:
    text = statement(made())
    whole = json.loads(text)
    assert text == canonical(whole)
    assert set(whole) == {"_type", "subject", "predicateType", "predicate"}
    assert whole["_type"] == "https://in-toto.io/Statement/v1"
    assert whole["subject"] == [{"digest": {"sha256": made().removal["weights"]}, "name": "toy"}]
    assert statement(made()) == text


def test_verifying_gives_the_certificate_back() -> None:
    one = subject()
    found = verify(statement(made()) + "\n", before=weights(one, 0.5), after=weights(one, 0.25), train=ITEMS,
                   forget=FORGET, parts=parts())  # fmt: skip
    assert found == made()
    # in whatever order the ids come
    assert verify(statement(made()), forget=replace(FORGET, ids=FORGET.ids[::-1]))


@pytest.mark.parametrize(
    ("given", "said"),
    [({"after": "0" * 64}, "other weights after"), ({"before": "0" * 64}, "other weights before"),
     ({"train": take(ITEMS, [0, 1])}, "other training items"), ({"forget": ForgetSet(("item-2",), "")}, "other forget set"),
     ({"parts": {"proof": parts()["query"]}}, "other proof part"),
     ({"parts": {"proof": replace(parts()["proof"], queries=parts()["query"].queries)}}, "other proof part"),
     ({"parts": {"proof": replace(parts()["proof"], clean=parts()["query"].clean)}}, "other proof part")],
)  # fmt: skip
def test_what_it_was_not_made_of_is_told(given: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said) as raised:
        verify(statement(made()), **given)  # type: ignore[arg-type]
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"verdict": "not held"}, "does not follow"), ({"because": "trust me"}, "does not follow"),
     ({"claims": ("It cannot come back.",)}, "claims what its checks do not allow"), ({"claims": ()}, "claims what"),
     ({"checks": HELD[:1], "because": "behaviour_rate held", "removal": {"weights": "a"}}, "does not follow")],
)  # fmt: skip
def test_a_verdict_or_claim_that_does_not_follow_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        verify(statement(made(**changes)))


def test_a_text_that_was_changed_is_refused() -> None:
    text = statement(made())
    whole = json.loads(text)

    def required(tests: object) -> object:
        removal = {**whole["predicate"]["removal"], "required": tests}
        return {**whole, "predicate": {**whole["predicate"], "removal": removal}}

    for bad, said in (
        (json.dumps(whole), "canonical form"), (text.replace("toy", "boy", 1), "what its predicate does not say"),
        (canonical({**whole, "_type": "x"}), "in-toto statement"), (canonical({**whole, "extra": 1}), "does not say"),
        (canonical({**whole, "subject": [{"digest": {"sha256": "0" * 64}, "name": "toy"}]}), "does not say"),
        (canonical(required([["a"]])), "does not follow"), (canonical(required("behaviour_rate")), "does not follow"),
        ("nonsense", "not JSON"), (canonical({**whole, "predicate": 1}), "needs an object"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=said):
            verify(bad)


def test_a_model_that_cannot_be_written_is_named_by_its_making() -> None:
    one = subject(saved=False)
    assert weights(one, 0.5) is None
    found = certify(
        one, FORGET, parts(), HELD, before=None, after=None, method="m", settings={}, seeds={}, references=0
    )
    assert len(json.loads(statement(found))["subject"][0]["digest"]["sha256"]) == 64
    assert verify(statement(found)) == found


def test_the_hash_of_a_folder_is_of_names_and_contents(tmp_path: Path) -> None:
    for name, content in (("a", "x"), ("b", "y")):
        (tmp_path / name).write_text(content)
    first = folder_hash(tmp_path)
    (tmp_path / "b").write_text("z")
    assert folder_hash(tmp_path) != first
    (tmp_path / "b").write_text("y")
    assert folder_hash(tmp_path) == first
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="holds no files"):
        folder_hash(tmp_path / "empty")
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(BadInput, match="cannot be found"):
        folder_hash(tmp_path)
