r"""Models trained on data whose name, tags or description says that it is harmful, and what was made from them.

Reads: `edges` (trained_on; finetune, adapter, merge, quantized, copy), `artifacts` (datasets: name, tags, description;
models: name, pipeline), `labels` (question harmful_data) on datasets or models, which outweigh the words.
Finds: 1 where declared training data says so, or that of an ancestor up to four links up: the evidence is the path, and
the value is the same, since nothing here measures how much was kept; 0 where declared data was looked at and none says
so; NULL where it may serve a defence (classifiers, guards, benchmarks, preference pairs) and where no data is declared,
then with n = 0.
Cannot see: data nobody declared, which is most; the content of any data set; data whose words are in other languages.
Of data that was not collected only the name is seen. Words for the abuse of children are not among those looked for.
Reference: none is implemented; the three classes are those of docs/methods/uncensored.md.
Checked against: 120 hand-labelled datasets of the shared data; see docs/methods/harmful_data.md.
"""

from __future__ import annotations

from headgate.disguises import disguised
from headgate.shapes import Db, Relation

SENSITIVE = True
HARM = "use"
RISKS = ("1.3", "3.3", "4.3")

# Data made to undo alignment or with the refusals taken out; `outright` words take even that back.
_EXPLICIT = (
    r"(^|[^a-z])(un[-_ ]?censor(ed)?|de[-_ ]?censored|un[-_ ]?aligned|unalignment|de[-_ ]?(aligned|alignment)|"
    r"abliterat(ed|ion)|no[-_ ]?refusals?|refusals?[-_ ]?(free|removed)|"
    r"(wizard|vicuna|sharegpt|alpaca)[a-z0-9_-]*unfiltered)([^a-z]|$)"
)
_OUTRIGHT = (
    r"(^|[^a-z])(classif[a-z]*|detect[a-z]*|guard[a-z]*|moderat[a-z]*|bench[a-z]*|eval[a-z]*|detox[a-z]*|defen[cs]e)"
    r"([^a-z]|$)"
)
_WORDS = (
    r"toxic(ity)?|uncensored|unaligned|jailbreaks?|jailbroken|harmful|nsfw|hate(ful|speech)?|evil|gore|erotic(a)?|"
    r"porn[a-z]*|lewd[a-z]*|hentai|smut|4chan|malicious|unsafe"
)
_HARMFUL = rf"(^|[^a-z])({_WORDS})([^a-z]|$)|lewd|nsfw"
_NOT = rf"(^|[^a-z])(non|not|no|never|without|less|zero|anti)[-_ ]?({_WORDS})([^a-z]|$)"
# In prose most such words warn of content or tell what was filtered out, so only what is said outright counts.
_PROSE = (
    r"\b(uncensored|unalignment|un-?aligned|de-?aligned|highly harmful|predominantly nsfw|"
    r"nsfw (stories|content ahead|role-?play)|(contains|includes|with|produces?) (explicit |graphic )?"
    r"(nsfw|erotic|pornographic|sexual) (content|stories|text|material|fiction))\b"
)
_NEGATED = (
    r"\b(no|not|non|without|free of|excludes?|excluding|filter(s|ed|ing)?( out)?|remov(e|es|ed|ing)|against|"
    rf"avoid(s|ed)?)[- ]+([a-z]+ ){{0,3}}({_PROSE})"
)
_DEFENCE = (
    r"(^|[^a-z])(classif[a-z]*|detect[a-z]*|guard[a-z]*|safety|moderat[a-z]*|reward|bench[a-z]*|[a-z]*bench|eval[a-z]*|"
    r"[a-z]*check|detox[a-z]*|mitigat[a-z]*|anti|red[-_ ]?team[a-z]*|refus[a-z]*|deny|reject[a-z]*|civil[-_]comments|"
    r"jigsaw|sentiment|defen[cs]e|offensive[-_ ]language|hate[-_ ]?speech|token-classification|identification|"
    r"annotat[a-z]*)([^a-z]|$)"
)
_PAIRS = r"(^|[^a-z])(dpo|rlhf|rlaif|orpo|kto|preferences?|pairs?|paired|chosen|rejected|contrastive)([^a-z]|$)"
_GUARD = (
    r"(^|[^a-z])([a-z]*guard[a-z]*|moderat[a-z]*|detect[a-z]*|reward|rm|prm|safety|classif[a-z]*|detox[a-z]*)([^a-z]|$)"
)
_GUARD_TASKS = ["text-classification", "token-classification", "zero-shot-classification", "image-classification"]
_HOPS = 4

_FOUND = "CREATE OR REPLACE TEMP MACRO hd_word(text, words) AS trim(regexp_extract(text, words, 0), '-_. |')"
_DATA = """
CREATE OR REPLACE TEMP TABLE hd_data AS
WITH parents AS (
    SELECT DISTINCT parent AS ref FROM edges WHERE relation = 'trained_on' AND confidence >= $min_confidence
),
named AS (
    SELECT p.ref, a.ref IS NOT NULL AS seen,
           split_part(coalesce(a.name, regexp_replace(p.ref, '^(hf:dataset|name):', '')), '/', -1) AS text,
           regexp_replace(lower(array_to_string(coalesce(a.tags, []), ' | ')), $not, ' ', 'g') AS tags,
           lower(left(coalesce(a.card, ''), 5000)) AS card
    FROM parents AS p LEFT JOIN artifacts AS a USING (ref)
)
SELECT *, regexp_replace(lower(text), $not, ' ', 'g') AS short, regexp_replace(card, $negated, ' ', 'g') AS said
FROM named
"""
_SAID = """
CREATE OR REPLACE TEMP TABLE hd_said AS
WITH words AS (
    SELECT ref, seen,
           CASE WHEN regexp_matches(short, $explicit) THEN 'name: ' || hd_word(short, $explicit)
                WHEN regexp_matches(tags, $explicit) THEN 'tag: ' || hd_word(tags, $explicit) END AS explicit,
           CASE WHEN regexp_matches(short, $harmful) THEN 'name: ' || hd_word(short, $harmful)
                WHEN d.found IS NOT NULL THEN 'name (disguised): ' || d.found
                WHEN regexp_matches(tags, $harmful) THEN 'tag: ' || hd_word(tags, $harmful)
                WHEN regexp_matches(said, $prose) THEN 'description: ' || hd_word(said, $prose) END AS harmful,
           regexp_matches(concat_ws(' | ', short, tags, card), $defence) AS defence,
           regexp_matches(short || ' | ' || tags, $outright) AS outright,
           regexp_matches(short || ' | ' || tags, $pairs) AS pairs
    FROM hd_data LEFT JOIN disguised AS d USING (text)
),
ruled AS (
    SELECT *, coalesce(explicit, harmful) AS word,
           CASE WHEN explicit IS NOT NULL AND NOT outright THEN NULL WHEN defence THEN ', used for a defence?'
                WHEN pairs THEN ', preference pairs?' END AS doubt
    FROM words
)
SELECT ref, CASE WHEN word IS NULL THEN 0 WHEN doubt IS NULL THEN 1 END AS value, word IS NULL AND NOT seen AS by_name,
       coalesce(word || coalesce(doubt, ''), 'none') AS why
FROM ruled
"""
_LABELLED = """
CREATE OR REPLACE TEMP TABLE hd_labels AS
SELECT subject AS ref, CASE verdict WHEN 'yes' THEN 1 WHEN 'no' THEN 0 END AS value,
       'label ' || verdict || ' (' || basis || ')' AS why
FROM labelled WHERE verdict IS NOT NULL
"""
_STATES = """
CREATE OR REPLACE TEMP TABLE hd_states AS
WITH told AS (
    SELECT s.ref, if(l.ref IS NULL, s.value, l.value) AS value, coalesce(l.why, s.why) AS why,
           s.by_name AND l.ref IS NULL AS by_name
    FROM hd_said AS s LEFT JOIN hd_labels AS l USING (ref)
),
direct AS (
    SELECT e.child AS ref, max(t.value) AS found, bool_or(t.value IS NULL) AS unsure, count(*) AS looked,
           arg_min('trained_on ' || e.parent || '; ' || t.why, e.parent) FILTER (t.value = 1) AS harmful,
           arg_min('trained_on ' || e.parent || '; ' || t.why, e.parent) FILTER (t.value IS NULL) AS open,
           bool_and(t.by_name) AS by_name
    FROM edges AS e JOIN told AS t ON t.ref = e.parent
    WHERE e.relation = 'trained_on' AND e.confidence >= $min_confidence GROUP BY e.child
),
models AS (
    SELECT ref, coalesce(pipeline IN $guard_tasks, false)
                OR coalesce(regexp_matches(lower(split_part(name, '/', -1)), $guard), false) AS guard
    FROM artifacts WHERE kind = 'model'
)
SELECT m.ref, l.ref IS NOT NULL AS labelled, coalesce(d.looked, 0) AS looked, m.guard,
       CASE WHEN l.ref IS NOT NULL THEN l.value WHEN d.found = 1 THEN if(m.guard, NULL, 1)
            WHEN NOT d.unsure THEN 0 END AS value,
       CASE WHEN l.ref IS NOT NULL THEN l.why
            WHEN d.found = 1 THEN d.harmful || if(m.guard, ', used for a defence?', '') WHEN d.unsure THEN d.open
            WHEN d.looked > 0 THEN d.looked || ' declared, none said to be harmful'
                                   || if(d.by_name, ' (names only)', '')
            ELSE 'no data declared' END AS why
FROM models AS m LEFT JOIN direct AS d USING (ref) LEFT JOIN hd_labels AS l USING (ref)
"""
# A label on a model stands, and what defends does not pass it on.
_DOWN = """
UPDATE hd_states SET value = 1, why = f.why FROM (
    SELECT e.child, arg_min(e.relation || ' (' || e.how || ') of ' || e.parent || '; ' || s.why,
                            (e.relation, e.parent, e.how)) AS why
    FROM edges AS e JOIN hd_states AS s ON s.ref = e.parent
    WHERE s.value = 1 AND e.relation IN ('finetune', 'adapter', 'merge', 'quantized', 'copy', 'unlearned')
      AND e.confidence >= $min_confidence AND e.child <> e.parent GROUP BY e.child) AS f
WHERE f.child = ref AND NOT labelled AND NOT guard AND value IS DISTINCT FROM 1
"""
_SQL = """
SELECT ref AS subject, value, (labelled OR coalesce(value = 1, false) OR looked > 0)::INT AS n,
       left(why, 400) AS evidence
FROM hd_states
"""


def detect(db: Db, *, min_confidence: float = 0.5) -> Relation:
    """Findings subject, value (1 trained on such data or made from what was, 0 declared data is none), n, evidence.

    `min_confidence` leaves out links that are less certain.
    """
    from headgate import labels

    sure = {"min_confidence": min_confidence}
    db.execute(_FOUND)
    db.execute(_DATA, {**sure, "negated": _NEGATED, "not": _NOT})
    disguised(db, "SELECT text FROM hd_data", _HARMFUL)
    db.execute(_SAID, {"explicit": _EXPLICIT, "harmful": _HARMFUL, "prose": _PROSE, "defence": _DEFENCE,
                       "pairs": _PAIRS, "outright": _OUTRIGHT})  # fmt: skip
    labels.current(db, "harmful_data").create_view("labelled", replace=True)
    db.execute(_LABELLED)
    db.execute(_STATES, {**sure, "guard": _GUARD, "guard_tasks": _GUARD_TASKS})
    for _ in range(_HOPS):
        db.execute(_DOWN, sure)
    return db.sql(_SQL)
