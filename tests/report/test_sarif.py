"""SARIF: what a result says, where it points, and what the public validator says of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from headgate import refs
from headgate.gate import Verdict
from headgate.mentions import Mention
from headgate.report import sarif

ROOT = Path(__file__).resolve().parents[2]
SEEN = datetime(2026, 11, 1)
TOOL = os.environ.get("HEADGATE_SARIF_MULTITOOL") or str(ROOT / ".stamps/sarif/node_modules/.bin/sarif-multitool-linux")


def mention(text: str = "org/name", path: str = "src/my app.py", line: int = 3) -> Mention:
    return Mention(path, line, 8, text, refs.parse(text))


def results(*found: tuple[Mention, Verdict | None]) -> list[dict[str, Any]]:
    (run,) = sarif.document(found)["runs"]
    return list(run["results"])


BLOCKED = Verdict("hf:model:org/name", "block", "broken: a licence [is] stated (licence_missing = 1.0)", SEEN)


def test_a_blocked_model_is_an_error_where_it_is_named() -> None:
    (one,) = results((mention(), BLOCKED))
    assert (one["ruleId"], one["level"]) == ("blocked", "error")
    place = one["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "src/my%20app.py", "uriBaseId": "SRCROOT"}
    assert place["region"] == {"startLine": 3, "startColumn": 8, "endColumn": 16}
    assert one["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "pkg:huggingface/org/name"
    assert one["message"]["text"] == r"hf:model:org/name: broken: a licence \[is\] stated (licence_missing = 1.0)"


def test_what_is_not_known_warns_and_what_code_hides_is_noted_and_what_is_allowed_is_left_out() -> None:
    hidden = Mention("a.py", 1, 5, "from_pretrained(path)", None)
    found = results(
        (mention(), Verdict("hf:model:org/name", "unknown", "not in the workspace", None)), (hidden, None),
        (mention(), Verdict("hf:model:org/name", "allow", None, SEEN)),
    )  # fmt: skip
    assert [(one["ruleId"], one["level"]) for one in found] == [
        ("could-not-tell", "warning"),
        ("id-not-in-code", "note"),
    ]


def test_every_result_names_a_rule_and_a_place() -> None:
    document = sarif.document([(mention(), BLOCKED), (Mention("a.py", 1, 5, "x(y)", None), None)])
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for one in run["results"]:
        assert rules[one["ruleIndex"]] == one["ruleId"]
        assert one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_a_result_keeps_its_fingerprint_when_lines_are_added_above() -> None:
    (one,), (two,) = results((mention(line=3), BLOCKED)), results((mention(line=30), BLOCKED))
    (other,) = results((mention("org/other"), BLOCKED))
    assert one["partialFingerprints"] == two["partialFingerprints"] != other["partialFingerprints"]


def test_paths_that_are_no_paths_of_the_repository() -> None:
    (one,) = results((mention(path="/srv/lists/models.txt"), BLOCKED))
    place = one["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "file:///srv/lists/models.txt"}
    (two,) = results((mention(path="a\udcff b.py"), BLOCKED))  # a name that is not UTF-8
    assert two["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%FF%20b.py"


def test_where_code_hides_the_id_one_character_is_marked() -> None:
    (one,) = results((Mention("a.py", 1, 5, "from_pretrained(path)", None), None))
    region = one["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 5, "endColumn": 6}


def test_braces_are_no_placeholders() -> None:
    (one,) = results((mention(), BLOCKED._replace(because="Copyright {0} {year}")))
    assert one["message"]["text"] == "hf:model:org/name: Copyright {{0}} {{year}}"


def test_hostile_text_cannot_leave_its_line() -> None:
    (one,) = results((mention(), BLOCKED._replace(because="x\x1b[31m\n\u202ey")))
    assert "\n" not in one["message"]["text"]
    assert "\x1b" not in one["message"]["text"]


@pytest.mark.skipif(shutil.which(TOOL) is None, reason="the SARIF Multitool is not installed (make test installs it)")
def test_the_public_validator_finds_nothing(tmp_path: Path) -> None:
    many = [(mention(path=f"src/{n}.py", line=n + 1), BLOCKED) for n in range(50)]
    hidden = (Mention("a.py", 1, 5, "from_pretrained(path)", None), None)
    path, log = tmp_path / "gate.sarif", tmp_path / "log.sarif"
    path.write_text(json.dumps(sarif.document([*many, hidden]), indent=1))
    done = subprocess.run(
        [TOOL, "validate", str(path), "--output", str(log), "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning"],
        capture_output=True, text=True, timeout=120, check=False, env=os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
    )  # fmt: skip
    assert log.exists(), done.stdout + done.stderr
    (run,) = json.loads(log.read_text(encoding="utf-8-sig"))["runs"]
    assert [(one["ruleId"], one["message"]) for one in run.get("results", [])] == []
