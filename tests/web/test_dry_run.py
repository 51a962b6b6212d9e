from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from headgate import policy as policies
from headgate.policy import Policy, Rule
from headgate.policy_waivers import Waiver
from headgate.web import dry_run
from headgate.web.dry_run_shapes import Outcome
from headgate.web.snapshot import Snapshot, take

NOW = datetime.now(UTC).replace(tzinfo=None)
OPEN = ("licence_missing", "licence_conflict")


@pytest.fixture(scope="module")
def snapshot(hub: Any) -> Snapshot:
    return take(hub[0].path)


def _rule(check: str, **given: Any) -> Rule:
    fields: dict[str, Any] = {
        "name": check, "check": check, "at_most": 0.0, "at_least": None, "missing": "unknown", "then": "block",
        "kinds": ("model", "dataset", "version"), "sensitive": False,
    }  # fmt: skip
    return Rule(**fields | given)


def _compare(snapshot: Snapshot, before: Policy, after: Policy) -> Outcome:
    return dry_run.compare(snapshot, before, after, NOW, lambda step, db: None)


def _verdict(rules: list[Rule], kind: str, values: dict[str, float | None]) -> str:
    """The gate's law once more: any block blocks, else any unknown is unknown; a kind that no rule covers is unknown."""
    said = []
    for rule in rules:
        if kind not in rule.kinds:
            continue
        value = values.get(rule.check)
        broken = value is not None and rule.at_most is not None and value > rule.at_most
        said.append(rule.missing if value is None else rule.then if broken else "allow")
    if not said:
        return "unknown"
    return "block" if "block" in said else "unknown" if "unknown" in said else "allow"


def _facts(hub: Any) -> list[tuple[str, str, str, bool, dict[str, float | None]]]:
    db = hub[0].db.cursor()
    values: dict[str, dict[str, float | None]] = {}
    for ref, check, value in db.execute(
        'SELECT f.subject, f."check", f.value FROM findings AS f JOIN artifacts AS a ON a.ref = f.subject AND f.run >= a.run'
    ).fetchall():
        values.setdefault(ref, {})[check] = value
    people = {row[0] for row in db.execute("SELECT DISTINCT ref FROM observations WHERE person").fetchall()}
    rows = db.execute("SELECT ref, hub, kind FROM artifacts").fetchall()
    return [(ref, where, kind, ref in people, values.get(ref, {})) for ref, where, kind in rows]


def test_the_counts_are_those_of_the_law_worked_out_by_hand(hub: Any, snapshot: Snapshot) -> None:
    before = [_rule("licence_missing"), _rule("licence_conflict")]
    after = [_rule("licence_missing", then="unknown", kinds=("model",)), _rule("licence_conflict", missing="block")]
    found = _compare(snapshot, Policy("a", tuple(before)), Policy("b", tuple(after)))
    moves: Counter[tuple[str, str]] = Counter()
    kinds: Counter[tuple[str, str, str, str]] = Counter()
    persons: Counter[tuple[str, str]] = Counter()
    for _, where, kind, person, values in _facts(hub):
        way = _verdict(before, kind, values), _verdict(after, kind, values)
        moves[way] += 1
        persons[way] += person
        kinds[(where, kind, *way)] += 1
    assert {(m.before, m.after): m.count for m in found.moves if m.count} == dict(moves)
    assert {(m.before, m.after): m.persons for m in found.moves if m.count} == dict(persons)
    assert found.changed == sum(n for (old, new), n in moves.items() if old != new) > 0
    for one in found.kinds:
        mine = {
            way: n
            for (hub_, kind, *way), n in ((k, n) for k, n in kinds.items())
            if (hub_, kind) == (one.hub, one.kind)
            for way in [tuple(way)]
        }
        assert one.after.block == sum(n for way, n in mine.items() if way[1] == "block")
        assert one.before.allow == sum(n for way, n in mine.items() if way[0] == "allow")
        assert one.changed == sum(n for way, n in mine.items() if way[0] != way[1])


def test_slices_do_not_change_the_answer(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    after = Policy("b", (_rule("licence_missing", at_most=1.0), _rule("licence_conflict")))
    whole = _compare(snapshot, policies.read(), after)
    monkeypatch.setattr(dry_run, "SLICE", 97)
    assert _compare(snapshot, policies.read(), after) == whole


def test_examples_are_the_most_downloaded_of_those_that_depict_nobody(hub: Any, snapshot: Snapshot) -> None:
    before, after = [_rule("licence_missing")], [_rule("licence_missing", at_most=1.0)]
    found = _compare(snapshot, Policy("a", tuple(before)), Policy("b", tuple(after)))
    (move,) = [one for one in found.moves if (one.before, one.after) == ("block", "allow")]
    changed = {ref: person for ref, _, kind, person, values in _facts(hub)
               if (_verdict(before, kind, values), _verdict(after, kind, values)) == ("block", "allow")}  # fmt: skip
    downloads = dict(hub[0].db.cursor().execute("SELECT ref, coalesce(downloads, -1) FROM artifacts").fetchall())
    free = sorted((ref for ref, person in changed.items() if not person), key=lambda ref: -downloads[ref])
    assert move.count == len(changed)
    assert move.persons == sum(changed.values()) > 0
    assert {one.ref for one in move.examples} <= set(free)
    assert [downloads[one.ref] for one in move.examples] == [downloads[ref] for ref in free[:50]]
    assert all(one.before.startswith("broken: licence_missing") and one.after == "" for one in move.examples)


def test_a_waiver_of_an_open_rule_counts_and_is_told(snapshot: Snapshot) -> None:
    plain = Policy("a", (_rule("licence_missing"),))
    one = _compare(snapshot, plain, replace(plain, rules=(_rule("licence_missing", at_most=1.0),)))
    ref = next(move for move in one.moves if move.before == "block" and move.after == "allow").examples[0].ref
    waiver = Waiver(ref, "licence_missing", "a letter", "legal", date(2999, 1, 1))
    found = _compare(snapshot, plain, replace(plain, waivers=(waiver,)))
    assert found.changed == 1
    (example,) = next(move for move in found.moves if move.before == "block" and move.after == "allow").examples
    assert example.ref == ref
    assert "waived" in example.after
    assert found.effects[0].waived == 1
    late = replace(plain, waivers=(replace(waiver, expires=date(2020, 1, 1)),))
    assert _compare(snapshot, plain, late).changed == 0


def test_nothing_of_a_sensitive_rule_tells_of_one_artifact(hub: Any, snapshot: Snapshot) -> None:
    """Whoever holds the pages asks two policies that differ in one artifact, of which it is known what was found."""
    db = hub[0].db.cursor()
    flagged = [row[0] for row in db.execute(
        'SELECT subject FROM findings WHERE "check" = \'uncensored_name\' AND value = 1').fetchall()]  # fmt: skip
    assert len(flagged) > 10
    hidden = _rule("uncensored_name", sensitive=True, stale_after_days=None)
    shut = _rule("licence_missing", at_most=-1.0)  # nobody keeps this one
    for rules in ((hidden,), (hidden, shut)):
        plain = Policy("a", rules)
        told = []
        for ref in (flagged[0], "hf:model:nobody/nothing"):
            names = [rule.name for rule in rules]
            waivers = tuple(Waiver(ref, name, "try", "me", date(2999, 1, 1), covers="both") for name in names)
            found = _compare(snapshot, plain, replace(plain, waivers=waivers))
            told.append(next(one for one in found.effects if one.sensitive))
            if rules == (hidden,):
                assert found.changed == 0
                assert not any(move.examples for move in found.moves)
        assert told[0] == told[1]
    stale = _compare(snapshot, Policy("a", (hidden,)), Policy("a", (replace(hidden, stale_after_days=0.001),)))
    assert stale.effects[0].broken == told[0].broken
    assert stale.changed == 0


def test_the_count_of_a_sensitive_rule_is_that_of_the_findings_in_tens(hub: Any, snapshot: Snapshot) -> None:
    found = _compare(snapshot, policies.read(), policies.read())
    (effect,) = [one for one in found.effects if one.sensitive]
    assert effect.check == "uncensored_name"
    true = Counter(
        "none" if values.get("uncensored_name") is None else "broken" if values["uncensored_name"] else "kept"
        for _, _, kind, _, values in _facts(hub) if kind in ("model", "version")
    )  # fmt: skip
    assert effect.of == true.total()
    assert effect.broken == true["broken"] // 10 * 10 > 0
    assert effect.kept == true["kept"] // 10 * 10
    assert found.sensitive == (effect.rule,)


def test_a_check_whose_findings_are_marked_sensitive_is_taken_for_such(hub: Any, snapshot: Snapshot) -> None:
    # a policy that was read before the check became sensitive says nothing of it
    found = _compare(snapshot, Policy("a", (_rule("uncensored_name"),)), Policy("b", (_rule("licence_missing"),)))
    assert [one.sensitive for one in found.effects] == [False, True]


def test_withheld_refs_stand_in_no_reason(snapshot: Snapshot) -> None:
    """A licence is broken along a path of the lineage, and what is withheld may stand on it."""
    db = snapshot.cursor()
    never = {row[0] for row in db.execute("SELECT ref FROM shelf.nodes WHERE withheld").fetchall()}
    asks = Policy("a", (_rule("licence_conflict", then="unknown", missing="block"),))
    found = _compare(snapshot, asks, Policy("b", (_rule("licence_conflict", at_most=1.0, missing="unknown"),)))
    said = [text for move in found.moves for one in move.examples for text in (one.before, one.after)]
    assert said
    assert never
    assert not [ref for ref in never for text in said if ref in text]


def test_what_becomes_of_each_rule_is_said(snapshot: Snapshot) -> None:
    before = Policy("a", (_rule("licence_missing"), _rule("licence_conflict", name="gone"), _rule("licence_conflict")))
    after = Policy("b", (_rule("licence_missing", then="unknown"), _rule("licence_conflict"), _rule("artefact_completeness", name="n")))  # fmt: skip
    found = _compare(snapshot, before, after)
    assert [(one.rule, one.standing) for one in found.effects] == [
        ("licence_missing", "changed"), ("licence_conflict", "same"), ("n", "new"), ("gone", "removed"),
    ]  # fmt: skip
