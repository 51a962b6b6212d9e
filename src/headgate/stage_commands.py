"""Commands made from methods: `headgate <stage> <method>`, its flags read from the signature."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from headgate import catalog
from headgate.errors import UsageError
from headgate.shapes import Db, Method, Param

SHOWN = 25  # decisions that a screen holds
_TYPES: dict[str, click.ParamType[Any] | type] = {
    "int": int, "float": float, "bool": bool, "str": str, "Path": click.Path(path_type=Path),
}  # fmt: skip


class StageGroup(click.Group):
    """The methods of one stage as commands; none is imported to list them."""

    def __init__(self, stage: str, run: Callable[..., Any], common: list[click.Parameter], **attrs: Any) -> None:
        super().__init__(name=stage, **attrs)
        self.stage, self.run, self.common = stage, run, common

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the stage's methods."""
        return [method.name for method in catalog.methods(self.stage)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of the method `cmd_name`."""
        return self._command(catalog.find(self.stage, cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the methods with their summaries."""
        with formatter.section("Methods"):
            formatter.write_dl([(m.name, m.summary) for m in catalog.methods(self.stage)])

    def shared_by(self, method: Method) -> list[click.Parameter]:
        """The parameters that `method` has in common with the others; a group may leave some out for it."""
        return self.common

    def _command(self, method: Method) -> click.Command:
        return click.Command(
            name=method.name,
            help="\b\n" + method.doc.replace("\n\n", "\n\n\b\n"),
            params=[*map(_parameter, method.params), *self.shared_by(method)],
            callback=lambda **given: self.run(method, **given),
        )


def _parameter(param: Param) -> click.Parameter:
    kind = param.type.replace(" | None", "")
    if kind.startswith("Literal["):
        choices = ast.literal_eval(f"({kind[8:-1]},)")
        return click.Option(["--" + param.name.replace("_", "-")], type=click.Choice(choices), default=param.default,
                            show_default=True, help=param.help)  # fmt: skip
    if kind not in _TYPES:
        msg = f"argument {param.name!r} has the type {param.type}; flags can be {', '.join(_TYPES)}."
        raise UsageError(msg)
    if param.required:
        return click.Argument([param.name], type=_TYPES[kind])
    flag = "--" + param.name.replace("_", "-")
    if kind == "bool":
        return click.Option([f"{flag}/--no-{flag[2:]}"], default=param.default, show_default=True, help=param.help)
    if param.name == "seed" and kind == "int":  # what draws takes none below 0
        return click.Option([flag], type=click.IntRange(0), default=param.default, show_default=True, help=param.help)
    shown = param.default is not None
    return click.Option([flag], type=_TYPES[kind], default=param.default, show_default=shown, help=param.help)


def method_group(stage: str, doc: str | None) -> StageGroup:
    """The commands of a stage that reads a workspace and writes its table back."""
    option = click.Option(["--workspace", "-w"], type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE",
                          required=True, help="The workspace to read and write (or HEADGATE_WORKSPACE).")  # fmt: skip
    show = click.Option(["--show"], multiple=True, metavar="REF", help="Print what it says of this artifact.")
    return StageGroup(stage, _run, [option, show], help=doc)


def _run(method: Method, *, workspace: Path, show: tuple[str, ...] = (), **params: Any) -> None:
    from headgate import refs, run
    from headgate.workspace import open_workspace

    if show and method.sensitive:
        msg = f"{method.name} is sensitive, and --show is not for it. With the host key: headgate items {method.name}"
        raise UsageError(msg)
    wanted = [str(refs.parse(name)) for name in show]
    ws = open_workspace(workspace)
    made = run.run_method(ws, method.stage, method.name, **params)
    rows = ", ".join(f"{count:,} rows of {table}" for table, count in made.rows.items())
    click.echo(f"{method.stage} {method.name}: {rows} in {made.seconds:.2f} s")
    if wanted:
        for ref in wanted:
            click.echo("\n".join(_said_about(ws.db, run.TABLE[method.stage], made.id, ref)))
    elif method.stage == "govern":
        click.echo("\n".join(_decided(ws.db, made.id)))


def _said_about(db: Db, table: str, run: str, ref: str) -> list[str]:
    """What the run `run` wrote of `ref` into `table`, one line for each row."""
    from headgate.plain import plain

    said, why = {
        "edges": ("relation || ' of ' || parent", "how || ', ' || confidence || ': ' || evidence"),
        "findings": ("coalesce(value::VARCHAR, 'could not tell') || coalesce(' (n = ' || n || ')', '')", "evidence"),
        "decisions": ("decision", "because"),
    }[table]
    subject = "child" if table == "edges" else "subject"
    rows = db.execute(
        f"SELECT {subject}, {said} AS said, {why} AS why FROM {table} "
        f"WHERE run = ? AND folded({subject}) = folded(?) ORDER BY ALL",
        [run, ref],
    ).fetchall()
    return [": ".join(plain(cell, 2_000) for cell in row if cell) for row in rows] or [f"{plain(ref)}: nothing is said"]


def _decided(db: Db, run: str) -> list[str]:
    """The decisions of `run` as lines; of many only how often each, small numbers hidden where a rule is sensitive."""
    from headgate.evidence.intervals import hide_small
    from headgate.plain import plain

    listed = "SELECT subject, decision, because FROM decisions WHERE run = ? ORDER BY subject LIMIT ?"
    rows = db.execute(listed, [run, SHOWN + 1]).fetchall()
    if len(rows) <= SHOWN:
        return [": ".join(plain(cell, 400) for cell in row if cell) for row in rows]
    counted = """
        SELECT decision, count(*) AS number, coalesce(bool_or(contains(because, 'a sensitive rule')), false)
        FROM decisions WHERE run = ? GROUP BY decision ORDER BY number DESC, decision
    """
    found = db.execute(counted, [run]).fetchall()
    counts: list[int | str] = [number for _, number, _ in found]
    if any(touches for _, _, touches in found):
        counts = hide_small([number for _, number, _ in found])
    return [f"{plain(decision)}: {number}" for (decision, *_), number in zip(found, counts, strict=True)]
