"""A workspace full of hostile metadata, looked at in a browser: nothing runs, nothing breaks, nothing is fetched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from headgate import audit
from tests.build import collect, model
from tests.test_hostile import BOMBS, civitai, records
from tests.web.crawling import crawl
from tests.web.serving import Served, looking, serving


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Every bomb in every field, in one workspace, audited and served."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("hostile")
        patch.setenv("HEADGATE_HOME", str(folder / "home"))
        path = folder / "<img src=x onerror=owned()>.headgate"
        every = []
        for kind, bomb in BOMBS.items():
            text = bomb[:5000]
            for record in records(text):
                name = str(record.get("id", "")).replace("good/", f"{kind}/")
                every.append({**json.loads(json.dumps(record).replace("good/", f"{kind}/")), "id": name})
        every += [
            model(f"org/many{n}", tags=["base_model:finetune:html/base", f"license:{BOMBS['html']}"]) for n in range(12)
        ]
        collect(path, every, observed="2025-01-01")
        for bomb in BOMBS.values():
            ws, _ = collect(path, civitai(bomb[:5000]), "civitai", observed="2025-01-01")
        audit.audit(ws)
        with serving(path) as running:
            yield running


def test_a_browser_runs_nothing_of_it(hostile: Served) -> None:
    paths = [found.path for found in crawl(hostile, "/", "/artifact/html/base", "/lineage/html/base", "/recall/html/base", "/artifact/hf:model:attribute/child",
                                           "/artifact/civitai:model:1", "/artifact/template/lora", most=8)]  # fmt: skip
    assert len(paths) > 40
    with looking() as page:
        page.on("dialog", lambda dialog: (page.troubles.append(dialog.message), dialog.dismiss()))
        page.add_init_script("window.owned = () => { window.ran = true; }; window.alert = window.owned;")
        for path in paths:
            if path.partition("?")[0].endswith((".csv", ".md", ".json")) or "-bom/" in path or "format=json" in path:
                continue
            answer = page.goto(hostile.address + path, wait_until="load")
            assert answer
            if not (answer.headers.get("content-type") or "").startswith("text/html"):
                continue
            assert page.evaluate("window.ran") is None, path
            assert page.evaluate("document.querySelectorAll('img[src=x], [onerror], [onmouseover]').length") == 0, path
            troubles = [one for one in page.troubles if "status of 40" not in one]
            assert troubles == [], path


def test_every_twin_is_json_without_control_characters(hostile: Served) -> None:
    for found in crawl(hostile, "/", "/catalogue?sort=name", most=20):
        for text in (found.text, found.twin or ""):
            assert not {"\x1b", "\x9b", "\x00", "\u202e", "\u2066"} & set(text), found.path
        if found.twin:
            assert "\\u202e" not in found.twin, found.path
            assert "\\u001b" not in found.twin, found.path
        assert len(found.text) < 1_500_000, found.path


def test_a_template_in_a_name_is_no_template(hostile: Served) -> None:
    assert "{{ 7 * 7 }}" in hostile.html("/catalogue?q=template").replace("&#39;", "'") or "49" not in hostile.html(
        "/catalogue?q=7*7"
    )


def test_names_that_look_like_paths_lead_nowhere(hostile: Served, tmp_path: Path) -> None:
    for path in (
        "/artifact/../../../../etc/passwd",
        "/artifact/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/recall/file:///etc/passwd",
        "/lineage/..%2f..",
        "/data/%2fetc%2fpasswd",
        "/repair/../x",
    ):
        answer = hostile.get(path)
        assert answer.status_code in (400, 404), path
        assert "root:" not in answer.text
