from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.manifest import Claim, check_manifest, manifests, read_manifest

HELLO = hashlib.sha256(b"hello").hexdigest()
MD5 = hashlib.md5(b"hello").hexdigest()
INFO = Path("/var/lib/dpkg/info")


def verdicts(folder: Path, text: str) -> dict[str, str]:
    return {check.claim.path: check.verdict for check in check_manifest(folder, text)}


def test_the_forms_that_tools_write() -> None:
    text = f"# made by hand\n{HELLO}  a b.bin\n{MD5.upper()} *./c\nSHA256 (d (1).txt) = {HELLO}\n\\{HELLO}  e\\nf\\\\\n{HELLO[:50]}  g\n"
    assert read_manifest(text) == [
        Claim("a b.bin", "sha256", HELLO, 2), Claim("c", "md5", MD5, 3), Claim("d (1).txt", "sha256", HELLO, 4),
        Claim("e\nf\\", "sha256", HELLO, 5),
    ]  # fmt: skip


def test_each_verdict(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(b"hello")
    for name, content in (("good", b"hello"), ("changed", b"hellO"), ("empty", b""), ("meant-empty", b"")):
        (folder / name).write_bytes(content)
    (folder / "out").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    nothing = hashlib.sha256(b"").hexdigest()
    names = [
        "good",
        "changed",
        "empty",
        "gone",
        "good/x",
        "out",
        "pipe",
        "loop",
        "../secret",
        str(tmp_path / "secret"),
        "nul\0",
    ]
    text = "".join(f"{HELLO}  {name}\n" for name in names) + f"{nothing}  meant-empty\n"
    assert verdicts(folder, text) == {
        "good": "holds", "changed": "wrong hash", "empty": "empty", "gone": "missing", "good/x": "missing",
        "out": "not readable", "pipe": "not readable", "loop": "not readable", "../secret": "not readable",
        str(tmp_path / "secret"): "not readable", "nul\0": "not readable", "meant-empty": "holds",
    }  # fmt: skip


def test_manifests_are_known_by_name(tmp_path: Path) -> None:
    for name in ("SHA256SUMS", "md5sums", "model.gguf.sha256", "sums.txt", "b/sha256sum.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert {path.relative_to(tmp_path).as_posix() for path in manifests(tmp_path)} == {
        "SHA256SUMS", "md5sums", "model.gguf.sha256", "b/sha256sum.txt",
    }  # fmt: skip
    assert len(list(manifests(tmp_path, most=2))) == 2


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    for claim in read_manifest(text):
        assert claim.digest in text.lower()
        assert 1 <= claim.line <= len(text.splitlines())


def test_installed_packages_and_one_altered_copy(tmp_path: Path) -> None:
    lists = sorted(INFO.glob("*.md5sums")) if INFO.is_dir() else []
    if len(lists) < 20:
        pytest.skip("no installed Debian packages with md5sums here")
    if shutil.which("md5sum") is None:
        pytest.skip("no md5sum here to compare with")
    random.Random(20261121).shuffle(lists)
    checks, theirs = [], set()
    for path in lists:
        text = path.read_text("utf-8", "replace")
        if len(checks) + text.count("\n") <= 6000:
            checks += check_manifest(Path("/"), text)
            told = subprocess.run(
                ["md5sum", "-c", str(path)], cwd="/", capture_output=True, text=True, env={"LC_ALL": "C"}
            )
            theirs |= {line.removesuffix(": OK") for line in told.stdout.splitlines() if line.endswith(": OK")}
    ours = {check.claim.path for check in checks if check.verdict == "holds"}
    assert len(ours) > 500
    assert ours == theirs
    held = [
        check.claim for check in checks if check.verdict == "holds" and (Path("/") / check.claim.path).stat().st_size
    ][:200]
    for claim in held:
        (tmp_path / claim.path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path("/") / claim.path, tmp_path / claim.path)
    text = "".join(f"{claim.digest}  {claim.path}\n" for claim in held)
    assert {check.verdict for check in check_manifest(tmp_path, text)} == {"holds"}
    altered = tmp_path / held[77].path
    altered.chmod(0o600)
    content = bytearray(altered.read_bytes())
    content[len(content) // 2] ^= 1
    altered.write_bytes(content)
    wrong = [check.claim.path for check in check_manifest(tmp_path, text) if check.verdict != "holds"]
    assert wrong == [held[77].path]
