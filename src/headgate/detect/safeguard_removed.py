r"""Safeguards that a parent has and its fork no longer has: a safety checker, a gate, a refusal ablated.

Reads: `edges` (finetune, merge, quantized, copy), `files`, `artifacts` (card, gated, author, sha).
Finds: 1 where a fork lacks, hollowed out or renamed a safety component that its parent lists, where a gated parent's
weights are offered without a gate by another account, or where the card names refusal ablation or switches the safety
checker off; 0 where a safeguard was compared and is there; NULL where the two could not be compared. The
evidence says what, where and against which parent. It reports that a safeguard is gone, not how to remove one.
Cannot see: what files hold. A checker that model_index.json or code switches off while its files stay, a filter
removed inside a script, a template moved into tokenizer_config.json, or a stub padded to size looks unchanged. Forks
packed in another way (GGUF, adapters) are not compared. A card may speak of another model than its own.
Reference: Rando et al., "Red-Teaming the Stable Diffusion Safety Filter" (2022), for what the filter is;
Arditi et al., "Refusal in Language Models Is Mediated by a Single Direction" (2024), for ablation.
Checked against: 20 scripted forks and 20 unchanged ones; see docs/methods/safeguard_removed.md.
"""

from __future__ import annotations

from headgate.shapes import Db, Relation

SENSITIVE = True
HARM = "use"
RISKS = ("1.3", "2.3", "3.3", "4.3")

_GUARD = (
    r"safety[-_]?(checker|filter|classifier|module|head)|safe[-_]?guards?|guard[-_]?rails?|watermark(er|ing)?|"
    r"nsfw[-_]?(filter|checker|detector|classifier)|content[-_]?filter|moderation|guard"
)
# A folder so named, or a file whose stem is just that: a model that is itself a guard has no guard as a part.
_COMPONENT = rf"^(?:.*/)?(?:{_GUARD})(?:/|\.[a-z0-9]+$)"
_NO_PART = r"\.(png|jpe?g|webp|gif|md|txt|gguf)$"
_TOOLING = (
    r"abliterat(ed|ion|e|ing)|\bheretic\b|refusal[- ](direction|vector|feature)s?|"
    r"(refusals?|safety|alignment)[- ](ablation|removal)|(ablat|remov|orthogonali[sz])(ed|es|ing|e) (the |its |all )?"
    r"(model'?s? )?(refusals?|safety (alignment|filters?|guardrails?))|directional ablation"
)
_NEGATED = (
    r"\b(not|never|no|non|without|un|isn'?t|wasn'?t|unlike|versus|vs\.?|compared (to|with)|instead of|rather than)[- ]*"
    rf"((an?|the|any|been|yet|be|using|use|other|further) )*({_TOOLING})"
)
_SWITCHED_OFF = r"(safety_checker\s*=\s*none|requires_safety_checker\s*=\s*false)"

# What packs a repository: its folders and root configuration. Weights and cards are named anew by every fork.
_SQL = r"""
WITH pairs AS (
    SELECT e.child, e.parent, bool_or(e.relation IN ('quantized', 'copy')) AS same_weights
    FROM edges AS e JOIN artifacts AS c ON c.ref = e.child JOIN artifacts AS p ON p.ref = e.parent
    WHERE e.relation IN ('finetune', 'merge', 'quantized', 'copy', 'unlearned') AND e.confidence >= $min_confidence
      AND e.child <> e.parent AND c.kind <> 'dataset'
    GROUP BY ALL
),
listed AS (
    SELECT f.artifact, f.path, f.size, f.sha256,
           CASE WHEN regexp_matches(lower(f.path), $component) AND NOT regexp_matches(lower(f.path), $no_part)
                THEN regexp_replace(regexp_extract(lower(f.path), $component, 0), '(/|\.[a-z0-9]+)$', '') END AS part,
           CASE WHEN contains(f.path, '/') THEN split_part(f.path, '/', 1) || '/'
                WHEN ends_with(f.path, '.json') AND NOT ends_with(f.path, '.index.json') THEN f.path END AS layout
    FROM files AS f SEMI JOIN (SELECT unnest([child, parent]) AS ref FROM pairs) AS r ON f.artifact = r.ref
),
parts AS (
    SELECT artifact, part, max(size) AS size, list(sha256) FILTER (sha256 IS NOT NULL AND size > 1024) AS hashes
    FROM listed WHERE part IS NOT NULL GROUP BY ALL
),
layouts AS (SELECT DISTINCT artifact, layout FROM listed WHERE layout IS NOT NULL AND part IS NULL),
templates AS (
    SELECT artifact, path, size, sha256 FROM listed WHERE path IN ('chat_template.jinja', 'chat_template.json')
),
alike AS (  -- packed alike, so that what one lacks the other dropped
    SELECT pairs.child, pairs.parent
    FROM pairs SEMI JOIN (SELECT artifact FROM parts UNION FROM (SELECT artifact FROM templates)) AS g
         ON g.artifact = pairs.parent
    JOIN layouts AS p ON p.artifact = pairs.parent
    LEFT JOIN layouts AS c ON c.artifact = pairs.child AND c.layout = p.layout
    GROUP BY ALL HAVING count(c.layout) >= 2 AND count(c.layout) >= 0.5 * count(*)
),
moved AS (
    SELECT a.child, a.parent, p.part, min(l.path) AS path
    FROM alike AS a JOIN (SELECT artifact, part, unnest(hashes) AS sha256 FROM parts) AS p ON p.artifact = a.parent
    JOIN listed AS l ON l.artifact = a.child AND l.sha256 = p.sha256 GROUP BY ALL
),
compared AS (
    SELECT a.child, a.parent, p.part, p.size AS was, c.part AS kept, c.size AS is_, m.path AS moved
    FROM alike AS a JOIN parts AS p ON p.artifact = a.parent
    LEFT JOIN parts AS c ON c.artifact = a.child AND c.part = p.part
    LEFT JOIN moved AS m ON m.child = a.child AND m.parent = a.parent AND m.part = p.part
),
carded AS (
    SELECT ref, lower(card) AS card, regexp_replace(lower(card), $negated, ' ', 'g') AS said
    FROM artifacts WHERE kind <> 'dataset' AND card IS NOT NULL
),
signs AS (
    SELECT child AS subject, parent, CASE WHEN kept IS NULL OR is_ < 0.01 * was THEN 1 ELSE 0 END AS found,
           part || CASE WHEN kept IS NULL AND moved IS NOT NULL THEN ' renamed to ' || left(moved, 100)
                        WHEN kept IS NULL THEN ' missing'
                        WHEN is_ < 0.01 * was THEN ' hollow: ' || is_ || ' of ' || was || ' bytes'
                        WHEN is_ IS NULL OR was IS NULL THEN ' there, size not known' ELSE ' there' END AS what
    FROM compared
    UNION ALL
    SELECT a.child, a.parent,
           CASE WHEN c.sha256 = p.sha256 THEN if($templates, 0, NULL)
                WHEN c.sha256 <> p.sha256 OR c.size <> p.size OR (c.path IS NULL AND t.sha256 = u.sha256)
                THEN if($templates, 1, NULL) END,
           p.path || CASE WHEN c.sha256 = p.sha256 THEN ' unchanged'
                          WHEN c.sha256 <> p.sha256 OR c.size <> p.size THEN ' changed'
                          WHEN c.path IS NULL THEN ' missing' ELSE ' there, content not known' END
    FROM alike AS a JOIN templates AS p ON p.artifact = a.parent
    LEFT JOIN templates AS c ON c.artifact = a.child AND c.path = p.path
    LEFT JOIN listed AS t ON t.artifact = a.child AND t.path = 'tokenizer_config.json'
    LEFT JOIN listed AS u ON u.artifact = a.parent AND u.path = 'tokenizer_config.json'
    UNION ALL
    SELECT child, parent, CASE WHEN c.gated = 'no' THEN 1 WHEN c.gated IS NOT NULL THEN 0 END,
           'gate (' || p.gated || ')' || CASE WHEN c.gated = 'no' THEN ' gone' WHEN c.gated IS NOT NULL THEN ' there'
                                              ELSE ' not known of the fork' END
    FROM pairs JOIN artifacts AS c ON c.ref = child JOIN artifacts AS p ON p.ref = parent
    WHERE same_weights AND p.gated IN ('auto', 'manual') AND c.author IS DISTINCT FROM p.author
    UNION ALL
    SELECT ref, NULL, 1, 'card: ' || regexp_extract(said, $tooling, 0) FROM carded WHERE regexp_matches(said, $tooling)
    UNION ALL
    SELECT ref, NULL, 1, 'card code: ' || regexp_extract(card, $switched_off, 0)
    FROM carded WHERE regexp_matches(card, $switched_off)
),
summed AS (
    SELECT *, max(found) OVER (PARTITION BY subject) AS value,
           bool_or(parent IS NOT NULL AND found IS NOT NULL) OVER (PARTITION BY subject) AS compared FROM (
        FROM signs UNION ALL
        SELECT child, parent, NULL, 'nothing to compare' FROM pairs ANTI JOIN signs ON signs.subject = pairs.child
    )
)
SELECT s.subject, any_value(s.value) AS value,
       -- a card can only accuse, so what nobody compared stays out of shares
       any_value(s.compared)::INT AS n,
       left(string_agg(DISTINCT s.what || coalesce('; parent ' || s.parent, ''), ' | '
                       ORDER BY s.what || coalesce('; parent ' || s.parent, '')), 400)
           || any_value(coalesce(' at ' || left(a.sha, 12), '')) AS evidence
FROM summed AS s JOIN artifacts AS a ON a.ref = s.subject
WHERE s.found IS NOT DISTINCT FROM s.value GROUP BY s.subject
"""


def detect(db: Db, *, min_confidence: float = 0.5, templates: bool = False) -> Relation:
    """Findings subject, value (1 removed, 0 compared and there, NULL not comparable), evidence (what, where, parent).

    `min_confidence` leaves out links that are less certain; `templates` takes the chat template for a safeguard: one
    that was changed or dropped counts as removed, where it is otherwise only told.
    """
    return db.sql(
        _SQL,
        params={
            "min_confidence": min_confidence, "templates": templates, "component": _COMPONENT, "no_part": _NO_PART,
            "tooling": _TOOLING, "negated": _NEGATED, "switched_off": _SWITCHED_OFF,
        },
    )  # fmt: skip
