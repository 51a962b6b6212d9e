import numpy as np

from headgate.fairness.fresh import Change
from headgate.fairness.fresh_text import alarm, changes_table, threshold_word

CHANGED = [
    Change("a", "recall", 0.9, 0.7, -0.25, -0.15),
    Change("b", "recall", 0.6, 0.59, -0.05, 0.03),
    Change("b", "selection_rate", 0.2, 0.3, 0.05, 0.15),
]


def test_the_alarm_names_whose_rate_fell_for_certain_and_counts_the_rest() -> None:
    made = alarm(CHANGED, 500)
    assert (made.axis, made.value, made.low, made.high, made.n) == ("levelled_down", 1, 1, 2, 500)
    assert made.evidence == "fell: recall of a by 0.200; 1 more may have fallen"
    assert alarm(CHANGED[1:], 500).evidence == "no rate fell for certain; 1 more may have fallen"


def test_the_table_has_a_row_for_each() -> None:
    assert [row[-1] for row in changes_table(CHANGED).rows] == ["yes", "perhaps", "no"]
    assert {len(row) for row in changes_table(CHANGED).rows} == {len(changes_table(CHANGED).columns)}


def test_thresholds_beyond_all_scores_are_words() -> None:
    assert [threshold_word(one) for one in (0.5, np.inf, -np.inf)] == [0.5, "nobody", "everybody"]
