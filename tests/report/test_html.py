"""The page: closed to scripts and requests, hostile text inert, colours readable, figures as counted."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from headgate import workspace
from headgate.errors import WorkspaceError
from headgate.report import html
from tests.report_workspace import PERSON, findings, hostile, put, small

TEMPLATES = Path(html.__file__).parent / "templates"
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """Tags, attributes and text of a page; fails where tags do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        """All text a reader sees, white space folded."""
        return " ".join(" ".join(self.words).split())


def test_an_empty_workspace(tmp_path: Path) -> None:
    page = Page(html.render(workspace.open_workspace(tmp_path / "hub", create=True)))
    assert "This workspace holds no artifacts yet." in page.text
    assert [a.get("id") for tag, a in page.tags if tag == "section"] == ["limits"]
    assert [a["href"] for tag, a in page.tags if tag == "a"] == ["#main", "#limits"]
    assert "detect licence_missing has not been run" in page.text


def test_figures(tmp_path: Path) -> None:
    text = Page(html.render(small(tmp_path / "hub"))).text
    assert "Observed 2026-11-01 report made 20" in text
    assert "Artifacts 8 1 more is gone from their hub" in text
    assert "Links to parents 11 1 of them to training data; the others link 11 artifacts with 5 roots" in text
    assert (
        "50.0 % of the 2 Hugging Face models whose card was seen state no licence in its metadata "
        "(1 of 2; 95 % interval 9.5–90.5 %; observed 2026-11-01 )"
    ) in text
    assert "org/base" in text
    assert "withheld" in text
    assert PERSON not in text


def test_several_kinds_have_no_share_together(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    put(ws, "detect", "licence_missing", "findings", findings("licence_missing", {
        "hf:model:org/base": 1.0, "hf:model:org/child": 0.0, "hf:dataset:org/data": 0.0,
    }))  # fmt: skip
    text = Page(html.render(ws)).text
    assert "licence_missing Hugging Face models implementation" not in text  # no harm was given
    assert re.search(r"licence_missing Hugging Face models – 1 2 50\.0 %", text)
    assert re.search(r"licence_missing Hugging Face datasets – 0 1 0\.0 %", text)
    assert "33.3 %" not in text


def test_the_policy_that_decided(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    rows = [{"subject": "hf:model:org/base", "control": "release_gate", "decision": "allow"}]
    put(ws, "govern", "release_gate", "decisions", rows, params={"policy": "our/<b>.toml"},
        inputs={"our/<b>.toml": "ab" * 32})  # fmt: skip
    rendered = html.render(ws)
    assert "<b>.toml" not in rendered
    assert f"Policy: our/<b>.toml SHA-256 {'ab' * 32}" in Page(rendered).text


def test_nothing_is_fetched_and_nothing_runs(tmp_path: Path) -> None:
    for ws in (small(tmp_path / "small"), hostile(tmp_path / "hostile")):
        rendered = html.render(ws)
        page = Page(rendered)
        policies = [
            a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
        assert not {tag for tag, _ in page.tags} & {
            "script",
            "img",
            "link",
            "iframe",
            "object",
            "embed",
            "form",
            "base",
        }
        for tag, attributes in page.tags:
            assert not [name for name in attributes if name.startswith("on") or name in {"src", "srcset", "style"}], tag
            assert (attributes.get("href") or "#").startswith("#")
        style = re.search(r"<style>(.*?)</style>", rendered, re.DOTALL)
        assert style is not None
        assert not re.search(r"url\(|@import|@font-face", style[1])


def test_hostile_text_is_inert(tmp_path: Path) -> None:
    rendered = html.render(hostile(tmp_path / "hub"))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]", rendered)
    assert "<script" not in rendered
    assert "<img" not in rendered
    assert "x" * 200 not in rendered
    assert len(rendered) < 400_000
    assert "{{ 7 * 7 }}" in Page(rendered).text  # is no template
    for cell in re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", rendered):
        assert not cell.startswith(("=", "+", "@")), cell


def test_each_chart_can_be_read_without_seeing_it(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    put(ws, "detect", "licence_missing", "findings", findings("licence_missing", {"hf:model:org/base": 0.0}))
    page = Page(html.render(ws))
    charts = [attributes for tag, attributes in page.tags if tag == "svg" and attributes.get("role") == "img"]
    assert len(charts) >= 6
    assert all(attributes["aria-label"] for attributes in charts)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("table") == tags.count("caption")
    assert [a.get("lang") for t, a in page.tags if t == "html"] == ["en-GB"]
    headings = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))
    ids = {attributes.get("id") for _, attributes in page.tags}
    assert {(a["href"] or "")[1:] for t, a in page.tags if t == "a"} <= ids


def _colours(css: str, nth: int) -> dict[str, str]:
    block = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[nth]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", block))


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_contrast(scheme: int) -> None:
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    c = _colours(css, 0) | _colours(css, scheme)
    for text, ground in [("ink", "paper"), ("muted", "paper"), ("ink", "card"), ("muted", "card"), ("link", "card"),
                         ("band-ink", "band"), ("band-muted", "band")]:  # fmt: skip
        assert _contrast(c[text], c[ground]) >= 4.5, (text, ground)  # WCAG 2.2, 1.4.3
    for tone in ("a", "b", "c", "d", "allow", "block", "unknown"):
        assert _contrast(c[tone], c["card"]) >= 3, tone  # WCAG 2.2, 1.4.11


def test_write(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    html.write(ws, tmp_path / "new" / "page.html")
    assert (tmp_path / "new" / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["page.html"]
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match="cannot write"):
        html.write(ws, tmp_path / "file" / "page.html")
