"""Pictures of every page of the dashboard, light, dark and on a phone.

    headgate demo --into demo.headgate
    python bench/screenshots.py demo.headgate --out pictures

Needs Chromium and `pip install '.[web]' playwright`. Console errors and requests to other hosts are printed, and end it
in error.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from headgate.refs import parse
from headgate.workspace import open_workspace
from tests.web.serving import looking, serving

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"width": 1300, "height": 900}, "dark": {"width": 1300, "height": 900, "dark": True},
    "phone": {"width": 390, "height": 844},
}  # fmt: skip
_BUSIEST = """
SELECT parent FROM edges JOIN artifacts ON ref = parent WHERE relation IN ('finetune', 'merge', 'quantized')
AND NOT coalesce(person, false) GROUP BY parent ORDER BY count(*) DESC, parent LIMIT 1
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--out", type=Path, default=Path("pictures"))
    parser.add_argument("--ref", help="the artifact to show [default: the one most derive from]")
    parser.add_argument("--page", action="append", help="only this page; may be repeated")
    parser.add_argument("--looks", default="light,dark,phone")
    parser.add_argument("--whole", action="store_true", help="the whole page, not what the screen shows first")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    ref = str(parse(given.ref)) if given.ref else open_workspace(given.workspace).db.execute(_BUSIEST).fetchall()[0][0]
    paths = {
        "overview": "/", "catalogue": "/catalogue", "artifact": f"/artifact/{ref}", "lineage": f"/lineage/{ref}",
        "lineage-start": "/lineage", "recall": f"/recall/{ref}", "licences": "/licences", "review": "/review",
        "review-item": "/review/licence_missing", "data": "/data", "repair": "/repair", "policy": "/policy",
    }  # fmt: skip
    wrong = []
    with serving(given.workspace) as served:
        for look in given.looks.split(","):
            with looking(**LOOKS[look]) as page:
                for name, path in paths.items():
                    if not given.page or name in given.page:
                        _picture(page, served.address + path, given.out / f"{name}-{look}.png", whole=given.whole)
                wrong += page.troubles
    if wrong:
        sys.exit("\n".join(wrong))


def _picture(page: Any, address: str, file: Path, *, whole: bool) -> None:
    page.goto(address, wait_until="networkidle")
    if "/lineage/" in address:
        page.wait_for_selector("[data-drawn=true]", timeout=20_000)
    page.screenshot(path=file, full_page=whole)
    print(file)


if __name__ == "__main__":
    main()
