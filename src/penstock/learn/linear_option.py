"""The options of the linear families, with BigQuery ML's names."""

from __future__ import annotations

from penstock.core.options import OptionSpec, Tunable

AUTO, DESCENT, NORMAL = "AUTO_STRATEGY", "BATCH_GRADIENT_DESCENT", "NORMAL_EQUATION"
DUMMY = "DUMMY_ENCODING"
# The step that LINE_SEARCH starts with.
FIRST_RATE = 0.1
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
        OptionSpec("ls_init_learn_rate", "number", FIRST_RATE, "LINE_SEARCH's first step.", minimum=0, exclusive=True),
        OptionSpec(
            "calculate_p_values",
            "boolean",
            False,
            "Compute the standard errors and p-values that ML.ADVANCED_WEIGHTS shows. Needs DUMMY_ENCODING, no L1 "
            "penalty, at most two classes, and fewer than 1,000 columns and categories in all. They hold for the least "
            "loss only, so that with AUTO_STRATEGY the training goes on to it, past max_iterations.",
        ),
        OptionSpec(
            "fit_intercept",
            "boolean",
            True,
            "Whether the model has an intercept. Without one numbers are scaled, but their means are not taken off.",
        ),
        OptionSpec(
            "category_encoding_method",
            "string",
            "ONE_HOT_ENCODING",
            "ONE_HOT_ENCODING gives each category a weight; DUMMY_ENCODING gives the most frequent one none.",
            choices=("ONE_HOT_ENCODING", DUMMY),
        ),
    )
