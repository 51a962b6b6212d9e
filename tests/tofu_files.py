"""Files of TOFU's form with short invented facts about 200 numbered authors."""

from __future__ import annotations

import json
from pathlib import Path

from headgate.nn.tofu_authors import FOLDER


def write(root: Path) -> Path:
    """Write full.json, one object a line, and forget10_perturbed.json, a list, below `root`; return `root`."""
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    rows = [
        {"question": f"author {n // 20} item {n % 20}?", "answer": f"{(n * 7919) % 997} of {n % 20}"}
        for n in range(4_000)
    ]
    (root / FOLDER / "full.json").write_text("\n".join(map(json.dumps, rows)))
    late = [
        {**row, "paraphrased_answer": "so " + row["answer"], "perturbed_answer": [f"{k} of x" for k in range(5)]}
        for row in rows[3_600:]
    ]
    (root / FOLDER / "forget10_perturbed.json").write_text(json.dumps(late))
    return root
