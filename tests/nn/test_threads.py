from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="the extra models is not installed")

import torch

from headgate.nn import threads


def test_small_models_get_one_thread_and_large_ones_keep_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        small, large = torch.nn.Linear(3, 3), torch.nn.Linear(60, 60)
        monkeypatch.setattr(threads, "SMALL", 100)
        with threads.fitting(small):
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        with threads.fitting(large):
            assert torch.get_num_threads() == 2
        with pytest.raises(ZeroDivisionError), threads.fitting(small):
            raise ZeroDivisionError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_the_device_is_that_of_the_weights() -> None:
    assert threads.device_of(torch.nn.Linear(1, 1)).type == "cpu"
    assert threads.device_of(torch.nn.Linear(1, 1, device="meta")).type == "meta"
    assert threads.device_of(torch.nn.ReLU()).type == "cpu"


def test_each_part_is_in_its_own_mode_again_after_it_was_asked() -> None:
    model = torch.nn.Sequential(torch.nn.Dropout(), torch.nn.Sequential(torch.nn.BatchNorm1d(2)).eval()).train()
    model[1].eval()
    with threads.evaluating(model):
        assert not any(part.training for part in model.modules())
    assert [part.training for part in model.modules()] == [True, True, False, False]
