"""Scores of captum, kronfluence, pyDVL or dattri on the model that attribution.py wrote; run by their own interpreter.

    PYTHON bench/attribution_peers.py captum|kronfluence|pydvl|dattri FOLDER

FOLDER holds the arrays train_x, train_y, query_x, query_y, train_features, query_features, rates (npy) and the weights
of each checkpoint and of the model (safetensors). Scores are means over queries; written: <name>.npy, and the
processor's seconds (seconds-<library>.json). What a library spends on importing is not counted; what it spends on
fitting and on its own files is.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

Scored = Iterator[tuple[str, np.ndarray, float]]
NEAREST = 5


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    found = work()
    return found, time.process_time() - start


def net() -> Any:
    """headgate.nn.networks.convolutional((1, 8, 8), 10), written out: these interpreters need no headgate."""
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10),
    ).eval()  # fmt: skip


def weights(file: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(file)


def tensors(folder: Path, kind: str) -> Any:
    import torch
    from torch.utils.data import TensorDataset

    torch.set_num_threads(1)
    return TensorDataset(
        torch.from_numpy(np.load(folder / f"{kind}_x.npy")), torch.from_numpy(np.load(folder / f"{kind}_y.npy"))
    )


def captum(folder: Path) -> Scored:
    import torch
    from captum.influence import TracInCPFast

    train, queries = tensors(folder, "train"), tensors(folder, "query")
    rates = np.load(folder / "rates.npy").tolist()
    files = sorted(folder.glob("checkpoint-*.safetensors"))

    def load(model: Any, file: Path) -> float:
        model.load_state_dict(weights(file))
        return float(rates[files.index(file)])

    for name, kept in (("captum TracInCPFast", files), ("captum TracInCPFast, first checkpoint", files[:1])):
        model = net()

        def work(model: Any = model, kept: Any = kept) -> np.ndarray:
            traced = TracInCPFast(
                model, model[-1], train, kept, load, torch.nn.CrossEntropyLoss(reduction="sum"), batch_size=256
            )
            return traced.influence(queries.tensors).mean(0).detach().numpy()

        yield name, *timed(work)


def dattri(folder: Path) -> Scored:
    import torch
    from dattri.algorithm.tracin import TracInAttributor
    from dattri.task import AttributionTask
    from torch.utils.data import DataLoader

    model = net()
    states = [weights(file) for file in sorted(folder.glob("checkpoint-*.safetensors"))]
    rates = np.load(folder / "rates.npy").tolist()

    def loss(parameters: Any, data: Any) -> Any:
        x, y = data
        logits = torch.func.functional_call(model, parameters, x.unsqueeze(0))
        return torch.nn.functional.cross_entropy(logits, y.unsqueeze(0))

    for name, cosine, kept in (("dattri TracIn", False, len(states)), ("dattri CosIn", True, len(states))):

        def work(cosine: bool = cosine, kept: int = kept) -> np.ndarray:
            task = AttributionTask(loss_func=loss, model=model, checkpoints=states[:kept])
            traced = TracInAttributor(task, weight_list=torch.tensor(rates[:kept]), normalized_grad=cosine)
            traced.projector_kwargs = None  # or else it projects at random, whatever it was given
            loaders = [DataLoader(tensors(folder, kind), batch_size=256) for kind in ("train", "query")]
            return traced.attribute(*loaders).mean(1).detach().numpy()

        yield name, *timed(work)


def kronfluence(folder: Path) -> Scored:
    import torch
    from kronfluence.analyzer import Analyzer, prepare_model
    from kronfluence.arguments import FactorArguments, ScoreArguments
    from kronfluence.task import Task

    def summed(logits: Any, answers: Any) -> Any:
        return torch.nn.functional.cross_entropy(logits, answers, reduction="sum")

    class Digits(Task):
        def compute_train_loss(self, batch: Any, model: Any, sample: bool = False) -> Any:
            x, y = batch
            logits = model(x)
            return summed(logits, torch.multinomial(logits.detach().softmax(1), 1)[:, 0] if sample else y)

        def compute_measurement(self, batch: Any, model: Any) -> Any:
            return summed(model(batch[0]), batch[1])

    train, queries, task = tensors(folder, "train"), tensors(folder, "query"), Digits()
    torch.manual_seed(0)
    kinds = {
        "kronfluence identity": (FactorArguments(strategy="identity"), False),
        "kronfluence EK-FAC": (FactorArguments(strategy="ekfac"), False),
        "kronfluence EK-FAC, given answers": (FactorArguments(strategy="ekfac", use_empirical_fisher=True), False),
        "kronfluence EK-FAC / own": (FactorArguments(strategy="ekfac", use_empirical_fisher=True), True),
    }
    for name, (settings, own) in kinds.items():
        model = net()
        model.load_state_dict(weights(folder / "model.safetensors"))

        def work(model: Any = model, settings: Any = settings, own: bool = own) -> np.ndarray:
            with tempfile.TemporaryDirectory() as place:
                analyzer = Analyzer(
                    "digits", prepare_model(model, task), task, cpu=True, disable_tqdm=True, log_level=40,
                    output_dir=place,
                )  # fmt: skip
                analyzer.fit_all_factors("factors", train, per_device_batch_size=256, factor_args=settings)
                damped = ScoreArguments(damping_factor=None)  # a tenth of each layer's mean
                analyzer.compute_pairwise_scores(
                    "pairs", "factors", queries, train, per_device_query_batch_size=len(queries),
                    per_device_train_batch_size=256, score_args=damped,
                )  # fmt: skip
                found = analyzer.load_pairwise_scores("pairs")["all_modules"].mean(0)
                if own:
                    analyzer.compute_self_scores(
                        "own", "factors", train, per_device_train_batch_size=256, score_args=damped
                    )
                    found = found / analyzer.load_self_scores("own")["all_modules"].clamp(min=1e-38).sqrt()
                return found.numpy()

        yield name, *timed(work)


def pydvl(folder: Path) -> Scored:
    from pydvl.valuation.dataset import Dataset
    from pydvl.valuation.methods.knn_shapley import KNNShapleyValuation
    from sklearn.neighbors import KNeighborsClassifier

    answers = [np.load(folder / f"{kind}_y.npy") for kind in ("train", "query")]
    for name, column in (("pyDVL kNN-Shapley, pixels", "x"), ("pyDVL kNN-Shapley, features", "features")):
        flat = [np.load(folder / f"{kind}_{column}.npy") for kind in ("train", "query")]
        sides = [Dataset(x.reshape(len(x), -1), y) for x, y in zip(flat, answers, strict=True)]

        def work(sides: Any = sides) -> np.ndarray:
            model = KNeighborsClassifier(n_neighbors=NEAREST)
            return KNNShapleyValuation(model, sides[1], progress=False).fit(sides[0]).result.values

        yield name, *timed(work)


def main() -> None:
    library, folder = sys.argv[1], Path(sys.argv[2])
    seconds = {}
    for name, scores, spent in {"captum": captum, "kronfluence": kronfluence, "pydvl": pydvl, "dattri": dattri}[
        library
    ](folder):
        np.save(folder / f"{name.replace('/', 'by')}.npy", scores)
        seconds[name] = spent
    (folder / f"seconds-{library}.json").write_text(json.dumps(seconds))


if __name__ == "__main__":
    main()
