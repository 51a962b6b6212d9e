from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from headgate.report import datasheet, datasheet_html
from headgate.shapes import Finding
from tests.screened import REF, screened


def page(path: Path, **given: object) -> str:
    found = [
        Finding("", 0.25, 0.1, 0.5, 4, "1 of 4 <script>alert(1)</script>"),
        Finding("length", 12.5, None, None, 4, "x"),
    ]
    ws = screened(path, "toxicity", ["a", "b", "c", "d"], [0.0, 0.2, 0.4, 1.0], findings=found,
                  counts={"pieces": 1, "files unreadable": 2}, **given)  # type: ignore[arg-type] # fmt: skip
    return datasheet_html.render(datasheet.gather(ws, str(given.get("ref", REF))))


def test_it_shows_figures_and_pictures_and_escapes_what_it_is_given(tmp_path: Path) -> None:
    html = page(tmp_path / "w")
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    assert html.count('<svg class="chart"') == 2
    assert "25.0 %" in html
    assert "12.5" in html  # a measure that is no share stands in the table only
    assert re.search(r"<b>2</b> files unreadable", html)
    assert "Cannot see:" in html
    assert "contamination" in html


def test_it_asks_nobody_for_anything(tmp_path: Path) -> None:
    html = page(tmp_path / "w")
    asked: list[str] = []

    class Seen(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            asked.extend(
                str(value) for name, value in attrs if name in {"src", "href"} and not str(value).startswith("#")
            )
            assert tag not in {"script", "link", "iframe"}

    Seen().feed(html)
    assert asked == []
    assert "default-src 'none'" in html


def test_the_histogram_says_where_the_scores_begin_and_end(tmp_path: Path) -> None:
    html = page(tmp_path / "w")
    svg = html[html.index("How the scores lie") :].partition("</svg>")[0]
    assert re.findall(r'y="207"[^>]*>([^<]+)<', svg) == ["0", "0.25", "0.5", "0.75", "1"]
    assert "0.95 to 1, items: 1" in svg


def test_the_table_has_the_words_last_where_they_wrap(tmp_path: Path) -> None:
    html = page(tmp_path / "w")
    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)<', html)
    assert heads == ["What", "Value", "From", "To", "n", "On what it rests"]
    assert re.search(r"\.rests tr > :last-child \{[^}]*white-space: normal", html)
