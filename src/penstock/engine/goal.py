"""The gate: whether a version may serve, judged by its model's goals on rows that no version was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from penstock.core.errors import UserError
from penstock.engine.place import PLACELESS
from penstock.engine.predicate import evaluate_predicate
from penstock.lake.database import Connection
from penstock.project.goal import GoalSpec

Metrics = Mapping[str, float | None]

# Of these, less is better; of every other metric, more is.
ERRORS = frozenset(
    {
        "mean_absolute_error",
        "mean_squared_error",
        "mean_squared_log_error",
        "median_absolute_error",
        "log_loss",
        "davies_bouldin_index",
        "mean_squared_distance",
        "root_mean_squared_error",
        "mean_absolute_percentage_error",
        "symmetric_mean_absolute_percentage_error",
        "mean_absolute_scaled_error",
        "variance",
        "aic",
    }
)

# The first of these that a model has is what a person asks for.
LEADING = ("roc_auc", "mean_absolute_error", "accuracy")


@dataclass(frozen=True)
class Verdict:
    """What the gate said of a candidate, and the numbers that it looked at."""

    accepted: bool
    reason: str
    metrics: Metrics
    champion_metrics: Metrics | None


def judge(connection: Connection, goals: Sequence[GoalSpec], metrics: Metrics, champion: Metrics | None) -> Verdict:
    """Return whether every goal accepts a candidate with `metrics`.

    `champion` holds the champion's metrics on the same rows. Without a champion, what a goal asks in comparison with it
    holds: the champion is then taken to be as bad as can be. A predicate that is NULL, or cannot be evaluated,
    accepts nothing.
    """
    rival = champion if champion is not None else _worst(metrics)
    reasons = []
    accepted = True
    for goal in goals:
        relations = {"candidate": metrics, "champion": rival}
        assumed = () if champion is not None else ("champion",)
        try:
            result = evaluate_predicate(connection, goal.predicate, relations, assumed)
        except PLACELESS:
            raise
        except UserError as problem:
            # A goal that asks for what is not there must not cost a training that has ended well.
            accepted = False
            reasons.append(f"goal {goal.name} cannot judge: {problem.diagnostics[0].message}")
            continue
        accepted = accepted and result.holds is True
        word = "reached" if result.holds else "not reached"
        reasons.append(f"goal {goal.name} {word}: {result.explanation}")
    if not goals:
        reasons.append("no goal stands at the gate")
    return Verdict(accepted, "; ".join(reasons), metrics, champion)


def _worst(metrics: Metrics) -> dict[str, float | None]:
    return {name: float("inf") if name in ERRORS else float("-inf") for name in metrics}


def leading_metric(metrics: Metrics) -> str | None:
    """Return the name of the metric that a person asks for first; None of a model that nothing measures."""
    return next((name for name in LEADING if metrics.get(name) is not None), next(iter(metrics), None))


def headline(metrics: Metrics) -> str:
    """Return the leading metric in words; of a model that nothing measures, that."""
    name = leading_metric(metrics)
    if name is None:
        return "nothing measured"
    value = metrics[name]
    if value is None:
        return f"{name} not measured"
    return f"{name} {value:,.0f}" if 1_000 <= abs(value) < 1e15 else f"{name} {value:.4g}"
