from __future__ import annotations

import torch

from headgate.nn.training import seeded
from headgate.protecting import roughen


def test_augmented_pictures_are_moved_and_shaded_each_in_its_own_way() -> None:
    # each pixel says its row and column
    rows = torch.linspace(-0.4, 0.4, 16)[:, None].expand(16, 16)
    x = torch.stack([rows, rows.T, torch.zeros(16, 16)]).expand(64, 3, 16, 16)
    with seeded(0):
        made = roughen.augment(x)
    assert made.shape == x.shape
    assert float(made.abs().max()) <= 1
    assert len({tuple(one.flatten().tolist()) for one in made}) == 64
    shade = made[:, 2].reshape(64, -1)
    assert float((shade.max(1).values - shade.min(1).values).max()) < 1e-6  # one shade a picture
    assert float(shade.abs().max()) <= 0.2
    falls = (made[:, 1, 8, 4:12].diff(dim=1) < 0).all(1)  # mirrored: columns count down
    assert 16 < int(falls.sum()) < 48
    with seeded(0):
        assert torch.equal(made, roughen.augment(x))


def test_filtered_pictures_keep_flat_areas_and_are_blurred_or_sharpened() -> None:
    flat = torch.full((8, 3, 12, 12), 0.3)
    with seeded(0):
        torch.testing.assert_close(roughen.filtered(flat), flat)
    edge = torch.cat([torch.full((40, 3, 12, 6), -0.5), torch.full((40, 3, 12, 6), 0.5)], dim=3)
    with seeded(0):
        made = roughen.filtered(edge)
    step = made[:, 0, 6, 6] - made[:, 0, 6, 5]
    assert 5 < int((step > 1).sum()) < 35  # sharpened; the others are softened
    assert int((step < 1).sum()) == 40 - int((step > 1).sum())
