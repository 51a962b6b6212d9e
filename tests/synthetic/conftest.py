"""One synthetic hub for all tests that only read it."""

from __future__ import annotations

import pytest

from headgate.synthetic import generate
from tests.synthetic.dumps import FILES, Dumps, read


@pytest.fixture(scope="session")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Dumps:
    """2,000 artifacts, their dumps and what was planted in them."""
    folder = tmp_path_factory.mktemp("dumps")
    truth = generate(folder, artifacts=2000, seed=7)
    return Dumps(folder, truth, *(read(folder, name) for name in FILES))
