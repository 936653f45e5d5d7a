"""The options of the linear families, with BigQuery ML's names."""

from __future__ import annotations

from penstock.core.options import OptionSpec, Tunable

AUTO, DESCENT, NORMAL = "AUTO_STRATEGY", "BATCH_GRADIENT_DESCENT", "NORMAL_EQUATION"
DUMMY = "DUMMY_ENCODING"
_PENALTY = Tunable(0.0, 10.0, log=True)


def linear_options(strategies: tuple[str, ...], strategy_doc: str) -> tuple[OptionSpec, ...]:
    """Return the options of a linear family that has these strategies."""
    return (
        OptionSpec("optimize_strategy", "string", AUTO, strategy_doc, choices=strategies),
        OptionSpec(
            "l1_reg",
            "number",
            0.0,
            "λ₁ in the minimised Σ loss + λ₁ Σ |w| + λ₂/2 Σ w², over the weights of standardised inputs; the "
            "intercept is free. The loss of a row is half the squared error, or the log loss.",
            minimum=0,
            tunable=_PENALTY,
        ),
        OptionSpec("l2_reg", "number", 0.0, "λ₂ in the same.", minimum=0, tunable=_PENALTY),
        OptionSpec(
            "learn_rate_strategy",
            "string",
            "LINE_SEARCH",
            "How gradient descent sets its step: LINE_SEARCH tries 2, 1, ½ and ¼ times the last one, "
            "CONSTANT keeps it.",
            choices=("LINE_SEARCH", "CONSTANT"),
        ),
        OptionSpec("learn_rate", "number", 0.1, "The step of CONSTANT.", minimum=0, exclusive=True),
        OptionSpec("ls_init_learn_rate", "number", 0.1, "LINE_SEARCH's first step.", minimum=0, exclusive=True),
        OptionSpec(
            "max_iterations",
            "integer",
            None,
            "The most rounds of a training that goes in rounds: by default 20 of gradient descent, as in "
            "BigQuery ML, and 1,000 of L-BFGS.",
            minimum=1,
        ),
        OptionSpec(
            "early_stop",
            "boolean",
            None,
            "Stop a training in rounds when one improves the loss by less than min_rel_progress. By default "
            "gradient descent does, as in BigQuery ML, and L-BFGS goes on until the loss is least.",
        ),
        OptionSpec(
            "calculate_p_values",
            "boolean",
            False,
            "Compute the standard errors and p-values that ML.ADVANCED_WEIGHTS shows. Needs DUMMY_ENCODING, no L1 "
            "penalty, at most two classes, and fewer than 1,000 columns and categories in all.",
        ),
        OptionSpec("fit_intercept", "boolean", True, "Whether the model has an intercept."),
        OptionSpec(
            "category_encoding_method",
            "string",
            "ONE_HOT_ENCODING",
            "ONE_HOT_ENCODING gives each category a weight; DUMMY_ENCODING gives the most frequent one none.",
            choices=("ONE_HOT_ENCODING", DUMMY),
        ),
    )
