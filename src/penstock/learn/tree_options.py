"""The options of the tree families, with BigQuery ML's names and defaults, and what they are called in
LightGBM.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec, OptionValue, Tunable, number_of

# LightGBM grows best-first; with 2^depth leaves allowed the depth alone decides, as in XGBoost, up to this
# many.
MAX_LEAVES = 4095
NATIVE = "NATIVE"
# Searched only where HPARAM_RANGE or HPARAM_CANDIDATES says so; a penalty also without.
_NAMED, _PENALTY = Tunable(), Tunable(0.0, 10.0, log=True)
_DART_ONLY = Tunable(only=("booster_type", ("DART",)))
LABEL, ONE_HOT, TARGET = "LABEL_ENCODING", "ONE_HOT_ENCODING", "TARGET_ENCODING"


def _share(value: OptionValue) -> str | None:
    return None if isinstance(value, float) and 0.0 < value <= 1.0 else "greater than 0 and at most 1"


def _open_share(value: OptionValue) -> str | None:
    return None if isinstance(value, float) and 0.0 < value < 1.0 else "greater than 0 and less than 1"


def _none(_: OptionValue) -> str | None:
    return "left out: a forest is one round of num_parallel_tree trees"


_READING: tuple[OptionSpec, ...] = (
    OptionSpec(
        "tree_method",
        "string",
        "AUTO",
        "How splits are found. LightGBM always finds them in histograms; the other words are recorded.",
        choices=("AUTO", "EXACT", "APPROX", "HIST"),
        tunable=_NAMED,
        recorded="Recorded; LightGBM finds splits in histograms, whatever the word.",
    ),
    OptionSpec(
        "category_encoding_method",
        "string",
        NATIVE,
        "How texts are read: NATIVE splits them into two sets of categories (of more than 30 the most "
        "frequent ones, beside the mean label of all); ONE_HOT_ENCODING splits them into one category and "
        "the rest; LABEL_ENCODING reads their place in the alphabet as a number; "
        "TARGET_ENCODING the mean label of their rows, cross-fitted.",
        choices=(NATIVE, LABEL, ONE_HOT, TARGET),
    ),
    OptionSpec(
        "instance_weight_col",
        "string",
        None,
        "The column that holds the weight of each row; never a feature.",
        names_column=True,
    ),
    OptionSpec(
        "xgboost_version",
        "string",
        None,
        "Recorded; trees are grown by LightGBM.",
        choices=("0.9", "1.1", "2.1"),
        recorded="Recorded; trees are grown by LightGBM.",
    ),
)


def _common(depth: int, bynode: float, deepest: int) -> tuple[OptionSpec, ...]:
    return (
        OptionSpec(
            "max_tree_depth",
            "integer",
            depth,
            f"The deepest that a tree may grow; a tree has at most {MAX_LEAVES} leaves.",
            minimum=1,
            maximum=50,
            tunable=Tunable(1, deepest, highest=20),
        ),
        OptionSpec("l1_reg", "number", 0.0, "The L1 penalty on leaf values.", minimum=0, tunable=_PENALTY),
        OptionSpec("l2_reg", "number", 1.0, "The L2 penalty on leaf values.", minimum=0, tunable=_PENALTY),
        OptionSpec(
            "min_tree_child_weight",
            "number",
            1.0,
            "The least sum of second derivatives in a leaf; for squared error, of row weights.",
            minimum=0,
            tunable=_NAMED,
        ),
        OptionSpec(
            "min_split_loss", "number", 0.0, "The least gain for which a leaf is split.", minimum=0, tunable=_NAMED
        ),
        OptionSpec(
            "colsample_bytree",
            "number",
            1.0,
            "The share of columns that each tree sees.",
            check=_share,
            tunable=_NAMED,
        ),
        OptionSpec(
            "colsample_bylevel",
            "number",
            1.0,
            "The share of columns that each level sees; drawn for each split, times colsample_bynode.",
            check=_share,
            tunable=_NAMED,
        ),
        OptionSpec(
            "colsample_bynode",
            "number",
            bynode,
            "The share of columns that each split sees.",
            check=_share,
            tunable=_NAMED,
        ),
        *_READING,
        OptionSpec(
            "approx_global_feature_contrib",
            "boolean",
            None,
            "Whether ML.GLOBAL_EXPLAIN sums path contributions instead of Shapley values; by default with a "
            "num_parallel_tree of 10 or more.",
        ),
    )


BOOSTED_OPTIONS: tuple[OptionSpec, ...] = (
    *_common(depth=6, bynode=1.0, deepest=10),
    OptionSpec(
        "booster_type",
        "string",
        "GBTREE",
        "GBTREE adds trees; DART drops some of the earlier ones in each round.",
        choices=("GBTREE", "DART"),
        tunable=_NAMED,
    ),
    OptionSpec(
        "dropout",
        "number",
        0.0,
        "The share of trees that DART drops in a round.",
        minimum=0,
        maximum=1,
        tunable=_DART_ONLY,
    ),
    OptionSpec(
        "dart_normalize_type",
        "string",
        "TREE",
        "How DART weighs a round against the trees that it dropped: TREE as one of them, the only way LightGBM has. "
        "FOREST, as all of them together, is refused.",
        choices=("TREE", "FOREST"),
        tunable=_DART_ONLY,
    ),
    OptionSpec(
        "num_parallel_tree",
        "integer",
        1,
        "How many trees each round grows side by side, each on its own draw of rows and columns; the step is "
        "their mean.",
        minimum=1,
        maximum=1000,
        tunable=_NAMED,
    ),
    OptionSpec(
        "learn_rate",
        "number",
        0.3,
        "What each tree's leaf values are multiplied by.",
        minimum=0,
        exclusive=True,
        tunable=Tunable(0.0, 1.0),
    ),
    OptionSpec(
        "subsample",
        "number",
        1.0,
        "The share of rows that each round draws.",
        check=_share,
        tunable=Tunable(0.0, 1.0),
    ),
)

_ONE_ROUND = "A forest is one round of num_parallel_tree trees; nothing can stop it early."
FOREST_OPTIONS: tuple[OptionSpec, ...] = (
    *_common(depth=15, bynode=0.8, deepest=20),
    OptionSpec("max_iterations", "integer", None, "A forest has no rounds: see num_parallel_tree.", check=_none),
    OptionSpec("early_stop", "boolean", True, "Taken; a forest is one round.", recorded=_ONE_ROUND),
    OptionSpec("min_rel_progress", "number", 0.01, "Taken; a forest is one round.", minimum=0, recorded=_ONE_ROUND),
    OptionSpec(
        "num_parallel_tree",
        "integer",
        100,
        "The number of trees.",
        minimum=2,
        maximum=1000,
        tunable=Tunable(2, 200),
    ),
    OptionSpec(
        "subsample",
        "number",
        0.8,
        "The share of rows that each tree draws.",
        check=_open_share,
        tunable=Tunable(0.0, 1.0),
    ),
)


def booster_parameters(options: Mapping[str, OptionValue], rows: int, *, forest: bool) -> dict[str, Any]:
    """Return LightGBM's parameters; raises InvalidOption for options that contradict each other."""
    depth = int(number_of(options, "max_tree_depth"))
    encoding = options["category_encoding_method"]
    parameters: dict[str, Any] = {
        "boosting": "rf" if forest else "gbdt",
        "max_depth": depth,
        "num_leaves": max(2, min(2**depth, MAX_LEAVES)),
        "lambda_l1": options["l1_reg"],
        "lambda_l2": options["l2_reg"],
        "min_data_in_leaf": 1,
        "min_sum_hessian_in_leaf": options["min_tree_child_weight"],
        "min_gain_to_split": options["min_split_loss"],
        "feature_fraction": options["colsample_bytree"],
        "feature_fraction_bynode": number_of(options, "colsample_bynode") * number_of(options, "colsample_bylevel"),
        # A category of few rows is judged with others; a small table would have none left that stands alone.
        "min_data_per_group": min(100, max(5, rows // 50)),
        # In megabytes: with thousands of leaves and hundreds of columns the histograms would outgrow the
        # rows.
        "histogram_pool_size": 1024,
        "max_cat_to_onehot": 2**30 if encoding == ONE_HOT else 4,
    }
    if number_of(options, "subsample") < 1.0:
        parameters |= {"bagging_fraction": options["subsample"], "bagging_freq": 1}
    if not forest:
        parameters |= {"learning_rate": options["learn_rate"], **_dart(options)}
    return parameters


def _dart(options: Mapping[str, OptionValue]) -> dict[str, Any]:
    """DART as XGBoost has it: trees are dropped uniformly, in every round, however many."""
    if options["booster_type"] == "DART" and options["num_parallel_tree"] != 1:
        raise InvalidOption.of(
            "DART drops whole rounds of one tree each: LightGBM drops single trees, not the trees of a round together.",
            hint="Leave num_parallel_tree out, or booster_type = 'DART'.",
            option="num_parallel_tree",
        )
    if options["booster_type"] == "DART" and options["dart_normalize_type"] == "FOREST":
        raise InvalidOption.of(
            "Option dart_normalize_type: LightGBM weighs a round of DART as TREE does; FOREST it does not have.",
            hint="Leave dart_normalize_type out, or set it to 'TREE'.",
            option="dart_normalize_type",
        )
    if options["booster_type"] != "DART":
        if options["dropout"]:
            raise InvalidOption.of(
                "The option dropout belongs to booster_type = 'DART'.",
                hint="Set booster_type, or leave dropout out.",
                option="dropout",
            )
        if options["dart_normalize_type"] != "TREE":
            raise InvalidOption.of(
                "The option dart_normalize_type belongs to booster_type = 'DART'.",
                hint="Set booster_type, or leave dart_normalize_type out.",
                option="dart_normalize_type",
            )
        return {}
    return {
        "boosting": "dart",
        "drop_rate": options["dropout"],
        "skip_drop": 0.0,
        "max_drop": -1,
        "uniform_drop": True,
        "xgboost_dart_mode": True,
    }
