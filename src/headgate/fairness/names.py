"""Names of measures that people know from fairlearn, scikit-learn, OxonFair and the reviews, as definitions.

The one place where names of others are accepted. What is left of a name without `_difference`, `_ratio`, `_group_min`
or `_group_max` names a rate of one group; a rate alone stands for its difference between groups.
Checked against: every name of fairlearn 0.15 that needs decisions only; `roc_auc_score`, `log_loss`, `r2_score` and the
errors of means need scores and are none.
"""

from __future__ import annotations

from difflib import get_close_matches
from types import MappingProxyType

from headgate.errors import UsageError
from headgate.fairness.definitions import CLARIFY, DEFINITIONS, Definition
from headgate.fairness.measures import RATES, Gap
from headgate.plain import plain

GAPS: dict[str, Gap] = {
    "_difference": "difference", "_ratio": "ratio", "_group_min": "worst", "_group_max": "largest",
    ".diff": "pairs", ".max_diff": "difference", ".min_ratio": "ratio", ".min": "worst", ".max": "largest",
}  # fmt: skip
# another's name of a rate -> ours
RATE_NAMES = MappingProxyType({
    **{name: name for name in RATES},
    # fairlearn and scikit-learn
    "true_positive_rate": "recall", "recall_score": "recall", "accuracy_score": "accuracy",
    "precision_score": "precision", "f1_score": "f1", "balanced_accuracy_score": "balanced_accuracy",
    "zero_one_loss": "error_rate", "matthews_corrcoef": "mcc", "mean_prediction": "selection_rate",
    # of decisions of 0 and 1 both errors are the share that is wrong
    "mean_absolute_error": "error_rate", "mean_squared_error": "error_rate",
    # OxonFair
    "true_pos_rate": "recall", "true_neg_rate": "true_negative_rate", "false_pos_rate": "false_positive_rate",
    "false_neg_rate": "false_negative_rate", "pos_pred_val": "precision", "neg_pred_val": "negative_predictive_value",
    "pos_pred_rate": "selection_rate", "pos_data_rate": "base_rate", "acceptance_rate": "precision",
    "rejection_rate": "negative_predictive_value", "specificity": "true_negative_rate",
    "cond_accept": "conditional_acceptance", "cond_reject": "conditional_rejection",
    "min_accuracy": "minimum_label_accuracy", "miss_rate": "false_negative_rate",
    "gen_entropy": "generalised_entropy",
})  # fmt: skip
# another's name of a definition -> ours
_DEFINITIONS = MappingProxyType({
    **DEFINITIONS, **CLARIFY,
    "statistical_parity": DEFINITIONS["demographic_parity"],
    "demographic_parity_difference": DEFINITIONS["demographic_parity"],
    "demographic_parity_ratio": DEFINITIONS["disparate_impact"],
    "equal_opportunity_difference": DEFINITIONS["equal_opportunity"],
    "equal_opportunity_ratio": Definition(("recall",), "ratio"),
    "equalized_odds_difference": DEFINITIONS["equalized_odds"],
    "equalised_odds": DEFINITIONS["equalized_odds"],
    "cond_use_accuracy": DEFINITIONS["conditional_use_accuracy_mean"],
    "conditional_use_accuracy_equality": DEFINITIONS["conditional_use_accuracy"],
    "accuracy_parity": DEFINITIONS["overall_accuracy_equality"],
    "DCA": CLARIFY["DCAcc"],
})  # fmt: skip


def definition(name: str) -> Definition:
    """What `name` stands for. Raises `UsageError` with the nearest names where it is none."""
    if name in _DEFINITIONS:
        return _DEFINITIONS[name]
    if name in RATE_NAMES:
        return Definition((RATE_NAMES[name],))
    for ending, gap in GAPS.items():
        if name.endswith(ending) and name.removesuffix(ending) in RATE_NAMES:
            return Definition((RATE_NAMES[name.removesuffix(ending)],), gap)
    near = get_close_matches(name, [*_DEFINITIONS, *RATE_NAMES], 3) or list(DEFINITIONS)
    msg = f"no measure of decisions {plain(name, 60)!r}. Near: {', '.join(near)}; docs/fairness.md lists them all."
    raise UsageError(msg)


def rate_name(name: str) -> str:
    """Our name of the rate of one group that `name` stands for. Raises `UsageError` where it is none."""
    if name not in RATE_NAMES:
        near = get_close_matches(name, list(RATE_NAMES), 3) or list(RATES)
        msg = f"no rate {plain(name, 60)!r} of one group. Near: {', '.join(near)}; docs/fairness.md lists them all."
        raise UsageError(msg)
    return RATE_NAMES[name]
