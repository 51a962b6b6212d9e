"""Trace a behaviour to its training items, take it out, and prove it gone: exit 0 held, 1 not held, 2 could not tell.

SUBJECT is a subject file, or a folder with subject.toml. --out gets the repaired model, the forget set, the
certificate, the record of the repair and its page; --into the rows of all of it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headgate.options import forget_option, into_option, subject_argument

if TYPE_CHECKING:
    from headgate.repair.mend import Mended, Plan
    from headgate.repair.shapes import Model, Subject
    from headgate.workspace import Workspace

_LIST = "METHOD[,METHOD...]"


def _repair(
    subject: Path, *, into: Path, out: Path, forget: Path | None, trace: str | None, most: int, widen: bool,
    remove: str | None, tests: str | None, budget: int, drop: float, references: int, seed: int, format_: str,
) -> int:  # fmt: skip
    from headgate.repair import after, loop, subject_file
    from headgate.repair.certificate import place, statement
    from headgate.repair.example_files import read_ids, write_ids
    from headgate.repair.examples import parted
    from headgate.repair.load import load
    from headgate.repair.mend import Plan, mend
    from headgate.repair.record import to_json
    from headgate.repair.shapes import ForgetSet
    from headgate.report import repaired
    from headgate.report.json import save
    from headgate.workspace import open_workspace

    file = subject_file.read(subject)
    given = load(file)
    kind = given.subject.adapter.kind
    named = ForgetSet(read_ids(forget), f"named in {forget.name}") if forget else None
    if named:
        parted(given.subject.train, named)
    plan = Plan(
        _listed(trace) or loop.TRACERS[kind], _listed(remove) or loop.REMOVERS[kind],
        _listed(tests) or loop.TESTS[kind], named, most, widen, budget, drop, references, seed,
    )  # fmt: skip
    loop.check_methods(plan.tracers, plan.removers, plan.tests)
    after.make(out)
    ws = open_workspace(into, create=True)
    refs: list[str] = []

    def keep(chosen: ForgetSet, model: Model) -> str:
        refs.append(after.write(file, given.subject, chosen, model, out / "model"))
        return refs[0].rpartition(":")[2]

    made = mend(given, plan, keep)
    write_ids(out / "forget.csv", made.forget.ids)
    assert made.record.certificate is not None
    certificate = statement(made.record.certificate) + "\n"
    save(out / "certificate.json", certificate)
    save(out / "repair.json", to_json(made.record) + "\n")
    save(out / "repair.html", repaired.render(made.record))
    if kept := place(ws.path, refs[0]):
        save(kept, certificate)
    _write(ws, given.subject, refs[0], made, plan)
    click.echo(to_json(made.record) if format_ == "json" else "\n".join(_lines(made)))
    sys.stderr.write(f"page: {out / 'repair.html'}\n")
    return loop.EXIT[made.record.certificate.verdict]


def _write(ws: Workspace, subject: Subject, child: str, made: Mended, plan: Plan) -> None:
    from headgate.repair import tables

    source, ids, of = subject.ref, subject.train.ids, {"name": subject.name, "seed": plan.seed}
    for one in made.traced:
        with tables.recorded(ws, "trace", one.method, source, of) as run:
            tables.write_influences(ws, run, ids, one.influence)
    with tables.recorded(ws, "remove", made.method, source, {**of, "budget": plan.budget}) as run:
        name, evidence = f"{made.record.name} without {len(made.forget.ids)} items", made.forget.reason
        if not any(one.taken for one in made.record.trials):
            name, evidence = f"{made.record.name}, unchanged", "no removal was taken: the weights are the source's"
        tables.write_removal(ws, run, child, name, evidence)
    for test in made.proved:
        with tables.recorded(ws, "prove", test.test, child, {**of, "references": plan.references}) as run:
            tables.write_checks(ws, run, test.checks)


def _lines(made: Mended) -> list[str]:
    from headgate.plain import plain
    from headgate.repair.tables import said

    kept, certificate = made.record, made.record.certificate
    assert certificate is not None
    tried = [one for one in kept.trials if one.taken]
    settings = ", ".join(f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
                         for one in tried for name, value in one.settings.items())  # fmt: skip
    lines = [
        f"trace:  {', '.join(one.method for one in made.traced)} over {plain(kept.name, 80)}",
        *(
            f"agree:  {one.first} and {one.second} on {one.shared:.0%} of their first {len(made.forget.ids)}"
            for one in kept.agreement
            if one.shared is not None
        ),
        f"forget: {len(made.forget.ids)} items, {plain(made.forget.reason, 200)}",
        f"remove: {made.method} ({settings or 'nothing was taken'}), the best of {len(kept.trials)} trials",
    ]
    lines += [f"prove:  {f'{one.test} {one.axis}'.strip():26} {plain(said(one), 300)}" for one in kept.checks]
    lines += [f"        left out: {plain(one, 200)}" for one in kept.notes if one.startswith("left out")]
    lines.append(f"{certificate.verdict}: {plain(certificate.because, 400)}")
    return [*lines, *(f"may be said: {one}" for one in certificate.claims)]


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(one.strip() for one in (text or "").split(",") if one.strip())


def _either(subject: Path | None, example: Path | None, **given: object) -> int:
    from headgate.errors import UsageError

    if example is not None:
        from headgate.repair.load import need

        for package, extra in (("torch", "models"), ("sklearn", "learn")):
            need(package, extra, "the example")
        from headgate.synthetic.digits_subject import write

        write(example)
        click.echo(f"made {example}: headgate repair {example} --into hub.headgate --out repaired")
        return 0
    missing = [name for name in ("into", "out") if given[name] is None]
    if subject is None or missing:
        msg = f"repair needs SUBJECT, --into and --out{f', and lacks --{missing[0]}' if missing else ''}. "
        raise UsageError(msg + "--example DIR makes a subject to try it on.")
    return _repair(subject, **given)  # type: ignore[arg-type]


_subject, _into = subject_argument(), into_option()
_subject.required = _into.required = False
command = click.Command(
    "repair", callback=_either, help=__doc__,
    params=[
        _subject, _into,
        click.Option(["--out"], type=click.Path(path_type=Path), help="A new folder for all that is made."),
        forget_option(required=False),
        click.Option(["--most"], type=click.IntRange(1), default=50, show_default=True,
                     help="How many traced items go at most, without --forget."),
        click.Option(["--widen/--no-widen"], default=False, show_default=True,
                     help="Take items that look like the forget set too: where not all bad ones are known."),
        click.Option(["--trace"], metavar=_LIST, help="Trace methods; the first one leads [default: by kind]."),
        click.Option(["--remove"], metavar=_LIST, help="Removal methods to try [default: by kind]."),
        click.Option(["--tests"], metavar=_LIST, help="Tests of the removal [default: by kind]."),
        click.Option(["--budget"], type=click.IntRange(1), default=12, show_default=True,
                     help="Trials of each removal method, judged on validation items."),
        click.Option(["--drop"], type=click.FloatRange(0, 1), default=0.02, show_default=True,
                     help="How much utility a removal may lose."),
        click.Option(["--references"], type=click.IntRange(0, 20), default=3, show_default=True,
                     help="How many models are trained again without the forget set, to compare with."),
        click.Option(["--seed"], type=click.IntRange(0), default=0, show_default=True),
        click.Option(["--example"], type=click.Path(path_type=Path), metavar="DIR",
                     help="Make a small subject in DIR to try this on, and do nothing else."),
        click.Option(["--format", "format_"], type=click.Choice(["table", "json"]), default="table", show_default=True),
    ],
)  # fmt: skip
