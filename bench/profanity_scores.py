"""Scores of alt-profanity-check for bench/toxicity.py, made in a virtual environment of its own.

    python -m venv other && other/bin/pip install alt-profanity-check==1.9.1 numpy
    other/bin/python bench/profanity_scores.py scores.json

Its model is a pickle inside the wheel: loading it runs whatever is in it, so it has no place in the product.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from profanity_check import predict_prob
from toxicity_data import hatecheck, xstest

if __name__ == "__main__":
    scores = {}
    for name, rows in (("hatecheck", hatecheck()), ("xstest", xstest())):
        predict_prob(rows.texts[:100])
        began = time.process_time()
        scores[name] = [float(one) for one in predict_prob(rows.texts)]
        scores[f"{name} docs/s"] = len(rows.texts) / (time.process_time() - began)
    Path(sys.argv[1]).write_text(json.dumps(scores))
