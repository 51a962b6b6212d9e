"""Whether a declared use meets a use restriction of an artifact or of anything it was made from.

Reads: `artifacts`, `edges`, licences as `headgate.licences` knows them (`data/licence_terms.csv`, and
`licence_inheritance.csv` for what each relation passes on), the words of uses in `data/use_clauses.csv`.
Finds: `block` where the use is one that a licence in the chain forbids, with clause, node and path; `unknown` where
somebody must ask: a clause that may speak of it, words that no list holds, a licence that nobody knows, a relation of
which the law is not settled; `allow` where every licence is known and every word of the use is an ordinary one.
Cannot see: what the use really is, clauses that no table holds, parents that nobody declared. It reads English words
and no sense: many an allowed use ends in a question. No legal advice.
Reference: Contractor et al., "Behavioral Use Licensing for Responsible AI" (FAccT 2022).
Checked against: 108 pairs of use and clause labelled by hand; see docs/methods/declared_use.md.
"""

from __future__ import annotations

from headgate import chains, refs, uses
from headgate.errors import UsageError
from headgate.licences import knowledge
from headgate.plain import plain
from headgate.shapes import Db, Relation

_TOLD = 12  # reasons in words; more are counted
_OTHERS = ("research", "threshold", "geography", "use-policy")


def govern(db: Db, *, use: str, ref: str, cleared: str | None = None, data: bool = True) -> Relation:
    """One decision about the use: subject `use:<text>`, decision (block, unknown or allow), because.

    `use` is what the artifact is to do, in a few words, such as "medical diagnosis chatbot, commercial"; `ref` is the
    artifact; `cleared` names the clauses, separated by commas, that somebody competent found not to touch the use: they
    raise no more questions, but a conflict stays; `data` counts the licences of training data.
    Raises `UsageError` where the use or the ref cannot be read, or a clause is not known.
    """
    clear = _cleared(cleared)
    asked = str(refs.parse(ref))
    nodes, cut = chains.upstream(db, asked, data=data)
    conflicts: list[str] = []
    questions: list[str] = ["the chain is longer than what was walked"] if cut else []
    for node in nodes:
        bad, open_ = _at(use, node, clear)
        conflicts += [f"conflict: {text}" for text in bad]
        questions += [f"ask: {text}" for text in open_]
    decision = "block" if conflicts else "unknown" if questions else "allow"
    told = list(dict.fromkeys([*conflicts, *questions])) or [f"no clause of {len(nodes)} artifacts speaks of it"]
    more = [f"and {len(told) - _TOLD} more"] if len(told) > _TOLD else []
    because = f"{plain(asked)}: " + "; ".join([*told[:_TOLD], *more])
    db.execute("CREATE OR REPLACE TEMP TABLE declared_use (subject VARCHAR, decision VARCHAR, because VARCHAR)")
    db.execute("INSERT INTO declared_use VALUES (?, ?, ?)", [f"use:{plain(use)}", decision, because])
    return db.sql("FROM declared_use")


def _cleared(text: str | None) -> frozenset[str]:
    given = frozenset(part for part in (text or "").replace(",", " ").split())
    known = uses.slugs() | set(_OTHERS)
    if wrong := sorted(given - known):
        msg = f"no clause {wrong[0][:40]!r} to clear. There are {', '.join(sorted(known))}."
        raise UsageError(msg)
    return given


def _at(use: str, node: chains.Node, clear: frozenset[str]) -> tuple[list[str], list[str]]:
    """What stands against the use at one artifact: conflicts, and questions."""
    where = f"{plain(node.ref)}{f' (path: this{plain(node.path, 400)})' if node.path else ''}"
    if node.licences is None or not node.licences:
        return [], [f"{node.known} at {where}"]
    conflicts: list[str] = []
    questions: list[str] = []
    for licence in node.licences:
        clauses = _clauses(licence, use)
        if clauses is None:
            questions.append(f"no table holds the terms of {licence} at {where}")
            continue
        for slug, touch, term in clauses:
            words = ", ".join(repr(plain(word, 40)) for word in touch.words) or "the use"
            place = f"{slug} in {licence} at {where}: {term.words} ({term.source})"
            if touch.level == "conflict" and node.sure:
                conflicts.append(f"{words} is forbidden by {place}")
            elif touch.level == "conflict":
                questions.append(f"{words} is forbidden by {place}; whether that is inherited is not settled")
            elif touch.level == "may" and slug not in clear:
                questions.append(f"{words} may be meant by {place}")
        strange = {slug: touch.words for slug, touch, _ in clauses if touch.level == "strange" and slug not in clear}
        if strange:
            words = ", ".join(repr(plain(word, 40)) for word in next(iter(strange.values())))
            questions.append(
                f"no list of words knows {words}, so {', '.join(strange)} in {licence} may be meant, at {where}"
            )
    return conflicts, questions


def _clauses(licence: str, use: str) -> list[tuple[str, uses.Touch, knowledge.Term]] | None:
    """Every clause of `licence` about uses, and how the use touches it; None where nothing is known of its terms."""
    terms = knowledge.terms_of(licence)
    if not terms:
        return None
    named = any(term.term == "restricted_use" for term in terms)
    listed = {(term.value if term.term == "restricted_use" else term.term): term for term in terms}
    found = []
    for term in terms:
        if term.term == "restricted_use":
            found.append((term.value, uses.touch(use, term.value), term))
        elif (term.term, term.value) == ("commercial", "no") and "research_only" not in listed:
            found.append((uses.COMMERCIAL, _money(use), term))
        elif term.term == "research_only":
            found.append(("research", uses.Touch("none", ()) if uses.for_research(use) else _money(use), term))
        elif term.term.startswith("threshold_") and not uses.not_for_money(use):
            found.append(("threshold", uses.Touch("may", ()), term))
        elif term.term == "outputs_train" and term.value != "yes" and "competing-model" not in listed:
            touch = uses.touch(use, "competing-model")
            found.append(("competing-model", touch if term.value == "no" or touch.level != "conflict"
                          else touch._replace(level="may"), term))  # fmt: skip
        elif term.term == "geography" or (term.term == "use_restrictions" and not named):
            found.append(("geography" if term.term == "geography" else "use-policy", uses.Touch("may", ()), term))
    return found


def _money(use: str) -> uses.Touch:
    if uses.not_for_money(use):
        return uses.Touch("none", ())
    touch = uses.touch(use, uses.COMMERCIAL)
    return touch if touch.level == "conflict" else uses.Touch("may", touch.words if touch.level == "may" else ())
