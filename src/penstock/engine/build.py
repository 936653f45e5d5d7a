"""One step done: the object made, its state recorded. The one place that knows which module makes which kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from penstock.catalog.database import Catalog
from penstock.catalog.objects import ObjectState, drop_object, get_object, put_object
from penstock.catalog.versions import aliases
from penstock.core.errors import InvalidOption, UserError
from penstock.core.events import Noticed
from penstock.core.names import Kind, ResourceName, name_key, with_article
from penstock.engine.assertion import check_assertion, failure, warning
from penstock.engine.drop import remove
from penstock.engine.endpoint_column import look_at_sticky
from penstock.engine.endpoint_log import Given, check_log_columns
from penstock.engine.experiment import check_experiment, first_state
from penstock.engine.leftover import IN_FILES
from penstock.engine.loaded_model import load_version
from penstock.engine.model import make_version
from penstock.engine.place import pointing_at
from penstock.engine.session import Session
from penstock.engine.sight import SIGHT, sight_of
from penstock.engine.step import Step
from penstock.engine.table import build_table
from penstock.engine.temporary import TemporarySource, as_state, refuse_to_rebuild
from penstock.engine.trigger_fact import first_memory
from penstock.engine.view import build_view
from penstock.graph.topology import Graph
from penstock.lake.database import ArrowRows, Connection
from penstock.lake.sources import SourceFile
from penstock.learn.manifest import Manifest
from penstock.learn.schema import Task
from penstock.project.assertion import AssertionSpec
from penstock.project.endpoint import EndpointSpec
from penstock.project.experiment import ExperimentSpec
from penstock.project.goal import GoalSpec
from penstock.project.model import ModelSpec
from penstock.project.release import RELEASING
from penstock.project.resource import Resource
from penstock.project.table import TableSpec
from penstock.project.trigger import TriggerSpec
from penstock.project.view import ViewSpec
from penstock.sql.statement import CreateEndpoint, CreateExperiment, Query


@dataclass(frozen=True)
class BuildRequest:
    """What a run asks of every step.

    A statement of a connection's own builds a table on that `connection`, with the caller's `frames`; `temporary` says
    which of these the table is made from.
    """

    run_id: str
    full_refresh: bool = False
    min_new_rows: int = 0
    frames: Mapping[str, ArrowRows] = field(default_factory=dict)
    connection: Connection | None = None
    temporary: Sequence[TemporarySource] = ()


def build(session: Session, graph: Graph, step: Step, request: BuildRequest) -> str:
    """Do one step and return one line on what came of it. Raises UserError, with its place, when it cannot be done."""
    if step.action == "drop":
        remove(session, [step.name])
        return "dropped"
    resource = graph.resources[step.name]
    # A model takes its turn at the lake by itself, so that its fitting holds nobody up.
    turn = nullcontext() if isinstance(resource.spec, ModelSpec) else session.lake_turn
    with pointing_at(resource.span, resource.statement.options), turn:
        return _make(session, graph, step, resource, request)


def _make(session: Session, graph: Graph, step: Step, resource: Resource, request: BuildRequest) -> str:
    match resource.spec:
        case TableSpec() as table:
            return _build(session, step, resource, table, request)
        case ViewSpec() as view:
            record(session.catalog, session, step, resource, build_view(session, view))
            return "defined"
        case AssertionSpec() as assertion:
            return _check(session, step, resource, assertion)
        case ModelSpec() as model:
            # Before it is trained: what comes in meanwhile is new to this version.
            sight = sight_of(session, graph, step)
            return make_version(
                session,
                model,
                goals_of(graph, resource),
                run_id=request.run_id,
                reason=step.reason,
                min_new_rows=request.min_new_rows,
                also=lambda catalog: record(catalog, session, step, resource, {SIGHT: sight}),
            ).summary
        case EndpointSpec() as endpoint:
            return _create_endpoint(session, step, resource, endpoint)
        case ExperimentSpec() as experiment:
            check_experiment(session, experiment)
            before = get_object(session.catalog, resource.name)
            facts = first_state(before, step.definition, session.clock.now())
            record(session.catalog, session, step, resource, facts)
            return "goes on" if before is not None and not facts else "begins"
        case TriggerSpec() as trigger:
            before = get_object(session.catalog, resource.name)
            known = before is not None and "since" in before.state
            record(session.catalog, session, step, resource, None if known else first_memory(session, trigger))
            return "defined"
        case _:
            record(session.catalog, session, step, resource)
            return "defined"


def _build(session: Session, step: Step, resource: Resource, table: TableSpec, request: BuildRequest) -> str:
    if request.connection is None:
        refuse_to_rebuild(session, resource.name, step.definition)
    files = [SourceFile(mark.path, mark.size, mark.modified_ns) for mark in step.files]
    built = build_table(
        session,
        table,
        files,
        full_refresh=request.full_refresh or step.action == "build",
        frames=request.frames,
        connection=request.connection,
    )
    record(session.catalog, session, step, resource, as_state(request.temporary), snapshot=built.snapshot)
    return built.summary


def goals_of(graph: Graph, model: Resource) -> list[GoalSpec]:
    """Return the goals that stand at a model's gate."""
    specs = [graph.resources[child].spec for child in graph.children[model.name] if child.kind is Kind.GOAL]
    return [spec for spec in specs if isinstance(spec, GoalSpec)]


def record(
    catalog: Catalog,
    session: Session,
    step: Step,
    resource: Resource,
    facts: dict[str, object] | None = None,
    snapshot: int | None = None,
) -> None:
    """Write the object's state: it matches its definition now. What it has lived through (traffic, firings) is kept."""
    before = get_object(catalog, resource.name)
    state = {**(before.state if before else {}), **(facts or {}), "definition": step.definition}
    if step.in_files is not None:
        state[IN_FILES] = step.in_files
    state["dialect"] = _dialect(resource, session)
    now = session.clock.now()
    text = resource.statement.text
    put_object(catalog, ObjectState(resource.name, text, step.fingerprint, snapshot, state, now))
    other = {Kind.TABLE: Kind.VIEW, Kind.VIEW: Kind.TABLE}.get(resource.name.kind)
    if other is not None:
        # A view that took a table's place, or a table a view's, in the lake.
        drop_object(catalog, ResourceName(other, resource.name.name))


def _dialect(resource: Resource, session: Session) -> str:
    """Return the dialect that the object's statement is written in, so that it can be read again."""
    if isinstance(resource.statement, CreateExperiment):
        return resource.statement.dialect
    for query in (getattr(resource.spec, name, None) for name in ("query", "predicate")):
        if isinstance(query, Query):
            return query.dialect
    return session.settings.dialect


def _check(session: Session, step: Step, resource: Resource, spec: AssertionSpec) -> str:
    checked = check_assertion(session, spec)
    if checked.failing and spec.severity == "error":
        raise failure(spec, checked)
    if checked.failing:
        session.listener(Noticed(str(resource.name), warning(spec, checked)))
    record(session.catalog, session, step, resource, {"failing": checked.failing})
    return checked.summary


def _create_endpoint(session: Session, step: Step, resource: Resource, spec: EndpointSpec) -> str:
    model = spec.model
    if "champion" not in aliases(session.catalog, model):
        raise UserError.of(
            f"Endpoint {resource.name.name} cannot serve: no version of model {model} was accepted.",
            span=resource.span,
            hint=f'See why with: penstock sql "SHOW VERSIONS OF {model}"; '
            f"let the newest serve all the same with: penstock approve {model}",
        )
    manifest = _scoring_manifest(session, resource, model)
    given = resource.statement.options if isinstance(resource.statement, CreateEndpoint) else {}
    check_log_columns(spec.options, model, manifest, Given(given, resource.span))
    if spec.options["sticky_by"]:
        look_at_sticky(session, spec.name, str(spec.options["sticky_by"]), manifest, resource.span)
    facts: dict[str, object] = {"model": model, **spec.served_options()}
    before = get_object(session.catalog, resource.name)
    if before is not None and name_key(str(before.state["model"])) != name_key(model):
        # Its traffic and shadow named versions of another model.
        facts |= {"traffic": None, "shadow": None, RELEASING: None}
    record(session.catalog, session, step, resource, facts)
    return f"serves model {model}"


def _scoring_manifest(session: Session, resource: Resource, model: str) -> Manifest:
    """Return the manifest of the version that serves; raises InvalidOption for a model that scores no single row."""
    _, loaded = load_version(session.catalog, session.storage, session.models, model)
    if not loaded.manifest.task.can_be_served:
        kind = with_article(loaded.manifest.model_type)
        remote = loaded.manifest.task is Task.REMOTE
        why = "is served where it is" if remote else "gives no score to a single row"
        raise InvalidOption.of(
            f"Endpoint {resource.name.name} cannot serve model {model}: {kind} model {why}.",
            span=resource.span,
            hint="Ask it with its ML functions in a query instead.",
        )
    return loaded.manifest
