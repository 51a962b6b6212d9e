from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headgate.misuse import patterns
from headgate.misuse.rules import Rule
from headgate.misuse.usage_log import Names, open_log

NAMES = Names("account", "time", "endpoint", "size", "status", "origin")
BEGIN = datetime(2026, 4, 10, 8)


def strengths(
    tmp_path: Path, rows: list[tuple[str, float, str, float, str, str]], rule: Rule, least: float = 0.0
) -> dict[str, float]:
    """Strengths of requests (account, minutes, endpoint, size, status, origin)."""
    lines = [
        f"{who},{BEGIN + timedelta(minutes=at):%Y-%m-%d %H:%M:%S.%f},{e},{z},{s},{o}" for who, at, e, z, s, o in rows
    ]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["account,time,endpoint,size,status,origin", *lines]) + "\n", encoding="utf-8")
    db, _ = open_log(path, NAMES, as_of=datetime(2026, 5, 1, tzinfo=UTC), days=30)
    found = patterns.strengths(db, path, rule, least=least)
    tables = db.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    db.close()
    assert tables == [("volumes",)]  # of the other helpers none is left
    return found


def rule(pattern: str, at_least: float, **numbers: float) -> Rule:
    return Rule("r", pattern, at_least, numbers, "c", "p")


def test_burst_is_the_busiest_hour_by_the_accounts_own(tmp_path: Path) -> None:
    rows = [("a", 60 * h, "e", 1.0, "ok", "x") for h in range(9)] + [
        ("a", 600 + m, "e", 1.0, "ok", "x") for m in range(21)
    ]
    rows += [("b", 60 * h + m, "e", 1.0, "ok", "x") for h in range(3) for m in range(21)]
    found = strengths(tmp_path, rows, rule("burst", 10, times_usual=2))
    # a: 21 in the busiest of 10 hours with 30 requests: 2.1 by number, 7 by custom, halved; b: always as busy
    assert found == {"a": pytest.approx(2.1), "b": pytest.approx(0.5)}


def test_uniform_is_many_large_requests_of_one_size_to_one_endpoint(tmp_path: Path) -> None:
    rows = [("even", m, "e", 1000.0 + m % 2, "ok", "x") for m in range(20)]
    rows += [("varied", m, "e", 500.0 + 50 * m, "ok", "x") for m in range(20)]
    rows += [("split", m, f"e{m}", 1000.0, "ok", "x") for m in range(20)]
    rows += [("small", m, "e", 10.0, "ok", "x") for m in range(20)]
    found = strengths(tmp_path, rows, rule("uniform", 10, most_spread=0.1, size_share=0.25))
    assert found["even"] == pytest.approx(2, rel=0.2)  # 20 by 10; sizes at the quarter are near
    assert found["varied"] < 1
    assert found["split"] == pytest.approx(0.1)
    assert found["small"] < 0.5


def test_refusals_need_number_and_share(tmp_path: Path) -> None:
    rows = [("often", m, "e", 1.0, "refused" if m < 30 else "ok", "x") for m in range(50)]
    rows += [("seldom", m / 10, "e", 1.0, "refused" if m < 30 else "ok", "x") for m in range(600)]
    rows += [("few", m, "e", 1.0, "refused", "x") for m in range(3)]
    found = strengths(tmp_path, rows, rule("refusals", 10, share=0.3))
    assert found == {"often": pytest.approx(2.0), "seldom": pytest.approx(30 / 600 / 0.3), "few": pytest.approx(0.3)}
    assert strengths(tmp_path, rows, rule("refusals", 10, share=0.3), least=1.0) == {"often": pytest.approx(2.0)}


def test_origins_are_counted_within_an_hour(tmp_path: Path) -> None:
    rows = [("at once", m, "e", 1.0, "ok", f"o{m}") for m in range(20)]
    rows += [("by and by", 60 * m, "e", 1.0, "ok", f"o{m}") for m in range(20)]
    assert strengths(tmp_path, rows, rule("origins", 10)) == {
        "at once": pytest.approx(2),
        "by and by": pytest.approx(0.1),
    }


def test_regular_is_even_gaps_whatever_pauses_there_are(tmp_path: Path) -> None:
    import numpy as np

    rng = np.random.default_rng(1)
    rows = [("clock", m + 500 * (m // 50), "e", 1.0, "ok", "x") for m in range(200)]
    rows += [("person", float(at), "e", 1.0, "ok", "x") for at in np.sort(rng.uniform(0, 2000, 200))]
    rows += [("short", m, "e", 1.0, "ok", "x") for m in range(20)]
    found = strengths(tmp_path, rows, rule("regular", 100, most_spread=0.05))
    assert found["clock"] == pytest.approx(1.99)
    assert found["person"] < 0.1
    assert found["short"] == pytest.approx(0.19)
    assert "short" not in strengths(tmp_path, rows, rule("regular", 100, most_spread=0.05), least=1.0)


def test_probing_is_most_endpoints_in_a_day(tmp_path: Path) -> None:
    rows = [("curious", m, f"e{m}", 1.0, "ok", "x") for m in range(10)]
    rows += [("steady", 1440 * m, f"e{m}", 1.0, "ok", "x") for m in range(10)]
    found = strengths(tmp_path, rows, rule("probing", 5, share=0.8))
    assert found == {"curious": pytest.approx(1.25), "steady": pytest.approx(0.125)}


def test_what_a_rule_reads(tmp_path: Path) -> None:
    assert patterns.missing(rule("uniform", 1), {"endpoint"}) == ["size"]
    assert patterns.missing(rule("burst", 1), set()) == []
