from __future__ import annotations

from pathlib import Path

import duckdb

from headgate.govern import ownership

ORPHANED = {"c03", "c07", "c11", "c15", "c19"}
DOUBLE = {"c02", "c08", "c14"}


def graded(policy: Path | None, owners: Path | None = None) -> dict[str, tuple[str, str]]:
    rows = ownership.govern(duckdb.connect(), policy=policy, owners=owners).fetchall()
    assert len(rows) == len({row[0] for row in rows})
    return {subject.removeprefix("control:"): (grade, because) for subject, grade, because in rows}


def rule(name: str, **more: str) -> str:
    fields = "".join(f'{key} = "{value}"\n' for key, value in more.items())
    return f'[[rule]]\nname = "{name}"\ncheck = "licence_missing"\nat_most = 0\n{fields}'


def test_of_20_controls_exactly_the_5_orphaned_and_the_3_doubly_assumed_are_named(tmp_path: Path) -> None:
    names = [f"c{n:02}" for n in range(1, 21)]
    text, lines = "", ["# owners of controls"]
    for place, name in enumerate(names):
        if name in ORPHANED:
            # without a word, with words that name nobody, and taken away by the file
            text += rule(name) if place % 3 else rule(name, owner="tbd")
            lines += [f"{name}"] if name == "c19" else []
        elif name in DOUBLE:
            text += rule(name, owner="legal@example.org")
            lines.append(f"{name} platform@example.org")
        elif place % 2:
            text += rule(name, owner="legal@example.org")
            lines += [f"{name} Legal@example.org security@example.org"] if place % 4 == 1 else []
        else:
            text += rule(name)
            lines.append(
                f"{name[:2]}{name[2]}* security@example.org" if name == "c20" else f"{name} security@example.org"
            )
    policy, owners = tmp_path / "p.toml", tmp_path / "OWNERS"
    policy.write_text(text)
    owners.write_text("\n".join(lines))
    found = graded(policy, owners)
    assert {name for name, (grade, _) in found.items() if grade == "no owner"} == ORPHANED
    assert {name for name, (grade, _) in found.items() if grade == "doubly assumed"} == DOUBLE
    assert {name for name, (grade, _) in found.items() if grade == "owned"} == set(names) - ORPHANED - DOUBLE
    assert found["c02"][1].startswith("each may think the other does it: legal@example.org (rule c02); platform@")
    assert found["c19"][1].endswith("names nobody")


def test_rules_of_one_control_and_waivers_are_claims(tmp_path: Path) -> None:
    policy = tmp_path / "p.toml"
    waiver = '[[waiver]]\nref = "hf:model:a/*"\nrule = "r"\nreason = "x"\nowner = "{}"\nexpires = 2027-01-31\n'
    policy.write_text(
        rule("r", control="licences", owner="legal@x") + rule("s", control="licences", owner="platform@x")
        + rule("t", control="scans", owner="sec@x, legal@x") + rule("u", control="scans", owner="legal@x")
        + waiver.format("anyone")
    )  # fmt: skip
    assert {name: grade for name, (grade, _) in graded(policy).items()} == {
        "licences": "doubly assumed", "scans": "owned", "waiver of r for hf:model:a/*": "no owner",
    }  # fmt: skip
    policy.write_text(policy.read_text() + waiver.format("legal@x") + waiver.format("else@x"))
    assert graded(policy)["waiver of r for hf:model:a/*"][0] == "doubly assumed"


def test_a_control_that_the_policy_does_not_have_is_told(tmp_path: Path) -> None:
    owners = tmp_path / "OWNERS"
    owners.write_text('"a licence is stated" legal@x\nwatermarks legal@x\nnothing* legal@x\n')
    found = graded(None, owners)
    assert found["watermarks"] == ("no such control", "line 2 of the owners file names it, the policy does not have it")
    assert found["a licence is stated"] == ("owned", "legal@x (line 1 of the owners file)")
    assert found["alignment was not removed, by its name"] == ("no owner", "nobody is named")
    assert len(found) == 4
