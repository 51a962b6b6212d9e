"""From raw pages to rows: each hub's SQL over what it said, then one part of artifacts and one of files.

A hub's file `collect/<hub>.sql` selects rows of `artifacts` (and a column `siblings` with the files as
JSON) from the view `raw`. This module does what all hubs share: rows without a usable id are counted,
a ref that came twice is kept once, and after a complete listing what is absent becomes a tombstone.
"""

from __future__ import annotations

import sys
from pathlib import Path

from headgate import workspace
from headgate.errors import WorkspaceError
from headgate.pages import page_files
from headgate.refs import HF_ID
from headgate.shapes import Run
from headgate.workspace import Workspace, exact, quoted, scan

_SQL = {"huggingface": "huggingface", "file": "huggingface", "civitai": "civitai"}
_REF = rf"hf:(model|dataset):{HF_ID}|civitai:(model|version):\d{{1,18}}|file:sha256:[0-9a-f]{{64}}"
_LONGEST_RECORD = 256 * 2**20  # bytes; DuckDB refuses a longer line


def derive(ws: Workspace, run: Run) -> None:
    """Write the rows of the collection `run` from its pages; counts go into `run.counts`.

    Raises `WorkspaceError` if a page that the record vouches for is missing.
    """
    for name in ("hub", "kind", "run", "observed"):
        ws.db.execute(f"SET VARIABLE {name} = ?", [run.id if name == "run" else getattr(run, name)])
    _read_pages(ws, run)
    aside = ws.path / "tables" / f".shaped-{run.id}.parquet"
    try:
        _shape(ws, run, aside)
        _keep_one_of_each(ws, run)
        workspace.write_part(ws, run, "files", ws.db.sql(_FILES))
        rows = "SELECT * EXCLUDE (siblings) FROM kept"
        if run.complete and _believable(ws, run):
            rows += f" UNION ALL BY NAME {_TOMBSTONES}"
        workspace.write_part(ws, run, "artifacts", ws.db.sql(rows))
    finally:
        aside.unlink(missing_ok=True)
    run.counts["gone"] = run.rows["artifacts"] - run.counts["kept"]


def _read_pages(ws: Workspace, run: Run) -> None:
    files = page_files(ws.path / "raw" / str(run.hub) / run.id, run.pages)
    missing = [file for file in files if not Path(file).exists()]
    if missing:
        msg = f"{len(missing)} raw pages are missing, the first {missing[0]}. Collect again with --fresh."
        raise WorkspaceError(msg)
    listed = ", ".join(quoted(exact(file)) for file in files)
    source = (
        f"FROM read_json_objects([{listed}], format = 'newline_delimited', compression = 'zstd', "
        f"maximum_object_size = {_LONGEST_RECORD})"
        if files
        else "FROM (SELECT NULL::JSON AS json) WHERE json IS NOT NULL"
    )
    ws.db.execute(f"CREATE OR REPLACE TEMP VIEW raw AS SELECT json {source}")


def _shape(ws: Workspace, run: Run, aside: Path) -> None:
    sql = Path(__file__).with_name("collect") / f"{_SQL[str(run.hub)]}.sql"
    aside.parent.mkdir(parents=True, exist_ok=True)
    stamped = "SELECT *, getvariable('observed')::TIMESTAMP AS observed, getvariable('run') AS run"
    body = f"{stamped} FROM ({sql.read_text(encoding='utf-8')})"
    ws.db.execute(f"COPY ({body}) TO {quoted(aside)} (FORMAT parquet, COMPRESSION zstd)")
    ws.db.execute(f"CREATE OR REPLACE TEMP VIEW shaped AS FROM {scan([aside])}")


def _keep_one_of_each(ws: Workspace, run: Run) -> None:
    # Pages overlap when a hub's list moves under the reader; the latest state of a record is kept.
    usable = f"coalesce(regexp_full_match(ref, '{_REF}'), false)"
    counted = f"SELECT count(*), count(*) FILTER ({usable}), count(DISTINCT ref) FILTER ({usable}) FROM shaped"
    total, good, distinct = ws.db.execute(counted).fetchall()[0]
    run.counts |= {"rows": total, "kept": distinct, "duplicates": good - distinct}
    run.counts["rejected_no_usable_id"] = total - good
    once = (
        " QUALIFY row_number() OVER (PARTITION BY ref ORDER BY modified DESC NULLS LAST, "
        "downloads DESC NULLS LAST, hash(shaped)) = 1"
    )
    ws.db.execute(
        f"CREATE OR REPLACE TEMP VIEW kept AS SELECT * FROM shaped WHERE {usable}{once if good > distinct else ''}"
    )


def _believable(ws: Workspace, run: Run) -> bool:
    # A listing that a fault cut short looks like a hub that lost most of what it had.
    known, absent = ws.db.execute(
        f"SELECT count(*), count(*) FILTER (ref NOT IN (SELECT ref FROM kept)) FROM artifacts AS a WHERE {_SAME_SHELF}"
    ).fetchall()[0]
    rejected = sum(number for name, number in run.counts.items() if name.startswith("rejected_"))
    if run.counts["kept"] > rejected and (known < _MANY or absent <= known / 2):
        return True
    run.counts["absent_but_doubted"] = absent
    sys.stderr.write(
        f"note: {absent:,} of {known:,} known artifacts are absent from this listing. That looks cut short, so none is "
        "taken for gone; collect again to see.\n"
    )
    return False


_MANY = 20  # below this a small hub may well lose half
_SAME_SHELF = "a.hub = getvariable('hub') AND (a.kind = getvariable('kind') OR a.kind = 'version')"
_TOMBSTONES = f"""
SELECT a.* REPLACE (true AS gone, getvariable('observed')::TIMESTAMP AS observed, getvariable('run') AS run)
FROM artifacts AS a ANTI JOIN kept AS k ON a.ref = k.ref
LEFT JOIN kept AS same ON same.hub_id = a.hub_id AND same.kind = a.kind AND same.person
WHERE {_SAME_SHELF} AND same.ref IS NULL
"""  # of what was found to depict somebody since, the earlier name is not written again

_FILES = r"""
SELECT ref AS artifact, f.path AS path, f.size AS size,
       CASE WHEN regexp_full_match(lower(f.sha256), '[0-9a-f]{64}') THEN lower(f.sha256) END AS sha256,
       CASE lower(regexp_extract(f.path, '\.(\w+)$', 1))
           WHEN 'safetensors' THEN 'safetensors' WHEN 'gguf' THEN 'gguf' WHEN 'onnx' THEN 'onnx'
           WHEN 'bin' THEN 'pickle' WHEN 'pt' THEN 'pickle' WHEN 'pth' THEN 'pickle' WHEN 'ckpt' THEN 'pickle'
           WHEN 'pkl' THEN 'pickle' WHEN 'h5' THEN 'hdf5' WHEN 'msgpack' THEN 'msgpack' ELSE 'other' END AS format,
       observed, run
FROM (
    SELECT ref, observed, run, unnest(siblings) AS f FROM kept
)
WHERE f.path IS NOT NULL
"""
