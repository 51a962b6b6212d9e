from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent / "bench" / "cifar_poison.py"


def test_the_benchmark_of_poison_healing_runs_in_small_and_says_what_it_lacks() -> None:
    done = subprocess.run([sys.executable, str(BENCH), "--smoke"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    methods = [line.split()[2 if "poisoned" in line else 3] for line in done.stdout.splitlines()[1:]]
    assert methods == ["poisoned", *("retrain", "npo", "ssd", "finetune") * 2]
    bare = subprocess.run([sys.executable, str(BENCH)], capture_output=True, text=True, check=False)
    assert bare.returncode == 1
    assert "cifar_poison needs " in bare.stderr
