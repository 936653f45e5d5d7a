"""The options of the neural families, with BigQuery ML's names and defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec, OptionValue, Tunable
from penstock.learn.activation import ACTIVATIONS
from penstock.learn.learner import NUM_STEPS

OPTIMIZERS = ("ADAM", "ADAGRAD", "FTRL", "RMSPROP", "SGD")
# Those that can hold weights down; BigQuery ML refuses the penalties with the others.
PENALISED = ("ADAGRAD", "FTRL", "SGD")
DEEP, WIDE = "dnn", "linear"
_RATE = 0.001
# Searched only where HPARAM_RANGE or HPARAM_CANDIDATES says so; a penalty where the optimiser has one.
_NAMED = Tunable()
_PENALTY = Tunable(0.0, 10.0, log=True, only=("optimizer", PENALISED))


def neural_options(activations: Sequence[str], units_doc: str) -> tuple[OptionSpec, ...]:
    """Return the options that all neural families have but for the optimiser and its step."""
    return (
        OptionSpec("hidden_units", "integer list", None, units_doc, check=_positive, tunable=_NAMED),
        OptionSpec(
            "activation_fn",
            "string",
            "RELU",
            "What each hidden unit makes of its sum.",
            choices=tuple(activations),
            tunable=_NAMED,
        ),
        OptionSpec(
            "batch_size",
            "integer",
            None,
            "How many rows each step looks at: by default 32, or all where there are fewer.",
            minimum=1,
            maximum=8192,
            tunable=Tunable(16, 1024, log=True, start=32),
        ),
        OptionSpec(
            "dropout",
            "number",
            0.0,
            "The share of the hidden units that each step leaves out, so that none relies on another. Less than 1.",
            minimum=0,
            maximum=1,
            check=lambda value: "less than 1" if value == 1 else None,
            tunable=Tunable(0.0, 0.8),
        ),
        *_penalties(),
        OptionSpec(
            "max_iterations",
            "integer",
            20,
            "The most rounds. A round is one pass over the rows; of few rows as many passes as make 200 steps.",
            minimum=1,
        ),
        OptionSpec(
            "tf_version",
            "string",
            None,
            "Recorded for the sake of scripts written for BigQuery; PyTorch does the training.",
            choices=("1.15", "2.8.0"),
            recorded="Recorded; PyTorch does the training.",
        ),
    )


def _penalties() -> tuple[OptionSpec, ...]:
    return (
        OptionSpec(
            "l1_reg",
            "number",
            0.0,
            "How strongly the weights are drawn to 0 by their sign, many of them to exactly 0. With ADAGRAD, FTRL and "
            "SGD only.",
            minimum=0,
            tunable=_PENALTY,
        ),
        OptionSpec("l2_reg", "number", 0.0, "The same in proportion to the weights.", minimum=0, tunable=_PENALTY),
    )


def optimizer_options(*, log: bool = False) -> tuple[OptionSpec, ...]:
    """Return the options of a network with one optimiser; `log` is the scale on which a tuning searches its step."""
    return (
        OptionSpec(
            "optimizer",
            "string",
            "ADAM",
            "How a step is made of the slope: ADAM (Kingma and Ba 2015), ADAGRAD (Duchi 2011), FTRL (McMahan 2013), "
            "RMSPROP (Tieleman and Hinton 2012) or SGD.",
            choices=OPTIMIZERS,
            tunable=Tunable(of_words=OPTIMIZERS),
        ),
        OptionSpec(
            "learn_rate",
            "number",
            _RATE,
            "The size of the steps.",
            minimum=0,
            exclusive=True,
            tunable=Tunable(0.0, 1.0, log=log),
        ),
    )


def part_options() -> tuple[OptionSpec, ...]:
    """Return the options of a network of two parts, which may have an optimiser and a step each."""
    return (
        OptionSpec(
            "optimizer",
            "any",
            None,
            "ADAM, ADAGRAD, FTRL, RMSPROP or SGD, for both parts or for each: [STRUCT('dnn', 'ADAM'), "
            "STRUCT('linear', 'FTRL')], which is the default.",
            check=_optimizers,
            words=(*OPTIMIZERS, DEEP, WIDE),
        ),
        OptionSpec(
            "learn_rate",
            "any",
            _RATE,
            "The size of the steps, of both parts or of each: [STRUCT('dnn', 0.001), STRUCT('linear', 0.01)].",
            check=_rates,
            words=(DEEP, WIDE),
        ),
    )


def gradient_option(default: int, most: int | None) -> OptionSpec:
    """Return the option of the explanations."""
    return OptionSpec(
        NUM_STEPS,
        "integer",
        default,
        "How many steps an explanation goes from the baseline to the row.",
        minimum=1,
        maximum=most,
    )


def optimizer_of(options: Mapping[str, OptionValue], part: str) -> str:
    """Return the optimiser of a part of the network, in capitals."""
    default = "FTRL" if part == WIDE else "ADAM"
    value = _of_part(options["optimizer"], part, default)
    assert isinstance(value, str)
    return value.upper()


def rate_of(options: Mapping[str, OptionValue], part: str) -> float:
    """Return the step of a part of the network."""
    value = _of_part(options["learn_rate"], part, _RATE)
    assert isinstance(value, int | float)
    return float(value)


def check_penalties(options: Mapping[str, OptionValue], parts: Sequence[str]) -> None:
    """Raise InvalidOption for a penalty with an optimiser that has none."""
    if not options["l1_reg"] and not options["l2_reg"]:
        return
    wrong = [name for name in (optimizer_of(options, part) for part in parts) if name not in PENALISED]
    if wrong:
        penalty = "l1_reg" if options["l1_reg"] else "l2_reg"
        raise InvalidOption.of(
            f"Option {penalty} needs an optimizer that holds weights down; {wrong[0]} does not.",
            hint="Set optimizer to 'FTRL', 'ADAGRAD' or 'SGD'"
            + (", for both parts." if len(parts) > 1 else ", or leave the penalty out."),
            option=penalty,
        )


def parts_of(value: OptionValue) -> dict[str, OptionValue] | None:
    """Return what `[STRUCT('dnn', a), STRUCT('linear', b)]` says of each part; None for what is no such list."""
    if not isinstance(value, list) or not value:
        return None
    found: dict[str, OptionValue] = {}
    for item in value:
        pair = list(item.values()) if isinstance(item, Mapping) else item
        if not isinstance(pair, list | tuple) or len(pair) != 2 or str(pair[0]).lower() not in (DEEP, WIDE):
            return None
        found[str(pair[0]).lower()] = pair[1]
    return found if len(found) == len(value) else None


def _of_part(value: OptionValue, part: str, default: OptionValue) -> OptionValue:
    if value is None:
        return default
    parts = parts_of(value)
    return value if parts is None else parts.get(part, default)


def _optimizers(value: OptionValue) -> str | None:
    parts = parts_of(value)
    wanted = [value] if parts is None else list(parts.values())
    if all(isinstance(item, str) and item.upper() in OPTIMIZERS for item in wanted):
        return None
    names = ", ".join(repr(name) for name in OPTIMIZERS)
    return f"one of {names}, or one for each part: [STRUCT('{DEEP}', 'ADAM'), STRUCT('{WIDE}', 'FTRL')]"


def _rates(value: OptionValue) -> str | None:
    parts = parts_of(value)
    wanted = [value] if parts is None else list(parts.values())
    for item in wanted:
        if isinstance(item, bool) or not isinstance(item, int | float) or not 0 < item < float("inf"):
            return f"a number greater than 0, or one for each part: [STRUCT('{DEEP}', 0.001), STRUCT('{WIDE}', 0.01)]"
    return None


def _positive(value: OptionValue) -> str | None:
    assert isinstance(value, list)
    if value and all(isinstance(item, int) and item >= 1 for item in value):
        return None
    return "a list of the units of each hidden layer, at least one layer and at least 1 unit each"


AUTOENCODER_ACTIVATIONS = tuple(name for name in ACTIVATIONS if name != "CRELU")
