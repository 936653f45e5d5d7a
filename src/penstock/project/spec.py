"""The one door from a statement to its spec, whatever its kind."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind, ResourceName
from penstock.core.options import OptionSpec
from penstock.project import assertion, endpoint, experiment, goal, model, monitor, table, trigger, view
from penstock.project.assertion import AssertionSpec
from penstock.project.endpoint import EndpointSpec
from penstock.project.experiment import ExperimentSpec
from penstock.project.goal import GoalSpec
from penstock.project.model import ModelSpec
from penstock.project.monitor import MonitorSpec
from penstock.project.table import TableSpec
from penstock.project.trigger import TriggerSpec
from penstock.project.view import ViewSpec
from penstock.sql.statement import (
    CreateAssertion,
    CreateEndpoint,
    CreateExperiment,
    CreateGoal,
    CreateModel,
    CreateMonitor,
    CreateTable,
    CreateTrigger,
    CreateView,
)

Spec = (
    TableSpec
    | ViewSpec
    | AssertionSpec
    | ModelSpec
    | GoalSpec
    | EndpointSpec
    | MonitorSpec
    | ExperimentSpec
    | TriggerSpec
)
Declaration = (
    CreateTable
    | CreateView
    | CreateAssertion
    | CreateModel
    | CreateGoal
    | CreateEndpoint
    | CreateMonitor
    | CreateExperiment
    | CreateTrigger
)

# Every kind's options, for the documentation. A model has those of its learner besides.
OPTIONS: Mapping[Kind, tuple[OptionSpec, ...]] = {
    Kind.TABLE: table.OPTIONS,
    Kind.VIEW: view.OPTIONS,
    Kind.ASSERTION: assertion.OPTIONS,
    Kind.MODEL: model.OPTIONS,
    Kind.GOAL: goal.OPTIONS,
    Kind.ENDPOINT: endpoint.OPTIONS,
    Kind.MONITOR: monitor.OPTIONS,
    Kind.EXPERIMENT: experiment.OPTIONS,
    Kind.TRIGGER: trigger.OPTIONS,
}


def spec_of(statement: Declaration) -> tuple[Spec | None, list[Diagnostic]]:
    """Return what a statement declares and everything wrong with it; None when it cannot be used."""
    match statement:
        case CreateTable():
            return table.table_spec(statement)
        case CreateView():
            return view.view_spec(statement)
        case CreateAssertion():
            return assertion.assertion_spec(statement)
        case CreateModel():
            return model.model_spec(statement)
        case CreateGoal():
            return goal.goal_spec(statement)
        case CreateEndpoint():
            return endpoint.endpoint_spec(statement)
        case CreateMonitor():
            return monitor.monitor_spec(statement)
        case CreateExperiment():
            return experiment.experiment_spec(statement)
        case CreateTrigger():
            return trigger.trigger_spec(statement)


def name_of(spec: Spec) -> ResourceName:
    """Return the identity of what a spec declares."""
    return ResourceName(spec.kind, spec.name)
