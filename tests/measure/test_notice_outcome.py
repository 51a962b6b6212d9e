from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from headgate import run
from headgate.errors import BadInput
from headgate.workspace import Workspace, open_workspace
from tests.build import collect, model

SENT = "2025-02-01"
MB = 10**6


def file(content: str, name: str = "model.safetensors", size: int = MB) -> dict[str, Any]:
    sha = (content.encode().hex() + "0" * 64)[:64]
    return {"rfilename": name, "size": size, "lfs": {"sha256": sha, "size": size}}


def repo(id_: str, files: str = "", day: str = "2024-01-01", **fields: Any) -> dict[str, Any]:
    told = {"_id": f"id of {id_}", "gated": False, "createdAt": f"{day}T00:00:00.000Z"}
    return model(id_, **{**told, "siblings": [file(files)] if files else [], **fields})


def outcomes(ws: Workspace, log: Path, lines: list[str], **params: Any) -> dict[str, tuple[float | None, str]]:
    """Write the log, measure, and return ref without its prefix -> value, evidence."""
    log.write_text("\n".join(["ref,sent,reason", *lines, ""]), encoding="utf-8")
    run.run_method(ws, "measure", "notice_outcome", notices=log, **params)
    rows = ws.db.execute("SELECT subject, value, evidence FROM findings WHERE \"check\" = 'notice_outcome'").fetchall()
    assert len(rows) == len({row[0] for row in rows})
    return {ref.removeprefix("hf:model:"): (value, evidence) for ref, value, evidence in rows}


def two_looks(path: Path, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Workspace:
    """One listing before the notices, one after; what the second leaves out is gone."""
    rest = [repo(f"rest/{n}") for n in range(40)]
    collect(path, [*before, *rest], observed="2025-01-01", complete=True)
    ws, made = collect(path, [*after, *rest], observed="2025-06-01", complete=True)
    assert "absent_but_doubted" not in made.counts
    run.run_stage(ws, "link")
    return ws


class Script:
    """Notices, what was there before and after, and what is true of each."""

    def __init__(self) -> None:
        self.before: list[dict[str, Any]] = []
        self.after: list[dict[str, Any]] = []
        self.lines: list[str] = []
        self.truth: dict[str, str] = {}

    def notice(self, reason: str, expected: str, then: dict[str, Any], *now: dict[str, Any]) -> None:
        self.before.append(then)
        self.after.extend(now)
        self.lines.append(f"{then['id']},{SENT},{reason}")
        self.truth[then["id"]] = expected

    def corrected(self) -> None:
        """Twenty: removed, or what the reason names was changed."""
        licensed = {"cardData": {"license": "mit"}}
        for n in range(5):
            self.notice("content", "corrected", repo(f"acc{n}/removed{n}", f"r{n}"))
        for n in range(4):
            old = repo(f"acc{n}/licensed{n}")
            self.notice("licence", "corrected", old, old | licensed)
        for n in range(3):
            old = repo(f"acc{n}/gated{n}")
            self.notice("access", "corrected", old, old | {"gated": "manual"})
            old = repo(f"acc{n}/label{n}", tags=["a"])
            self.notice("label", "corrected", old, old | {"tags": ["a", "not-for-all-audiences"]})
            old = repo(f"acc{n}/weights{n}", f"w{n}")
            self.notice("content", "corrected", old, old | {"siblings": [file(f"new{n}")]})
        for n in range(2):
            old = repo(f"acc{n}/card{n}") | {"cardData": None}
            self.notice("card", "corrected", old, old | licensed)

    def ignored(self) -> None:
        """Thirteen: unchanged, a smaller copy by somebody else, a copy that was there before."""
        for n, reason in enumerate(
            ("licence", "access", "label", "content", "content", "content", "licence", "access")
        ):
            old = repo(f"acc{n}/ignored{n}", f"i{n}", tags=["a"])
            self.notice(reason, "ignored", old, old | {"likes": 7})
        for n in range(3):
            old = repo(f"acc{n}/liked{n}-model", f"l{n}")
            tags = [f"base_model:quantized:{old['id']}"]
            self.notice("content", "ignored", old, old, repo(f"else/liked{n}-GGUF", f"lq{n}", "2025-03-01", tags=tags))
        for n in range(2):
            old, copy = repo(f"acc{n}/early{n}", f"e{n}"), repo(f"else/early{n}", f"e{n}", "2024-06-01")
            self.before.append(copy)
            self.notice("content", "ignored", old, old, copy)

    def moved(self) -> None:
        """Twenty: renamed; gone and elsewhere; there and mirrored; gone and quantised, declared or by name."""
        for n in range(5):
            old = repo(f"acc{n}/renamed{n}", f"n{n}")
            name = f"acc{n}/other{n}"
            self.notice("content", "moved", old, old | {"id": name, "modelId": name})
            who = f"acc{n}" if n < 2 else f"new{n}"
            old = repo(f"acc{n}/moved{n}", f"m{n}")
            self.notice("content", "moved", old, repo(f"{who}/backup{n}", f"m{n}", "2025-02-15"))
        for n in range(3):
            old = repo(f"acc{n}/mirrored{n}", f"p{n}")
            self.notice("access", "moved", old, old, repo(f"new{n}/mirror{n}", f"p{n}", "2025-03-15"))
            old = repo(f"acc{n}/Zephyron{n}-7B", f"z{n}")
            self.notice("content", "moved", old, repo(f"new{n}/Zephyron{n}-7B-i1-GGUF", f"zq{n}", "2025-04-01"))
        for n in range(4):
            old = repo(f"acc{n}/quantised{n}", f"q{n}")
            tags = [f"base_model:quantized:{old['id']}"]
            self.notice("content", "moved", old, repo(f"new{n}/q{n}-GGUF", f"qq{n}", "2025-04-01", tags=tags))

    def unknown(self) -> None:
        """Seven: the second time nobody asked for the files; never observed."""
        for n in range(4):
            old = repo(f"acc{n}/unlisted{n}", f"u{n}")
            self.notice("content", "unknown", old, old | {"siblings": []})
        for n in range(3):
            self.lines.append(f"acc{n}/never{n},{SENT},content")
            self.truth[f"acc{n}/never{n}"] = "unknown"


def scripted(path: Path) -> tuple[Workspace, list[str], dict[str, str]]:
    """Sixty notices with known outcomes: the workspace, the lines of the log, ref -> outcome."""
    script = Script()
    for part in (script.corrected, script.ignored, script.moved, script.unknown):
        part()
    return two_looks(path, script.before, script.after), script.lines, script.truth


def test_sixty_notices_with_known_outcomes(tmp_path: Path) -> None:
    ws, lines, truth = scripted(tmp_path / "w")
    assert len(lines) == 60
    found = outcomes(ws, tmp_path / "log.csv", lines)
    said = {ref: (value, evidence.split(":")[0]) for ref, (value, evidence) in found.items()}
    values = {"corrected": 1, "ignored": 0, "moved": 0, "unknown": None}
    assert set(said.values()) == {(values[outcome], outcome) for outcome in values}
    # what was never observed is stored in the form in which a person's repository would be
    confusion = Counter((truth[ref], said[ref][1]) for ref in truth if "never" not in ref)
    assert confusion == {
        ("corrected", "corrected"): 20, ("ignored", "ignored"): 13, ("moved", "moved"): 20, ("unknown", "unknown"): 4
    }  # fmt: skip
    assert [ref for ref in said if ref.startswith("account-")] == [r for r, (v, e) in found.items() if "never" in e]
    assert len(found) == 60
    assert found["acc3/moved3"][1] == (
        "moved: the same file at hf:model:new3/backup3 since 2025-02-15, by another account; the original is gone; "
        "notice of 2025-02-01"
    )
    assert found["acc1/moved1"][1].split("; ")[0].endswith("by the same account")
    assert found["acc0/Zephyron0-7B"][1].startswith("moved: a quantised copy, by its name at hf:model:new0/")
    assert found["acc0/renamed0"][1].startswith("moved: renamed to hf:model:acc0/other0")


def test_only_copies_of_the_same_account_can_be_counted(tmp_path: Path) -> None:
    ws, lines, _ = scripted(tmp_path / "w")
    found = outcomes(ws, tmp_path / "log.csv", lines, own_only=True)
    assert {n: found[f"acc{n}/moved{n}"][1].split(":")[0] for n in range(5)} == {
        0: "moved", 1: "moved", 2: "corrected", 3: "corrected", 4: "corrected"
    }  # fmt: skip
    assert found["acc0/mirrored0"][1].startswith("ignored")


def test_a_copy_by_others_does_not_undo_a_correction(tmp_path: Path) -> None:
    old = repo("a/x", "x")
    fixed = old | {"cardData": {"license": "mit"}}
    ws = two_looks(tmp_path / "w", [old], [fixed, repo("b/x", "x", "2025-03-01")])
    assert outcomes(ws, tmp_path / "log.csv", [f"a/x,{SENT},licence"])["a/x"][1].startswith(
        "corrected: licence changed"
    )


def test_a_copy_counts_from_the_notice_about_its_own_original(tmp_path: Path) -> None:
    one, two = repo("a/one", "x"), repo("a/two", "y")
    ws = two_looks(tmp_path / "w", [one, two], [one, two, repo("b/two", "y", "2025-03-01")])
    found = outcomes(ws, tmp_path / "log.csv", ["a/one,2025-02-01,content", "a/two,2025-04-01,content"])
    assert {ref: evidence.split(":")[0] for ref, (_, evidence) in found.items()} == {
        "a/one": "ignored", "a/two": "ignored"
    }  # fmt: skip
    earlier = outcomes(ws, tmp_path / "log.csv", ["a/two,2025-02-15,content"])
    assert earlier["a/two"][1].startswith("moved: the same file at hf:model:b/two")


def test_not_observed_since_is_unknown_and_a_day_counts_from_its_end(tmp_path: Path) -> None:
    path, log = tmp_path / "w", tmp_path / "log.csv"
    old = repo("a/x")
    collect(path, [old, repo("a/y")], observed="2025-01-01")
    ws, _ = collect(path, [old | {"gated": "auto"}], observed="2025-02-01T12:00:00")
    seen = outcomes(ws, log, ["a/x,2025-02-01,access", "a/y,2025-02-01,access"])
    assert seen["a/x"] == (None, "unknown: not observed since; notice of 2025-02-01")
    assert seen["a/y"][0] is None
    assert outcomes(ws, log, ["a/x,2025-02-01T11:00:00+00:00,access"])["a/x"][0] == 1
    assert outcomes(ws, log, ["a/x,2025-02-01T13:30:00+01:00,access"])["a/x"][0] is None
    # gone long before: nothing is known of the time after
    assert outcomes(ws, log, ["a/x,2024-01-01,access"])["a/x"][1].startswith("unknown: not observed before")


def test_a_reminder_changes_nothing(tmp_path: Path) -> None:
    old = repo("a/x")
    ws = two_looks(tmp_path / "w", [old], [old | {"gated": "auto"}])
    lines = ["a/x,2025-07-01,access", "https://huggingface.co/a/x,2025-02-01,access"]
    value, evidence = outcomes(ws, tmp_path / "log.csv", lines)["a/x"]
    assert (value, evidence) == (1, "corrected: access changed, seen 2025-06-01; notice of 2025-02-01, the first of 2")


def test_a_model_of_civitai_has_its_files_through_its_versions(tmp_path: Path) -> None:
    def page(number: int, *contents: str, day: str = "2024-01-01") -> dict[str, Any]:
        versions = [{"id": number + 1 + n, "name": f"v{n}", "createdAt": f"{day}T00:00:00Z", "files": [
            {"name": "l.safetensors", "sizeKB": 2048, "hashes": {"SHA256": file(content)["lfs"]["sha256"]}}]}
            for n, content in enumerate(contents)]  # fmt: skip
        return {"id": number, "name": f"lora {number}", "type": "LORA", "creator": {"username": f"u{number}"},
                "modelVersions": versions}  # fmt: skip

    path = tmp_path / "w"
    collect(path, [page(10, "a"), page(20, "b"), page(30, "c"), page(40, "d")], "civitai", observed="2025-01-01")
    ws, _ = collect(path, [page(10, "a"), page(20, "new"), page(30, "c"), page(50, "d", day="2025-03-01"), page(40, "d")],
                    "civitai", observed="2025-06-01")  # fmt: skip
    lines = [f"civitai:model:{n},{SENT},content" for n in (10, 20)] + [
        f"civitai:version:{n},{SENT},content" for n in (31, 41)
    ]
    found = outcomes(ws, tmp_path / "log.csv", lines)
    assert {ref: evidence.split(":")[0] for ref, (_, evidence) in found.items()} == {
        "civitai:model:10": "ignored", "civitai:model:20": "corrected", "civitai:version:31": "ignored",
        "civitai:version:41": "moved",
    }  # fmt: skip


def test_a_person_s_name_in_the_log_does_not_reach_the_disk(tmp_path: Path) -> None:
    old = repo("someone/zuvek-lora", tags=["celebrity"], pipeline_tag="text-to-image")
    ws = two_looks(tmp_path / "w", [old], [old | {"gated": "auto"}])
    found = outcomes(
        ws, tmp_path / "log.csv", [f"someone/zuvek-lora,{SENT},access", f"someone/zuvek-two,{SENT},access"]
    )
    assert sorted(value is None for value, _ in found.values()) == [False, True]
    assert not [line for line in found.items() if "zuvek" in str(line)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ref,sent\na/x,2025-01-01\n", "line 1: no column reason"),
        ("", "line 1: no column ref, sent, reason"),
        ("ref,sent,reason\na/x,2025-01-01,access\nno ref at all!,2025-01-01,access\n", "line 3: not a ref"),
        ("ref,sent,reason\na/x,yesterday,access\n", "line 2: 'yesterday' is no date"),
        ("ref,sent,reason\na/x,2025-01-01,because\n", "line 2: the reason 'because' is none of"),
        ("ref,sent,reason\na/x\n", "line 2: "),
        ('ref,sent,reason\n"a/x,2025-01-01,access\n', "is no CSV in UTF-8"),
        ("ref,sent,reason\na/x,9999-12-31,access\n", "line 2: '9999-12-31' is no date"),
        ("ref,sent,reason\na/x,2999-12-31,access\n", "line 2: the date 2999-12-31 lies in the future"),
    ],
)
def test_a_log_that_cannot_be_read_is_told_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    log = tmp_path / "log.csv"
    log.write_text(text, encoding="utf-8")
    ws = open_workspace(tmp_path / "w", create=True)
    with pytest.raises(BadInput) as caught:
        run.run_method(ws, "measure", "notice_outcome", notices=log)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_or_binary_log(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    with pytest.raises(BadInput, match="No such file"):
        run.run_method(ws, "measure", "notice_outcome", notices=tmp_path / "none.csv")
    (tmp_path / "log.csv").write_bytes(b"ref,sent,reason\n\xff\xfe\x00,")
    with pytest.raises(BadInput):
        run.run_method(ws, "measure", "notice_outcome", notices=tmp_path / "log.csv")


def test_a_log_without_notices_finds_nothing(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    assert outcomes(ws, tmp_path / "log.csv", []) == {}
