"""Every page in a browser, light, dark and on a phone: no violation that axe-core calls serious or critical."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.web.serving import Served, looking

ROOT = Path(__file__).parents[2]
AXE = Path(os.environ.get("HEADGATE_AXE") or ROOT / ".stamps/axe/node_modules/axe-core/axe.min.js")


def addresses(hub: Any) -> list[str]:
    db = hub[0].db.cursor()
    model, = db.execute("SELECT parent FROM edges JOIN artifacts ON ref = parent WHERE hub = 'huggingface' AND kind = 'model' GROUP BY parent ORDER BY count(*) DESC, parent LIMIT 1").fetchall()[0]  # fmt: skip
    return ["/", "/catalogue", "/catalogue?q=nothing-has-this-name", f"/artifact/{model}", "/lineage", f"/lineage/{model}", "/recall", f"/recall/{model}",
            "/licences", "/review", "/review/licence_missing", "/review/real_person_adapter", "/data", "/repair", "/policy", "/nowhere"]  # fmt: skip


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (make test installs it)")
@pytest.mark.parametrize(("dark", "width"), [(False, 1300), (True, 1300), (False, 390)])
def test_no_page_shuts_anybody_out(hub: Any, served: Served, dark: bool, width: int) -> None:
    source, found = AXE.read_text(encoding="utf-8"), []
    with looking(dark=dark, width=width) as page:
        for path in addresses(hub):
            page.goto(served.address + path, wait_until="networkidle")
            page.evaluate(source)
            told = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found += [
                (path, one["id"], one["nodes"][0]["html"][:160])
                for one in told["violations"]
                if one["impact"] in ("serious", "critical")
            ]
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append((path, "wider than the screen", str(wide)))
        assert [one for one in page.troubles if "status of 40" not in one] == []
    assert found == []


def test_the_skip_link_and_headings(hub: Any, served: Served, browser: Any) -> None:
    for path in addresses(hub):
        browser.goto(served.address + path)
        browser.keyboard.press("Tab")
        assert browser.evaluate("document.activeElement.className") == "skip", path
        assert browser.locator("h1").count() == 1, path
        levels = browser.eval_on_selector_all(
            "main h1, main h2, main h3, main h4", "all => all.map(h => +h.tagName[1])"
        )
        assert all(after - before <= 1 for before, after in pairwise(levels)), (path, levels)


def test_without_javascript_every_page_says_something(hub: Any, served: Served) -> None:
    with looking(script=False) as page:
        for path in addresses(hub):
            page.goto(served.address + path)
            assert len(page.inner_text("main")) > 60, path
