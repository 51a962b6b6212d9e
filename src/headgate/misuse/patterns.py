"""How strongly each account shows each pattern: 1 where it just meets a rule, more where it goes beyond.

The strength is the least of its ratios to the rule's numbers, so that a rule is met where every one of them is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from headgate.misuse.rules import READS, Rule
from headgate.misuse.usage_log import guarded
from headgate.shapes import Db

_LIMIT = 1e6  # of a ratio to a number that may be 0
_SQL = {
    "burst": """
        SELECT account, least(max(n) / $at_least, max(n) / avg(n) / $times_usual) AS strength
        FROM hours GROUP BY account""",
    "uniform": """
        SELECT account, max(least(n / $at_least, least($limit, $most_spread / greatest(spread, 1e-9)),
                                  mean / (SELECT large FROM sizes))) AS strength
        FROM batches GROUP BY account""",
    "refusals": """
        SELECT account, least(count(*) FILTER (WHERE refused) / $at_least,
                              count(*) FILTER (WHERE refused) / count(*) / $share) AS strength
        FROM asked GROUP BY account""",
    "origins": """
        SELECT account, max(n) / $at_least AS strength FROM (
            SELECT account, count(DISTINCT origin) AS n FROM asked WHERE origin IS NOT NULL
            GROUP BY account, date_trunc('hour', moment)) GROUP BY account""",
    "regular": """
        SELECT account, least(count(*) / $at_least, least($limit, $most_spread * median(gap) /
               greatest(quantile_cont(gap, 0.75) - quantile_cont(gap, 0.25), 1e-9))) AS strength
        FROM gaps GROUP BY account""",
    "probing": """
        SELECT account, max(least(n / $at_least, n / (SELECT count(DISTINCT endpoint) FROM requests) / $share))
               AS strength
        FROM (SELECT account, count(DISTINCT endpoint) AS n FROM asked GROUP BY account, moment::DATE)
        GROUP BY account""",
}
# helpers that a pattern reads, made when it is looked for
_BEFORE = {
    "burst": """
        CREATE OR REPLACE TEMP TABLE hours AS
        SELECT account, date_trunc('hour', moment) AS hour, count(*) AS n FROM asked GROUP BY ALL""",
    "uniform": """
        CREATE OR REPLACE TEMP TABLE sizes AS
        SELECT greatest(approx_quantile(size, $size_share), 1e-9) AS large FROM requests;
        CREATE OR REPLACE TEMP TABLE batches AS
        SELECT account, count(*) AS n, avg(size) AS mean, coalesce(stddev_pop(size) / nullif(avg(size), 0), 0) AS spread
        FROM asked WHERE size IS NOT NULL GROUP BY account, endpoint, date_trunc('hour', moment)""",
    "regular": """
        CREATE OR REPLACE TEMP TABLE moments AS
        SELECT id, epoch_ms(moment) AS ms FROM requests JOIN enough USING (account);
        CREATE OR REPLACE TEMP TABLE gaps AS
        SELECT account, gap FROM (
            SELECT id, ms - lag(ms) OVER (PARTITION BY id ORDER BY ms) AS gap FROM moments) JOIN enough USING (id)
        WHERE gap IS NOT NULL""",
}
# an account with fewer requests than a rule asks for cannot meet it: most of a log need not be grouped
_VOLUMES = "CREATE TEMP TABLE IF NOT EXISTS volumes AS SELECT account, count(*) AS n FROM requests GROUP BY account"
_ENOUGH = """
CREATE OR REPLACE TEMP TABLE enough AS
SELECT account, row_number() OVER ()::INTEGER AS id FROM volumes WHERE n >= ?"""
_ASKED = "CREATE OR REPLACE TEMP VIEW asked AS SELECT r.* FROM requests AS r SEMI JOIN enough USING (account)"
_HELPERS = ("hours", "sizes", "batches", "gaps", "moments", "enough")


def missing(rule: Rule, known: set[str]) -> list[str]:
    """The columns that `rule` reads and the log lacks."""
    return [one for one in READS[rule.pattern] if one not in known]


def strengths(db: Db, path: Path, rule: Rule, *, least: float = 1.0) -> dict[str, float]:
    """Strength of each account of the log behind `db` by `rule`, those of `least` or more.

    The accounts are those of the log: they stay in memory, and whoever calls must not show one. Raises `BadInput`.
    """
    bound: dict[str, float] = {"at_least": rule.at_least, "limit": _LIMIT, **rule.numbers}
    try:
        guarded(db, path, _VOLUMES)
        guarded(db, path, _ENOUGH, [rule.at_least * least])
        guarded(db, path, _ASKED)
        for statement in _BEFORE.get(rule.pattern, "").split(";"):
            if statement.strip():
                guarded(db, path, _filled(statement, bound))
        rows = guarded(
            db,
            path,
            f"SELECT account, strength FROM ({_filled(_SQL[rule.pattern], bound)}) WHERE strength >= ?",
            [least],
        )
    finally:
        guarded(db, path, "DROP VIEW IF EXISTS temp.asked")
        for name in _HELPERS:
            guarded(db, path, f"DROP TABLE IF EXISTS temp.{name}")
    return {str(account): float(strength) for account, strength in rows}  # type: ignore[arg-type]


def all_strengths(db: Db, path: Path, rules: Sequence[Rule], *, least: float = 1.0) -> dict[str, dict[str, float]]:
    """Strength by rule and account, as `strengths` gives it."""
    return {rule.name: strengths(db, path, rule, least=least) for rule in rules}


def _filled(sql: str, bound: dict[str, float]) -> str:
    # numbers only, checked by rules.py: a view of them cannot bind
    for name, value in bound.items():
        sql = sql.replace(f"${name}", repr(float(value)))
    return sql
