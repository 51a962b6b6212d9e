"""A small workspace whose figures were counted by hand, and one full of hostile text."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from headgate import workspace
from headgate.workspace import Workspace

SEEN = datetime(2026, 11, 1)
PERSON = "Planted Person"
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></svg><script src=//evil.test/x.js></script>",
    "\x1b[31mred\x1b[0m\x1b]8;;http://evil.test\x07link",
    '=HYPERLINK("http://evil.test","x")',
    "+cmd|' /C calc'!A0",
    "safe\u202etxt.exe\u2066\u200b",
    "nul\x00byte",
    "{{ 7 * 7 }}{% raw %}",
    "]]> --> ' onmouseover='alert(1)",
    "| pipe | [link](http://evil.test) `code`\n# head",
    "x" * 1_000_000,
]


def put(ws: Workspace, stage: str, method: str, table: str, rows: list[dict[str, Any]], **record: Any) -> None:
    """Write `rows` as a finished run of `method`; `record` sets fields of the run's record."""
    run = workspace.new_run(ws, stage, method, {})
    for name, value in record.items():
        setattr(run, name, value)
    ws.db.execute(f"CREATE OR REPLACE TEMP TABLE given AS FROM empty.{table} LIMIT 0")
    for row in rows:
        row = row | {"run": run.id}
        names = ", ".join(f'"{name}"' for name in row)
        ws.db.execute(f"INSERT INTO given ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
    workspace.write_part(ws, run, table, ws.db.table("given"))
    workspace.finish(ws, run)


def artifact(ref: str, **said: Any) -> dict[str, Any]:
    """A row of `artifacts`, a Hugging Face model unless `said` otherwise."""
    return {"ref": ref, "hub": "huggingface", "kind": "model", "observed": SEEN, "gone": False} | said


def edge(
    child: str, parent: str, relation: str = "finetune", how: str = "declared", method: str = "m"
) -> dict[str, Any]:
    """A row of `edges`."""
    return {"child": child, "parent": parent, "relation": relation, "how": how, "confidence": 0.9, "method": method}


def findings(
    check: str, values: dict[str, float | None], *, sensitive: bool = False, n: int = 1
) -> list[dict[str, Any]]:
    """Rows of `findings` of `check`: subject -> value."""
    return [
        {"subject": ref, "check": check, "value": value, "n": n, "sensitive": sensitive, "evidence": f"seen in {ref}"}
        for ref, value in values.items()
    ]


def small(path: Path) -> Workspace:
    """Five models of Hugging Face, one of them gone, a dataset, two Civitai models; every kind of edge."""
    ws = workspace.open_workspace(path, create=True)
    january, march = datetime(2024, 1, 10), datetime(2024, 3, 3)
    hf = [
        artifact(
            "hf:model:org/base", created=january, licences=["mit"], has_card=True, downloads=30, downloads_window="30d"
        ),
        artifact("hf:model:org/child", created=march, licences=[], has_card=True, downloads=12, downloads_window="30d"),
        artifact("hf:model:org/grandchild", created=march, licences=[]),
        artifact("hf:model:org/nocard", licences=[], has_card=False),
        artifact("hf:model:org/old", created=datetime(1970, 1, 1), licences=["mit", "apache-2.0"]),
    ]
    put(ws, "collect", "dump", "artifacts", hf, hub="huggingface", kind="model", counts={
        "records": 9, "kept": 5, "duplicates": 1, "rejected_not_json": 2, "rejected_no_usable_id": 1, "pseudonymised": 1,
        "gone": 0,
    })  # fmt: skip
    gone = [artifact("hf:model:org/old", gone=True) | {"observed": datetime(2026, 11, 2)}]
    put(ws, "collect", "huggingface", "artifacts", gone, hub="huggingface", kind="model", complete=True)
    dataset = [artifact("hf:dataset:org/data", kind="dataset", licences=["cc0-1.0"], has_card=True)]
    put(ws, "collect", "dump", "artifacts", dataset, hub="huggingface", kind="dataset")
    civitai = [
        artifact("civitai:model:1", hub="civitai", name=PERSON, person=True, created=march, licence_source="terms",
                 downloads=1000, downloads_window="all"),
        artifact("civitai:model:2", hub="civitai", created=march, licence_source="terms"),
        artifact("civitai:version:7", hub="civitai", kind="version", version_of="civitai:model:2"),
    ]  # fmt: skip
    put(ws, "collect", "civitai", "artifacts", civitai, hub="civitai", kind="model")
    put(ws, "link", "declared_base", "edges", [
        edge("hf:model:org/child", "hf:model:org/base"),
        edge("hf:model:org/grandchild", "hf:model:org/child", "adapter", "inferred"),
        edge("hf:model:org/grandchild", "hf:model:org/base", "merge"),
        edge("hf:model:org/nocard", "hf:model:org/nocard"),
        edge("hf:model:org/nocard", "hf:model:else/where"),
        edge("hf:model:org/nocard", f"name:{PERSON} LoRA", "adapter"),
        edge("hf:model:org/child", "hf:dataset:org/data", "trained_on"),
        edge("civitai:model:2", "civitai:model:1"),
        edge("civitai:version:7", "civitai:model:2", "version_of"),
        edge("hf:model:round/a", "hf:model:round/b"),
        edge("hf:model:round/b", "hf:model:round/a"),
    ])  # fmt: skip
    return ws


def hostile(path: Path) -> Workspace:
    """A workspace in which every text that a hub or a policy can choose is hostile."""
    ws = workspace.open_workspace(path, create=True)
    models = [
        artifact(f"hf:model:o/{text}", name=text, author=text, licences=[text], has_card=True, created=SEEN, tags=[text],
                 downloads=1, downloads_window=text, pipeline=text)
        for text in HOSTILE
    ]  # fmt: skip
    put(
        ws,
        "collect",
        "dump",
        "artifacts",
        models,
        hub="huggingface",
        kind="model",
        counts={f"rejected_{HOSTILE[0]}": 3},
    )
    edges = [edge(f"hf:model:o/c{n}", f"hf:model:o/{text}", text, text) for n, text in enumerate(HOSTILE)]
    put(ws, "link", "declared_base", "edges", edges)
    rows = [row for text in HOSTILE for row in findings(text, {f"hf:model:o/{text}": 1.0, text: 0.0})]
    put(ws, "detect", "licence_missing", "findings", [row | {"harm": HOSTILE[1]} for row in rows])
    decided = [{"subject": text, "control": text, "decision": "block", "because": text} for text in HOSTILE]
    put(ws, "govern", "release_gate", "decisions", decided)
    return ws
