"""The spectrum of the normalised Laplacian of a lineage graph, taken without directions, as a distribution on 0 to 2.

Up to 1,000 nodes all eigenvalues are computed; beyond, stochastic Lanczos quadrature gives their distribution from
random vectors, with an error that is told.
Reference: S. Ubaru, J. Chen and Y. Saad (2017), SIAM J. Matrix Anal. Appl. 38, 1075-1099; T. Chen, T. Trogdon and
S. Ubaru (2021), Analysis of stochastic Lanczos quadrature for spectrum approximation, ICML.
Checked against: all eigenvalues by numpy.linalg.eigvalsh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headgate.snapshots.distributions import EIGENVALUES, Floats, distance, on_grid
from headgate.snapshots.node_statistics import Links

if TYPE_CHECKING:
    from scipy.sparse import csr_array

EXACT = 1000  # nodes
PROBES, STEPS = 8, 24
_NOTHING = 1e-8  # of a vector that is left when all of its part of the space was seen


class Spectrum(NamedTuple):
    """Shares of eigenvalues at the points of `EIGENVALUES`, and how far they may be off: 0 where all were computed."""

    shares: Floats
    error: float


def spectrum(given: Links, *, seed: int = 0, exact: int = EXACT) -> Spectrum:
    """The spectrum of `given`, exactly up to `exact` nodes; `seed` draws the vectors beyond.

    The error is twice the standard error of the mean over the vectors, in Wasserstein distance. It leaves out what 24
    Lanczos steps cannot resolve (at most about 0.1, and alike on both sides of a comparison).
    """
    matrix = _walk(given)
    if given.size <= exact:
        return Spectrum(on_grid(1 - np.linalg.eigvalsh(matrix.toarray()), EIGENVALUES) / given.size, 0.0)
    several = _by_vector(matrix, seed)
    mean = several.mean(0)
    off = np.mean([distance(one, mean, EIGENVALUES) for one in several])
    return Spectrum(mean, float(2 * off / np.sqrt(len(several) - 1)))


def apart(first: Spectrum, second: Spectrum) -> tuple[float, float, float]:
    """The Wasserstein distance of two spectra, and the least and the most it may be by their errors."""
    found, error = distance(first.shares, second.shares, EIGENVALUES), first.error + second.error
    return found, max(0.0, found - error), found + error


def _walk(given: Links) -> csr_array:
    """The adjacency of `given` without directions, each entry by the root of both degrees."""
    from scipy.sparse import csr_array

    ends = (np.concatenate((given.parent, given.child)), np.concatenate((given.child, given.parent)))
    adjacency = csr_array((np.ones(len(ends[0])), ends), shape=(given.size, given.size))
    adjacency.sum_duplicates()
    adjacency.data[:] = 1.0
    root = 1 / np.sqrt(np.diff(adjacency.indptr))
    adjacency.data *= np.repeat(root, np.diff(adjacency.indptr)) * root[adjacency.indices]
    return adjacency


def _by_vector(matrix: csr_array, seed: int) -> Floats:
    """The spectrum as each of `PROBES` random vectors sees it, shape (probes, points)."""
    from scipy.linalg import eigh_tridiagonal

    alphas, betas = _lanczos(matrix, np.random.default_rng(seed))
    found = []
    for alpha, beta in zip(alphas.T, betas.T, strict=True):
        values, vectors = eigh_tridiagonal(alpha, beta)
        found.append(on_grid(1 - values, EIGENVALUES, vectors[0] ** 2))
    return np.stack(found)


def _lanczos(matrix: csr_array, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Diagonals (steps, probes) and off-diagonals (steps - 1, probes) of the Lanczos matrices of random signs."""
    size = matrix.shape[0]
    now = rng.choice(np.array([-1.0, 1.0]), size=(size, PROBES)) / np.sqrt(size)
    before, beta = np.zeros_like(now), np.zeros(PROBES)
    alphas, betas = np.zeros((STEPS, PROBES)), np.zeros((STEPS - 1, PROBES))
    for step in range(STEPS):
        ahead = matrix @ now
        ahead -= before * beta
        alphas[step] = np.einsum("ij,ij->j", ahead, now)
        ahead -= now * alphas[step]
        if step == STEPS - 1:
            break
        beta = np.linalg.norm(ahead, axis=0)
        beta[beta < _NOTHING] = 0.0
        betas[step] = beta
        ahead *= np.divide(1.0, beta, out=np.zeros_like(beta), where=beta > 0)
        before, now = now, ahead
    return alphas, betas
