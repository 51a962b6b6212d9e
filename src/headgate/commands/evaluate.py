"""Judge a detector: its error by split, with intervals, beside its baselines on the same rows."""

from __future__ import annotations

from pathlib import Path

import click

from headgate.options import format_option, workspace_option

_SPLITS = ("component", "author", "time", "hub", "random")


@click.command("evaluate", help=__doc__)
@click.argument("detector")
@workspace_option
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    help="A CSV of at least 20 known cases: refs in its first column, and perhaps a column label (yes, no) "
    "[default: the labels and seeds of the workspace].",
)
@click.option("--split", "wanted", type=click.Choice(_SPLITS), multiple=True, default=_SPLITS,
              help="Which splits to make; all of them by default.")  # fmt: skip
@click.option("--folds", type=click.IntRange(2, 50), default=5, show_default=True, help="Folds of each split.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the folds, the models and the intervals.")
@click.option("--network", is_flag=True, help="Judge GraphSAGE too, tuned on validation folds; takes the extra graph.")
@format_option
def command(
    detector: str, workspace: Path, labels: Path | None, wanted: tuple[str, ...], folds: int, seed: int, network: bool,
    format_: str,
) -> None:  # fmt: skip
    """Print a table for each split, and what the worst one says."""
    from headgate import catalog, evaluate_text
    from headgate.errors import MissingExtra
    from headgate.evaluate import evaluate
    from headgate.workspace import open_workspace

    method = catalog.find("detect", detector)
    catalog.load(method)  # says which extra is missing
    if network and not catalog.installed("torch_geometric"):
        msg = "--network needs torch_geometric. Install it with: pip install 'headgate[graph]'"
        raise MissingExtra(msg)
    found = evaluate(open_workspace(workspace), detector, labels=labels, wanted=wanted, folds=folds, seed=seed,
                     network=network)  # fmt: skip
    click.echo(evaluate_text.render(found, format_))
