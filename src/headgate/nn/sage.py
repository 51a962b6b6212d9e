"""GraphSAGE over typed links, the rival of propagated features: same words, numbers, links and labels as input.

Reference: Hamilton, Ying and Leskovec, "Inductive Representation Learning on Large Graphs" (2017), mean
aggregator; Schlichtkrull et al. (2018), one weight matrix a relation; Shi et al., "Masked Label Prediction"
(2021): known labels are inputs, a random part of them hidden in each step and predicted.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch_geometric.nn import SAGEConv

from headgate.evidence.ranking import rank
from headgate.learn.lineage import RELATIONS, Flags, Floats, Ints, Lineage

if TYPE_CHECKING:
    from headgate.learn.words import Sparse

Setting: TypeAlias = tuple[int, float, float]  # width, learning rate, dropout
GRID: tuple[Setting, ...] = tuple(product((32, 64), (0.003, 0.01), (0.3,)))
EPOCHS, EVERY = 80, 10
_ASKED = 0.5  # of the labels, hidden and predicted in each step
_NUMBERS = 8  # inputs beside the words and the label: four numbers and whether each is known


class Sage(nn.Module):
    """Two layers of one SAGEConv a relation and direction, over an embedding of words and of a few numbers."""

    def __init__(self, vocabulary: int, kinds: int, width: int, dropout: float) -> None:
        super().__init__()
        self.words = nn.Parameter(torch.randn(vocabulary, width) * 0.05)
        self.own = nn.Linear(_NUMBERS + 2, width)
        self.layers = nn.ModuleList(
            nn.ModuleList(SAGEConv(width, width, root_weight=place == 0) for place in range(kinds)) for _ in range(2)
        )
        self.out, self.dropout = nn.Linear(width, 1), nn.Dropout(dropout)

    def forward(self, words: torch.Tensor, own: torch.Tensor, links: list[torch.Tensor]) -> torch.Tensor:
        """One log-odds a node."""
        x = torch.relu(torch.sparse.mm(words, self.words) + self.own(own))
        for layer in self.layers:
            inside = self.dropout(x)
            near = [conv(inside, edge) for conv, edge in zip(cast("nn.ModuleList", layer), links, strict=True)]
            x = x + torch.relu(torch.stack(near).sum(0))
        return cast("torch.Tensor", self.out(self.dropout(x)).squeeze(1))


def sage_scores(
    lineage: Lineage, words: Sparse, seeds: Floats, among: Flags, inner: Ints, nodes: Ints, seed: int = 0,
    grid: tuple[Setting, ...] = GRID,
) -> Floats:  # fmt: skip
    """Score of each of `nodes` by GraphSAGE fitted on `among` with the labels `seeds`.

    Width, learning rate, dropout and number of epochs are those with the best average precision on the
    first fold of `inner`; the network is then fitted anew on all of `among`.
    """
    inputs = _Inputs(lineage, words)
    held = among & (inner == inner[among].min())
    tried = [
        (average, epochs, setting)
        for setting in grid
        for epochs, average in _curve(inputs, seeds, among & ~held, held, setting, seed)
    ]
    _, epochs, best = max(tried, key=lambda one: one[0])
    network = _fit(inputs, seeds, among, best, epochs, seed)
    return _scores(network, inputs, np.where(among, seeds, 0).astype(np.float32))[nodes]


class _Inputs:
    """Words, numbers and links as tensors; accounts are nodes behind the artifacts."""

    def __init__(self, lineage: Lineage, words: Sparse) -> None:
        accounts = int(lineage.author.max()) + 1
        self.size, self.artifacts = lineage.size + accounts, lineage.size
        rows = words.tocoo()
        place = torch.from_numpy(np.stack([rows.coords[0], rows.coords[1]]).astype(np.int64))
        scale = 1 / np.sqrt(np.maximum(np.diff(words.indptr), 1))[rows.coords[0]]
        self.vocabulary = words.shape[1]
        with torch.sparse.check_sparse_tensor_invariants(False):  # type: ignore[no-untyped-call]  # or else it warns
            values = torch.from_numpy(scale.astype(np.float32))
            self.words = torch.sparse_coo_tensor(place, values, (self.size, self.vocabulary)).coalesce()
        known = np.isfinite(lineage.numbers)
        filled, number = np.where(known, lineage.numbers, 0), np.maximum(known.sum(0), 1)
        centre = filled.sum(0) / number
        spread = np.sqrt((np.where(known, lineage.numbers - centre, 0) ** 2).sum(0) / number)
        centred = np.where(known, (lineage.numbers - centre) / np.maximum(spread, 1e-6), 0)
        self.numbers = torch.zeros(self.size, _NUMBERS)
        self.numbers[: lineage.size] = torch.from_numpy(
            np.nan_to_num(np.column_stack([centred, known])).astype(np.float32)
        )
        pairs = [
            (lineage.child[chosen], lineage.parent[chosen])
            for chosen in (lineage.relation == place for place in range(len(RELATIONS)))
        ]
        models = np.flatnonzero(lineage.model).astype(np.int64)
        pairs.append((models, lineage.size + lineage.author[models]))
        both = [way for a, b in pairs for way in ((a, b), (b, a))]
        self.links = [torch.from_numpy(np.stack(pair).astype(np.int64)) for pair in both]


def _curve(
    inputs: _Inputs, seeds: Floats, among: Flags, held: Flags, setting: Setting, seed: int
) -> list[tuple[int, float]]:
    """Average precision on `held` every few epochs of fitting on `among`."""
    visible = np.where(among, seeds, 0).astype(np.float32)
    hit, alone = seeds[held] > 0, np.arange(int(held.sum()))
    found = []

    def judge(epoch: int, network: Sage) -> None:
        if epoch % EVERY == 0:
            score = _scores(network, inputs, visible)[held]
            found.append((epoch, rank(hit, score, alone, draws=0).average_precision.value))

    _fit(inputs, seeds, among, setting, EPOCHS, seed, judge)
    return found


def _fit(
    inputs: _Inputs, seeds: Floats, among: Flags, setting: Setting, epochs: int, seed: int,
    after: Callable[[int, Sage], None] = lambda epoch, network: None,
) -> Sage:  # fmt: skip
    width, rate, dropout = setting
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    network = Sage(inputs.vocabulary, len(inputs.links), width, dropout)
    step = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-4)
    visible = np.where(among, seeds, 0).astype(np.float32)
    target = torch.from_numpy(visible)
    for epoch in range(1, epochs + 1):
        network.train()
        asked = np.flatnonzero(among & (draw.random(inputs.artifacts) < _ASKED))
        shown = visible.copy()
        shown[asked] = 0
        step.zero_grad()
        scores = network(inputs.words, _own(inputs, shown), inputs.links)[asked]
        loss = nn.functional.binary_cross_entropy_with_logits(scores, target[asked])
        torch.autograd.backward(loss)
        step.step()
        after(epoch, network)
    return network


def _scores(network: Sage, inputs: _Inputs, visible: Floats) -> npt.NDArray[np.float32]:
    network.eval()
    with torch.no_grad():
        found = network(inputs.words, _own(inputs, visible), inputs.links)
    return np.asarray(found[: inputs.artifacts].numpy())


def _own(inputs: _Inputs, shown: Floats) -> torch.Tensor:
    flags = torch.zeros(inputs.size, 2)
    flags[: inputs.artifacts, 0] = torch.from_numpy(shown)
    flags[inputs.artifacts :, 1] = 1  # an account
    return torch.cat([inputs.numbers, flags], 1)
