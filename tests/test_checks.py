from __future__ import annotations

from pathlib import Path

import pytest

from headgate import checks
from headgate.errors import UsageError
from tests import reviewing
from tests.lineages import lineage


def test_sensitive_by_its_file_or_by_its_findings(tmp_path: Path) -> None:
    db = reviewing.workspace(tmp_path / "w", 2).db
    assert [checks.sensitive(db, name) for name in (reviewing.SECRET, reviewing.OPEN)] == [True, False]
    assert [checks.sensitive(db, name) for name in ("uncensored_name", "licence_missing")] == [True, False]
    with pytest.raises(UsageError, match=r"no check 'licence_mising'\. Did you mean licence_missing"):
        checks.sensitive(db, "licence_mising")


def test_one_sensitive_row_makes_the_check_sensitive(tmp_path: Path) -> None:
    rows = [{"subject": f"hf:model:a/{n}", "check": "licence_missing", "sensitive": n == 1} for n in range(3)]
    db = lineage(tmp_path / "w", {}, findings=rows).db
    assert checks.sensitive(db, "licence_missing")
    assert "licence_missing" not in checks.open_checks(db)


def test_open_checks_are_those_known_not_to_be_sensitive(tmp_path: Path) -> None:
    found = checks.open_checks(reviewing.workspace(tmp_path / "w", 2).db)
    assert {reviewing.OPEN, "licence_missing"} <= found
    assert not found & {reviewing.SECRET, "uncensored_name", "nobody_knows_it"}
