"""Indicators of misuse in the usage log of one's own service, and a queue of pseudonyms for people to look at.

Reads: a provider's own log (account, time, and endpoint, size, status, origin as far as it has them), rules in TOML,
and a stated legal basis, without which it refuses. Rows older than `days` are not used; the log is not copied.
Finds: for each indicator how many accounts meet it, with its context and what looking costs privacy; a queue of
keyed pseudonyms. An indicator is a reason to look, never a reason to act: nothing here says that anybody did wrong.
Cannot see: content; intent; who shares an account well or badly; whoever spreads over many accounts; how many false
alarms there are on your log, since nobody labelled it.
Reference: Javadi, Norval, Cloete, Singh (2021), Monitoring AI Services for Misuse, AIES, doi 10.1145/3461702.3462566.
Checked against: synthetic logs with planted patterns; see docs/methods/misuse_indicators.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from pathlib import Path

from headgate.errors import UsageError
from headgate.keys import installation_key
from headgate.misuse import patterns, review_queue, rules, usage_log
from headgate.misuse.review_queue import Entry
from headgate.misuse.rules import Rule
from headgate.misuse.usage_log import Kept, Names
from headgate.shapes import Finding, Measured, Shown

SENSITIVE = True
HARM = "use"
RISKS = ("2.1", "4.2", "4.3", "4.4")
MOST_DAYS = 365

OBJECTION = (
    "objection: all of this depends on trusting the monitor. Whoever runs it sees everybody, answers to nobody in the "
    "log, and may widen the rules; ask who reviews the reviewers, and tell the accounts that they are monitored"
)


def measure(
    *, log: Path, basis: str | None = None, rules_file: Path | None = None, days: int = 30, as_of: str | None = None,
    account: str = "account", time: str = "time", endpoint: str = "endpoint", size: str = "size",
    status: str = "status", origin: str = "", queue: int = 50,
) -> Measured:  # fmt: skip
    """How many accounts meet each indicator, and a queue of their pseudonyms.

    `log` is a CSV, JSON lines or Parquet file of your own service; `basis` is the legal basis of this processing,
    in words, required; `rules_file` is a TOML file of indicators [default: those that ship];
    `days` is how many days before `as_of` are used at all; `as_of` is the date (UTC) from which they count
    [default: now]; `account` names the column of the account; `time` names that of the time (a timestamp in UTC, or
    seconds since 1970); `endpoint` names that of the endpoint, '' if there is none; `size` names that of the size or
    number of items; `status` names that of whether it was refused; `origin` names that of a hash of the address or
    key; `queue` is how many accounts are listed. Raises `UsageError` and `BadInput`, in words that quote no row.
    """
    said = _basis(basis)
    if not 1 <= days <= MOST_DAYS or queue < 0:
        msg = f"{days} days and a queue of {queue}. Give 1 to {MOST_DAYS} days, as few as will do."
        raise UsageError(msg)
    known = rules.read(rules_file)
    names = Names(account, time, endpoint or None, size or None, status or None, origin or None)
    db, kept = usage_log.open_log(log, names, as_of=_moment(as_of), days=days)
    try:
        looked = [rule for rule in known if not patterns.missing(rule, names.known())]
        found = patterns.all_strengths(db, log, looked)
    finally:
        db.close()
    with log.open("rb") as file:
        ref = f"file:sha256:{file_digest(file, 'sha256').hexdigest()}"
    return Measured(
        ref,
        [_finding(rule, found.get(rule.name), kept) for rule in known],
        tables=(_queue(review_queue.queue(found, installation_key())[:queue]),),
        notes=[
            OBJECTION,
            f"legal basis as stated by whoever ran this, and checked by nobody: {said}",
            *(f"{rule.name}: {rule.context} Privacy cost: {rule.privacy}" for rule in known),
            f"{kept.rows} rows of the last {days} days were used; {kept.older} outside them were not, and "
            f"{kept.unread} without an account or a time could not be",
        ],
    )


def _queue(entries: Sequence[Entry]) -> Shown:
    rows = [(one.pseudonym, ", ".join(one.indicators), one.band) for one in entries]
    return Shown("queue for people to look at", ("account", "indicators", "strongest"), rows)


def _finding(rule: Rule, found: dict[str, float] | None, kept: Kept) -> Finding:
    if found is None:
        lacks = ", ".join(rules.READS[rule.pattern])
        return Finding(rule.name, None, None, None, 0, f"could not be looked for: the log has no column for {lacks}")
    return Finding(rule.name, float(len(found)), None, None, kept.accounts,
                   f"accounts that meet it, of {kept.accounts}; a reason to look, not to act")  # fmt: skip


def _basis(basis: str | None) -> str:
    if basis is None or len(basis.split()) < 2:
        msg = (
            "no legal basis is stated. Monitoring accounts needs one: state it in words by --basis, such as "
            "--basis 'legitimate interest (GDPR Art. 6(1)(f)), assessment of 2026-05-04'."
        )
        raise UsageError(msg)
    return basis


def _moment(text: str | None) -> datetime:
    try:
        given = datetime.now(UTC) if text is None else datetime.fromisoformat(text)
        moment = given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
        moment - timedelta(days=MOST_DAYS)
    except (ValueError, OverflowError) as error:
        msg = f"--as-of {text[:40]!r} is no date. Write 2026-05-04."  # type: ignore[index]
        raise UsageError(msg) from error
    return moment
