"""Refs: one name for every artifact, from whatever form people write.

`hf:model:org/name`, `hf:dataset:org/name`, `civitai:model:123`, `civitai:version:456`,
`file:sha256:<hex>`; `name:<text>` is a parent of which only a text is known. A revision follows `@`.
Package URLs follow the purl specification's huggingface type; it has none for datasets yet, so they
carry the qualifier `repository_type=dataset` until it does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

from headgate.errors import UsageError

# Hugging Face: owner and name of letters, digits, '-', '_' and '.', at most 96 each.
HF_ID = r"[A-Za-z0-9][\w.\-]{0,95}(?:/[\w.\-]{1,96})?"
_KINDS = {
    ("hf", "model"): HF_ID,
    ("hf", "dataset"): HF_ID,
    ("civitai", "model"): r"\d{1,18}",
    ("civitai", "version"): r"\d{1,18}",
    ("file", "sha256"): r"[0-9a-f]{64}",
    ("name", ""): r".+",
}
_HF_HOSTS = {"huggingface.co", "www.huggingface.co", "hf.co"}
_CIVITAI_HOSTS = {"civitai.com", "www.civitai.com", "civitai.green", "civitai.red"}
_AIR = re.compile(r"urn:air:[^:]+:[^:]+:civitai:(\d+)(?:@(\d+))?$")


@dataclass(frozen=True, slots=True)
class Ref:
    """A parsed ref: `hub` (hf, civitai, file, name), `kind`, `id` and an optional `revision`."""

    hub: str
    kind: str
    id: str
    revision: str | None = None

    def __str__(self) -> str:
        """The canonical text without the revision, which is what tables hold."""
        return f"name:{self.id}" if self.hub == "name" else f"{self.hub}:{self.kind}:{self.id}"


def parse(text: str) -> Ref:
    """Read a ref, a bare `org/name`, a hub URL, `hf://`, a purl or a Civitai AIR.

    Raises `UsageError` where `text` names nothing.
    """
    text = text.strip()
    for reader in (_read_url, _read_purl, _read_air, _read_ref, _read_bare):
        ref = reader(text)
        if ref and re.fullmatch(_KINDS[ref.hub, ref.kind], ref.id, flags=re.ASCII):
            return ref
    shown = text if len(text) <= 80 else text[:77] + "..."
    msg = f"not a ref: {shown!r}. Write org/name, hf:dataset:org/name, civitai:model:123 or a hub URL."
    raise UsageError(msg)


def parse_dataset(text: str) -> Ref:
    """Read what names a dataset; a bare `org/name` is one here. Raises `UsageError` for what names something else."""
    ref = parse(text)
    if ref.hub == "hf" and ref.kind == "model" and re.fullmatch(r"[^:/]+/[^:/]+", text.strip()):
        return parse(f"hf:dataset:{ref.id}")
    if ref.kind == "dataset" or ref.hub == "file":
        return ref
    msg = f"{text[:80]!r} names no dataset. Write hf:dataset:org/name, or leave the name out."
    raise UsageError(msg)


def to_purl(ref: Ref) -> str:
    """The package URL of a Hugging Face or Civitai ref, or of a file by its hash."""
    version = f"@{quote(ref.revision, safe='')}" if ref.revision else ""
    if ref.hub == "hf":
        tail = "?repository_type=dataset" if ref.kind == "dataset" else ""
        return f"pkg:huggingface/{quote(ref.id)}{version}{tail}"
    if ref.hub == "civitai":
        return f"pkg:generic/civitai/{ref.kind}/{ref.id}{version}"
    if ref.hub == "file":
        return f"pkg:generic/{ref.id}?checksum=sha256:{ref.id}"
    msg = f"{ref} is a name only and has no package URL."
    raise UsageError(msg)


def _split_revision(id_: str) -> tuple[str, str | None]:
    id_, _, revision = id_.partition("@")
    return id_, revision or None


def _read_ref(text: str) -> Ref | None:
    if text.startswith("name:"):
        return Ref("name", "", text[5:])
    parts = text.split(":", 2)
    if len(parts) == 3 and (parts[0], parts[1]) in _KINDS:
        return Ref(parts[0], parts[1], *_split_revision(parts[2]))
    return None


def _read_bare(text: str) -> Ref | None:
    return None if ":" in text else Ref("hf", "model", *_split_revision(text))


def _read_url(text: str) -> Ref | None:
    if text.startswith("hf://"):
        path, host = text[5:], "huggingface.co"
    elif text.startswith(("https://", "http://")):
        try:
            url = urlsplit(text)
        except ValueError:  # such as a bracket that opens an IPv6 address and does not end it
            return None
        path, host = url.path, url.hostname or ""
    else:
        return None
    parts = [unquote(part) for part in path.split("/") if part]
    if host in _HF_HOSTS:
        return _hf_path(parts)
    if host in _CIVITAI_HOSTS and len(parts) > 1 and parts[0] == "models":
        version = parse_qs(urlsplit(text).query).get("modelVersionId")
        return Ref("civitai", "version", version[0]) if version else Ref("civitai", "model", parts[1])
    return None


def _hf_path(parts: list[str]) -> Ref | None:
    kind = {"datasets": "dataset", "models": "model"}.get(parts[0] if parts else "", "")
    rest = parts[1:] if kind else parts
    if not rest or rest[0] in {"spaces", "api", "docs", "collections", "papers"}:
        return None
    id_, revision = _split_revision("/".join(rest[:2]))
    if len(rest) > 3 and rest[2] in {"tree", "blob", "resolve", "raw", "commit"}:
        revision = rest[3]
    return Ref("hf", kind or "model", id_, revision)


def _read_purl(text: str) -> Ref | None:
    if not text.startswith("pkg:"):
        return None
    body, _, query = text[4:].partition("?")
    body, _, revision = body.partition("@")
    kind, _, id_ = body.partition("/")
    qualifiers = parse_qs(query)
    if kind.lower() == "huggingface":
        repo = "dataset" if qualifiers.get("repository_type") == ["dataset"] else "model"
        return Ref("hf", repo, unquote(id_), unquote(revision) or None)
    if kind == "generic" and id_.startswith("civitai/") and id_.count("/") == 2:
        _, what, number = id_.split("/")
        return Ref("civitai", what, number, revision or None) if ("civitai", what) in _KINDS else None
    checksum = qualifiers.get("checksum", [""])[0]
    if kind == "generic" and checksum.startswith("sha256:"):
        return Ref("file", "sha256", checksum[7:])
    return None


def _read_air(text: str) -> Ref | None:
    found = _AIR.match(text)
    if not found:
        return None
    model, version = found.groups()
    return Ref("civitai", "version", version) if version else Ref("civitai", "model", model)
