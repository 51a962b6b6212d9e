r"""The six middle-ground controls of each artifact: in place with evidence, only claimed in prose, or missing.

Reads: `artifacts`, `files`, `observations`, `findings` (norm_statements); data/controls.csv, data/licence_terms.csv.
Finds: of licence with use terms, stated norms, technical limits, monitoring, gating and staged release how many are in
place (`2 of 6 in place`). A file, a flag or a field is evidence; words of a card alone are `claimed only`; `missing`
needs a card that was read or a field that says no, else it is `not known`; `unknown` where nothing was looked at. Rows
`control:<kind>` tell cost, measured effect and both sides of each control and of openness.
Cannot see: what happens outside the hub (moderation, bans, logs of a host), files where none were listed, words other
than English, whether a control works. Findings of sensitive checks are left out, since decisions leave the workspace.
Reference: Widder, "Openness in AI Production: Upsides, Downsides, and Middle Ground Approaches" (talk, 2023).
Checked against: 30 real repositories scored by hand by one reader; see docs/methods/control_plan.md.
"""

from __future__ import annotations

from headgate import tables
from headgate.licences import knowledge, resolve
from headgate.shapes import Db, Relation

KINDS = ("licence", "norms", "limits", "monitoring", "gating", "staged")

_FILES = {
    "norms": r"(^|/)(code[-_]of[-_]conduct|((acceptable|prohibited|responsible)[-_])?us(e|age)[-_]policy|"
    r"acceptable[-_]use|responsible[-_]use|prohibited[-_]uses?)[^/]*\.(md|txt|pdf|rst)$",
    "limits": r"^(.*/)?(safety[-_]?(checker|filter|classifier)|guard[-_]?rails?|watermark(er|ing)?|"
    r"(nsfw|content)[-_]?(filter|checker|detector|classifier)|moderation)(/|\.[a-z0-9]+$)",
    "monitoring": r"(^|/)(security|reporting|report[-_](abuse|misuse)|incident[^/]*)\.(md|txt|rst)$",
}
_PROSE = {
    "licence": r"(licen[cs]e|terms)[^.\n]{0,80}(prohibit|forbid|restrict|not permit|disallow)\w*[^.\n]{0,40}",
    "norms": r"(not|never|only) (be )?(intended|suitable|permitted|allowed|meant)( to be used)? (for|to)\b[^.\n]{0,60}|"
    r"(intended|meant|released|use)( \w+){0,2} for (research|educational|academic|non-commercial)[^.\n]{0,20} "
    r"(only|purposes?)|(must|should|shall|may|do|can) ?not (be )?(used?|deploy(ed)?)\b[^.\n]{0,60}|"
    r"recommend against (using|deploying)[^.\n]{0,40}|"
    r"(is|are) out[- ]of[- ]scope|"
    r"(out[- ]of[- ]scope|prohibited|malicious|acceptable) us(e|es|age)[ :*_-]{1,6}\w[^.\n]{0,40}|"
    r"prohibited[ :*_-]{1,6}\w[^.\n]{0,40}|"
    r"responsible (use guide|ai development|use of)[^.\n]{0,40}|limit misuse|"
    r"(^|\n)#+ *(intended|out-of-scope|prohibited) uses?[^\n]*\s+[^#\[\s][^\n]{20,60}",
    "limits": r"(safety|nsfw|content|toxicity) ?-?_?(checkers?|filters?|classifiers?)\b[^.\n]{0,40}|"
    r"watermark(s|ed|ing)?\b[^.\n]{0,40}|guardrails?\b[^.\n]{0,40}|"
    r"steps to (limit|reduce|prevent) (misuse|harm)[^.\n]{0,40}",
    "monitoring": r"report(ing)? (any |all |the )?(\w+ )?(misuse|abuse|violations?|vulnerability|vulnerabilities|"
    r"harmful|incidents?)[^.\n]{0,40}|"
    r"we (will )?(monitor|log|review) [^.\n]{0,20}(use|usage|requests|outputs)\b|take-?down request|bug bounty",
    "gating": r"extra_gated_\w+|"
    r"(request|apply for|gated) access (to|for) (the|this|our) (model|weights|checkpoint|dataset)",
    "staged": r"(staged|gradual|phased) release[^.\n]{0,40}|(weights|checkpoints?|code|dataset|models?)[^.\n]{0,30} "
    r"(will be (released|uploaded|published|open[- ]sourced)|coming soon)[^.\n]{0,30}",
}
# Words that say that a limit is gone claim none.
_NEGATED = (
    r"\b(no|without|remov\w+|(disable[ds]?|disabling)|bypass\w*|lacks?|not (have|include|contain|use)) ([a-z]+ ){0,3}"
    r"(safety|nsfw|content|toxicity) ?-?_?(checkers?|filters?|classifiers?)|"
    r"\b(no|without|remov\w+|(disable[ds]?|disabling)|bypass\w*|lacks?) ([a-z]+ ){0,3}"
    r"(watermark\w*|guardrails?|moderation)|safety_checker\s*=\s*none|\[?more information needed\]?"
)

_LISTED = f"""
SELECT artifact, {", ".join(f"bool_or(regexp_matches(lower(path), $file_{kind})) AS {kind}" for kind in _FILES)}
FROM files GROUP BY artifact
"""
# A semicolon parts the controls in `because`, so that no card can write one of its own.
_WORDS = (
    "left(trim(regexp_replace(regexp_extract(prose, $prose_{kind}, 0), '[;()[:space:]]+', ' ', 'g')), 60) AS {kind}"
)
_READ = f"""
SELECT ref, {", ".join(_WORDS.format(kind=kind) for kind in KINDS)} FROM (
    SELECT ref, regexp_replace(regexp_replace(lower(card), '(?s)<!--.*?(-->|$)', ' ', 'g'), $negated, ' ', 'g') AS prose
    FROM artifacts WHERE card IS NOT NULL
)
"""
_TOLD = """
SELECT a.ref, a.gated, a.card IS NOT NULL OR a.has_card = false AS looked, l.artifact IS NOT NULL AS listed,
    r.licence AS restricting,
    len(a.licences) > 0 OR coalesce(a.licence_source = 'terms', false) AS licensed,
    l.norms AS f_norms, l.limits AS f_limits, l.monitoring AS f_monitoring, w.ref IS NOT NULL AS was_gated,
    nullif(p.licence, '') AS p_licence, coalesce(nullif(p.norms, ''), n.told) AS p_norms,
    nullif(p.limits, '') AS p_limits, nullif(p.monitoring, '') AS p_monitoring, nullif(p.gating, '') AS p_gating,
    nullif(p.staged, '') AS p_staged
FROM artifacts AS a LEFT JOIN listed AS l ON l.artifact = a.ref LEFT JOIN read AS p ON p.ref = a.ref
LEFT JOIN (SELECT DISTINCT ref FROM observations WHERE gated IN ('auto', 'manual')) AS w
    ON w.ref = a.ref AND a.gated = 'no'
LEFT JOIN restricting AS r ON r.ref = a.ref
LEFT JOIN (
    SELECT subject, max(run) AS run, 'see norm_statements' AS told FROM findings
    WHERE "check" = 'norm_statements' AND value = 1 AND NOT sensitive GROUP BY subject
) AS n ON n.subject = a.ref AND n.run >= a.run
"""
# Of several licences any one binds only who chooses it; one that restricts uses is still a control that is there.
_RESTRICTING = """
SELECT s.ref, min(i.id) AS licence
FROM (SELECT ref, unnest(list_append(licences, licence_name)) AS stated FROM artifacts) AS s
JOIN licence_ids AS i USING (stated) WHERE list_contains($restricting, i.id) GROUP BY s.ref
"""
_EVIDENCE = {
    "licence": "restricting",
    "norms": "if(f_norms, 'a file of rules', NULL)",
    "limits": "if(f_limits, 'a file', NULL)",
    "monitoring": "if(f_monitoring, 'a file says where to report', NULL)",
    "gating": "if(gated IN ('auto', 'manual'), 'the hub asks first: ' || gated, NULL)",
    "staged": "if(was_gated, 'it was gated before', NULL)",
}
_KNOWN = {"licence": "looked OR licensed", "gating": "gated IS NOT NULL"}
_SCORED = ", ".join(
    f"""CASE WHEN {_EVIDENCE[kind]} IS NOT NULL THEN 'in place (' || {_EVIDENCE[kind]} || ')'
        WHEN p_{kind} IS NOT NULL THEN 'claimed only (card: ' || p_{kind} || ')'
        WHEN {_KNOWN.get(kind, "looked")} THEN 'missing' ELSE 'not known' END AS {kind}"""
    for kind in KINDS
)
_IN_PLACE = " + ".join(f"starts_with({kind}, 'in place')::INT" for kind in KINDS)
_SQL = f"""
WITH listed AS ({_LISTED}), read AS ({_READ}), restricting AS ({_RESTRICTING}), told AS ({_TOLD}),
scored AS (SELECT ref, listed, {_SCORED} FROM told)
SELECT ref AS subject,
    CASE WHEN {" AND ".join(f"{kind} = 'not known'" for kind in KINDS)} THEN 'unknown'
         ELSE ({_IN_PLACE}) || ' of 6 in place' END AS decision,
    concat_ws('; ', {", ".join(f"'{kind}: ' || {kind}" for kind in KINDS)},
        if(listed, NULL, 'no files were listed')) AS because
FROM scored
UNION ALL SELECT * FROM control_costs
"""


def govern(db: Db) -> Relation:
    """Decisions subject, decision (such as `2 of 6 in place`), because (one entry for each control)."""
    costs = [_cost(row) for row in tables.rows("controls.csv")]
    restricting = [id_ for id_, terms in knowledge.terms().items() if any(t.term == "use_restrictions" for t in terms)]
    resolve.make_table(db)
    db.execute("CREATE OR REPLACE TEMP TABLE control_costs (subject VARCHAR, decision VARCHAR, because VARCHAR)")
    db.executemany("INSERT INTO control_costs VALUES (?, ?, ?)", costs)
    params: dict[str, object] = {f"file_{kind}": words for kind, words in _FILES.items()}
    params |= {f"prose_{kind}": words for kind, words in _PROSE.items()}
    return db.sql(_SQL, params=params | {"negated": _NEGATED, "restricting": restricting})


def _cost(row: dict[str, str]) -> list[str]:
    void = "; void once the weights can be kept" if row["void_when_downloadable"] == "yes" else ""
    sides = f"for it: {row['upside']}; against it: {row['downside']}"
    because = f"{row['name']}{void}; cost: {row['cost']}; {sides}; {row['source']}"
    return [f"control:{row['kind']}", f"effect {row['effect']}", because]
