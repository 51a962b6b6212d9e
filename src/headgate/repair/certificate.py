"""The certificate of a removal: what took part, by its hashes, every check, the verdict, and what it allows one to say.

It is an in-toto statement in canonical JSON, so whoever signs attestations can sign it as it is.
Reference: in-toto Attestation Framework, Statement v1 (https://in-toto.io/Statement/v1).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

import headgate
from headgate.errors import BadInput
from headgate.folders import content_hash, files, hashed
from headgate.repair.canonical import canonical
from headgate.repair.claims import Status, statuses, words
from headgate.repair.examples import digest
from headgate.repair.json_fields import document
from headgate.repair.record import Outcome, certificate_of
from headgate.repair.shapes import Behaviour, Certificate, Check, Examples, ForgetSet, Model, Subject

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:headgate:removal-certificate:v1"
_PACKAGES = ("numpy", "scipy", "torch", "transformers", "scikit-learn", "peft")


def certify(
    subject: Subject, forget: ForgetSet, parts: Mapping[str, Behaviour], checks: Sequence[Check], *,
    before: str | None, after: str | None, method: str, settings: Mapping[str, object], seeds: Mapping[str, object],
    references: int, required: Sequence[str] = ("behaviour_rate",),
) -> Certificate:  # fmt: skip
    """The certificate of one removal.

    `before` and `after` are the hashes of the weights (see `weights`; None where a model cannot be written); `parts`
    the behaviour by role; `required` the tests without which nothing is concluded; `seeds` what was drawn from what.
    """
    verdict, because = judged(checks, required)
    return Certificate(
        verdict, because,
        {"name": subject.name, "ref": subject.ref, "kind": subject.adapter.kind, "weights": before,
         "train": digest(subject.train.ids), "items": len(subject.train)},
        {"ids": digest(forget.ids), "items": len(forget.ids), "known": forget.known, "reason": forget.reason},
        {"method": method, "settings": dict(settings), "seeds": dict(seeds), "weights": after, "references": references,
         "required": list(required), "versions": versions()},
        {role: _split(part) for role, part in parts.items()}, tuple(checks), words(_found(checks)),
    )  # fmt: skip


def judged(checks: Sequence[Check], required: Sequence[str]) -> tuple[Outcome, str]:
    """The verdict and, in one line, why: not held where any check leaks or is over; inconclusive where a required
    test is missing or told nothing, or none told anything; held otherwise.
    """
    broken = [one for one in checks if one.verdict in {"leaks", "over"}]
    if broken:
        return "not held", "; ".join(f"{_named(one)} {one.verdict}{_by(one)}" for one in broken)
    found = _found(checks)
    open_ = [f"{test} {'told nothing' if test in found else 'did not run'}" for test in required
             if found.get(test) != "held"]  # fmt: skip
    held = [test for test, status in found.items() if status == "held"]
    if open_ or not held:
        return "inconclusive", "; ".join(open_ or ["no test told anything"])
    rest = [test for test, status in found.items() if status == "open"]
    return "held", "; ".join([f"{', '.join(held)} held", *([f"{', '.join(rest)} told nothing"] if rest else [])])


def statement(certificate: Certificate) -> str:
    """The certificate as an in-toto statement in canonical JSON; raises `BadInput` for values that JSON cannot hold."""
    weights = certificate.removal.get("weights")
    # a model that cannot be written is what its makers say it is: named by how it was made
    named = weights or sha256(canonical(dict(certificate.removal)).encode()).hexdigest()
    return canonical({
        "_type": TYPE,
        "subject": [{"name": certificate.subject.get("name") or "model", "digest": {"sha256": named}}],
        "predicateType": PREDICATE,
        "predicate": asdict(certificate),
    })  # fmt: skip


def verify(
    text: str, *, before: str | None = None, after: str | None = None, train: Examples | None = None,
    forget: ForgetSet | None = None, parts: Mapping[str, Behaviour] | None = None,
) -> Certificate:  # fmt: skip
    """The certificate in `text`, once all that is given agrees with it: hashes of weights, ids, splits, its own
    verdict and claims. Raises `BadInput` in one line for anything else.
    """
    whole = document(text, "the certificate")
    if canonical(whole.values) != text.rstrip("\n"):
        whole.bad("is not in canonical form: it was changed or written by another program")
    if whole.values.get("_type") != TYPE or whole.values.get("predicateType") != PREDICATE:
        whole.bad(f"is no {PREDICATE} in an in-toto statement")
    found = certificate_of(whole.inside("predicate"))
    if statement(found) != text.rstrip("\n"):
        whole.bad("says of its subject or besides what its predicate does not say")
    required = found.removal.get("required")
    if not isinstance(required, list) or not all(isinstance(one, str) for one in required):
        whole.bad("has a verdict that does not follow from its checks, for lack of the tests that it requires")
    if (found.verdict, found.because) != judged(found.checks, required):
        whole.bad("has a verdict that does not follow from its checks")
    if tuple(found.claims) != words(_found(found.checks)):
        whole.bad("claims what its checks do not allow")
    given = {
        "weights before": (before, found.subject.get("weights")),
        "weights after": (after, found.removal.get("weights")),
        "training items": (None if train is None else digest(train.ids), found.subject.get("train")),
        "forget set": (None if forget is None else digest(forget.ids), found.forget.get("ids")),
        **{f"{role} part": (_split(part), found.splits.get(role)) for role, part in (parts or {}).items()},
    }
    for what, (here, there) in given.items():
        if here is not None and here != there:
            whole.bad(f"is of other {what}: {str(there)[:16]}, not {here[:16]}")
    return found


def weights(subject: Subject, model: Model) -> str | None:
    """sha256 of what `model` writes to disk, as of a folder; None where its kind cannot be written."""
    if subject.adapter.save is None:
        return None
    with TemporaryDirectory() as folder:
        subject.adapter.save(model, Path(folder))
        return folder_hash(Path(folder))


def folder_hash(folder: Path) -> str:
    """sha256 of the names and hashes of the files in `folder`; raises `BadInput` where any cannot be read."""
    problems: list[tuple[str, str]] = []
    found = [(inside, hashed(path, inside, problems)) for path, inside in files(folder, folder.resolve(), problems)]
    if problems or not found:
        msg = f"{folder}: {' '.join(problems[0]) if problems else 'holds no files'}. Name the folder of a model."
        raise BadInput(msg)
    return content_hash((inside, one[0]) for inside, one in found if one)


def place(workspace: Path, ref: str) -> Path | None:
    """Where the workspace keeps the certificate of the repaired model `ref`; None where `ref` is no hash of weights."""
    found = re.fullmatch(r"file:sha256:([0-9a-f]{64})", ref)
    return workspace / "reports" / f"certificate-{found[1]}.json" if found else None


def versions() -> dict[str, str]:
    """Versions of Headgate, Python and the packages that models are made of, as far as they are installed."""
    found = {"headgate": headgate.__version__, "python": ".".join(map(str, sys.version_info[:3]))}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _split(part: Behaviour) -> str:
    return digest([*(f"query {one}" for one in part.queries.ids), *(f"clean {one}" for one in part.clean.ids)])


def _found(checks: Sequence[Check]) -> dict[str, Status]:
    return statuses((one.test, one.axis, one.verdict) for one in checks)


def _named(one: Check) -> str:
    return f"{one.test} ({one.axis})" if one.axis else one.test


def _by(one: Check) -> str:
    if one.after is None:
        return ""
    return f" at {one.after:.3f}" + ("" if one.reference is None else f" against {one.reference:.3f}")
