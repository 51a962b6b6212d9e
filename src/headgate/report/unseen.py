"""What nobody looked at: cards, files, checks, methods that were not run, hubs that were not collected."""

from __future__ import annotations

from headgate import catalog
from headgate.evidence.intervals import small
from headgate.report.shapes import Check, Unseen
from headgate.report.words import shown
from headgate.shapes import Db

# A Civitai version is part of its model: what was seen of it was seen of the model, and it is not counted twice.
_MODELS = """
WITH owners AS (SELECT ref, CASE WHEN kind = 'version' THEN coalesce(version_of, ref) ELSE ref END AS owner
                FROM report_artifacts),
     whole AS (SELECT DISTINCT owner FROM owners)
"""
_COUNTS = f"""
{_MODELS}
SELECT (SELECT count(*) FROM report_artifacts WHERE kind <> 'version'),
       (SELECT count(*) FROM report_artifacts WHERE kind <> 'version' AND has_card IS NULL
            AND coalesce(len(licences), 0) = 0 AND licence_source IS DISTINCT FROM 'terms'),
       (SELECT count(*) FROM whole),
       (SELECT count(*) FROM whole ANTI JOIN (SELECT owner FROM owners SEMI JOIN files ON artifact = ref) AS o
            ON o.owner = whole.owner)
"""
_LOOKED = f"""
{_MODELS}
SELECT "check", count(DISTINCT owner) FROM findings JOIN owners ON ref = subject GROUP BY ALL ORDER BY 1
"""
_WANTED = {
    "Hugging Face models": ("huggingface", "model"),
    "Hugging Face datasets": ("huggingface", "dataset"),
    "Civitai models": ("civitai", "model"),
}


def unseen(db: Db, checks: tuple[Check, ...], done: set[tuple[str, str]]) -> tuple[Unseen, ...]:
    """All of it, given the `checks` and which (stage, method) were run; needs the table `report_artifacts`."""
    known = {(row[0], row[1]) for row in db.execute("SELECT DISTINCT hub, kind FROM report_artifacts").fetchall()}
    listed = [
        Unseen(f"{name}: no artifact was collected", None, None) for name, pair in _WANTED.items() if pair not in known
    ]
    if ("collect", "civitai") in done:
        text = "models that Civitai leaves out of its public listing: those flagged as a real person or a minor"
        listed.append(Unseen(text, None, None))
    licensed, bare, count, no_files = db.execute(_COUNTS).fetchall()[0]
    if bare:
        listed.append(Unseen("no licence known and the card never looked at", bare, licensed))
    if no_files:
        listed.append(Unseen("no list of files, so copies are not told by their hashes", no_files, count))
    for name, looked in db.execute(_LOOKED).fetchall():
        check = next((c for c in checks if c.check == shown(name, 48)), None)
        if looked < count and not (check and check.sensitive and small(looked)):
            listed.append(Unseen(f"not looked at by {shown(name, 48)}", count - looked, count))
    for stage in ("link", "detect", "govern"):
        missing = [method.name for method in catalog.methods(stage) if (stage, method.name) not in done]
        if stage == "govern":  # the others answer a question that somebody asks
            missing = [name for name in missing if name in catalog.AUDITED]
        listed += [Unseen(f"{stage} {name} has not been run", None, None) for name in missing]
    return tuple(listed)
