"""What a search is told of the model that is to be served: how quick, how small, how plain, and how it decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec, OptionValue, number_of
from penstock.learn.automl.decision import MEASURES, Costs
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task

# The milliseconds that one row may take, by what is wanted; none for the best model whatever it takes.
OPTIMIZE: Mapping[str, float | None] = {"QUALITY": None, "BALANCED": 5.0, "LATENCY": 2.0}
# Of them an endpoint needs so many beside the model: for HTTP, and to check the row.
HTTP_MILLISECONDS = 0.5
# Where a user asks for a limit, the search ends so much sooner.
_SHARE, _MOST_SECONDS = 0.35, 30.0
_COSTS = ("false_positive_cost", "false_negative_cost")


@dataclass(frozen=True)
class Limit:
    """What a served model may take: milliseconds of an endpoint for one row, megabytes once loaded; None: any.

    What a user `asked` for, be it by a word, is more than a default.
    """

    optimize: str
    latency: float | None
    memory: float | None
    asked: bool = False

    def reserve(self, seconds: float) -> float:
        """Return how much of so many seconds a search leaves, so that there is time to make its model smaller."""
        return min(_SHARE * seconds, _MOST_SECONDS) if self.asked else 0.0

    @property
    def of_model(self) -> float | None:
        """The milliseconds that the model itself may take."""
        return None if self.latency is None else max(self.latency - HTTP_MILLISECONDS, 0.1)


def serving_options(task: Task) -> tuple[OptionSpec, ...]:
    """Return the options of both searches, and those of decisions between classes."""
    options = (
        OptionSpec(
            "optimize",
            "string",
            "BALANCED",
            "What the served model is to be: the best whatever it takes (QUALITY), the best that answers within "
            f"{OPTIMIZE['BALANCED']:g} ms (BALANCED), or within {OPTIMIZE['LATENCY']:g} ms (LATENCY).",
            choices=tuple(OPTIMIZE),
        ),
        OptionSpec(
            "max_latency_ms",
            "number",
            None,
            "The milliseconds that an endpoint may take for one row, at the median; without it what optimize says. An "
            "ensemble above it is made smaller: fewer models, one fitted on all rows, or one small model that "
            "learns what the ensemble says. What that costs in quality is told.",
            minimum=1,
        ),
        OptionSpec(
            "max_memory_mb",
            "number",
            None,
            "The megabytes that the loaded model may take, measured in a process of its own.",
            minimum=1,
        ),
        OptionSpec(
            "interpretable",
            "boolean",
            False,
            "Look for a sum of one function a feature only: no feature changes what another one does, and what "
            "ML.EXPLAIN_PREDICT gives is the model itself. What that costs in quality is told.",
        ),
    )
    return options if task is Task.REGRESSION else (*options, *_decision_options())


def _decision_options() -> tuple[OptionSpec, ...]:
    return (
        OptionSpec(
            "false_positive_cost",
            "number",
            None,
            "Of two classes: what it costs to predict the greater label where it is the other one; 1 where only "
            "false_negative_cost is given. The threshold is chosen by what mistakes cost.",
            minimum=0,
        ),
        OptionSpec(
            "false_negative_cost",
            "number",
            None,
            "Of two classes: what it costs not to predict the greater label where it is the one.",
            minimum=0,
        ),
    )


def limit_of(options: Mapping[str, OptionValue]) -> Limit:
    """Return what the options allow the served model to take."""
    optimize = str(options["optimize"])
    latency = OPTIMIZE[optimize] if options["max_latency_ms"] is None else number_of(options, "max_latency_ms")
    memory = None if options["max_memory_mb"] is None else number_of(options, "max_memory_mb")
    asked = options["max_latency_ms"] is not None or memory is not None or optimize == "LATENCY"
    return Limit(optimize, latency, memory, asked)


def aim_of(data: TrainingData, options: Mapping[str, OptionValue], metric: str) -> str | Costs | None:
    """Return what decides between two classes: costs, a measure of predicted classes, or nothing but one half.

    Raises InvalidOption for costs where there are not two classes, or none above 0.
    """
    given = [name for name in _COSTS if options.get(name) is not None]
    if not given:
        return metric if metric in MEASURES and len(data.classes) == 2 else None
    if len(data.classes) != 2:
        message = f"Option {given[0]} is for two classes; the label has {len(data.classes)}."
        raise InvalidOption.of(message, hint="Leave it out.", option=given[0])
    positive, negative = (1.0 if options[name] is None else number_of(options, name) for name in _COSTS)
    if not positive + negative:
        raise InvalidOption.of(
            "Mistakes that cost nothing decide nothing.", hint="Give a cost above 0.", option=given[0]
        )
    return Costs(positive, negative)
