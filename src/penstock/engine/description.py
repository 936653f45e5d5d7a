"""What DESCRIBE tells of an object, fact by fact: the part of it that a fact is about, what it is called, its value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from statistics import stdev
from typing import cast

from penstock.catalog.evaluations import list_evaluations
from penstock.catalog.history import list_history
from penstock.catalog.objects import ObjectState, get_object
from penstock.catalog.versions import CHAMPION, Version, aliases, list_versions
from penstock.core.names import Kind, ResourceName
from penstock.core.options import number_of
from penstock.engine import release_listing, wording
from penstock.engine.artifact import manifest_of
from penstock.engine.deployed import deployed_spec
from penstock.engine.experiment_view import experiment
from penstock.engine.goal import headline
from penstock.engine.model_option import label_pairs, option_of
from penstock.engine.overview import predictions_today
from penstock.engine.predicate import number
from penstock.engine.session import Session
from penstock.engine.shadow_agreement import shadow_agreement
from penstock.engine.status import state_words
from penstock.learn.imported_answer import served_manifest
from penstock.learn.imported_graph import graph_outputs
from penstock.learn.manifest import FOLDS, THRESHOLD, Json, Manifest
from penstock.learn.related_feature import asked_inputs, related_of
from penstock.learn.report.model_report import SEARCH
from penstock.learn.schema import Task
from penstock.learn.trial import TUNING
from penstock.project.assertion import AssertionSpec
from penstock.project.duration import duration_text
from penstock.project.endpoint import OPTIONS as ENDPOINT_OPTIONS
from penstock.project.endpoint import EndpointSpec
from penstock.project.goal import GoalSpec
from penstock.project.model import ModelSpec
from penstock.project.monitor import MonitorSpec
from penstock.project.trigger import TriggerSpec
from penstock.sql.references import columns

Fact = tuple[str, str, str]
# So many of the newest verdicts and firings are told.
NEWEST = 5


def assertion(session: Session, state: ObjectState) -> Iterator[Fact]:
    """Yield what an assertion checks and how its last check ended."""
    spec = deployed_spec(session, state, AssertionSpec)
    yield "assertion", "table", spec.table
    yield "assertion", "check", wording.one_line(spec.predicate)
    yield "assertion", "severity", spec.severity
    yield from _described("assertion", spec.description)
    yield "assertion", "status", state_words(session, state)
    yield "assertion", "checked", wording.minute(state.updated_at)


def model(session: Session, state: ObjectState) -> Iterator[Fact]:
    """Yield what a model is, and of its champion, or else its newest version, all that it was made from and gives."""
    spec = deployed_spec(session, state, ModelSpec)
    numbers = aliases(session.catalog, spec.name)
    versions = list_versions(session.catalog, spec.name)
    yield "model", "type", spec.model_type
    yield from _described("model", cast("str | None", option_of(state, spec.options, "description")))
    for key, value in label_pairs(option_of(state, spec.options, "labels") or []) or []:
        yield "label", key, value
    expires = option_of(state, spec.options, "expiration_timestamp")
    if expires is not None:
        yield "model", "to expire", f"{expires}; nothing is deleted by itself"
    yield "model", "status", state_words(session, state)
    retrain = "when its definition changes or a trigger says so"
    if spec.path is not None:
        yield "model", "made again", "when its definition or its file changes"
    elif spec.query is not None:
        yield "model", "trained again", f"{retrain}, and on new data" if spec.retrain == "on_new_data" else retrain
    if versions:
        shown = next((found for found in versions if found.number == numbers.get(CHAMPION)), versions[-1])
        yield from _version(session, shown)
    for version in reversed(versions):
        told = f"{version.status} {wording.minute(version.created_at)}, {headline(version.metrics)}"
        yield "version", str(version.number), told
    for name, behind in sorted(numbers.items()):
        yield "alias", name, f"version {behind}"


def _version(session: Session, version: Version) -> Iterator[Fact]:
    manifest = manifest_of(session, version)
    if manifest is not None:
        if manifest.task.learns_from_label:
            word = "rating" if manifest.task is Task.RECOMMENDATION else "label"
            yield "model", word, f"{manifest.label} ({manifest.label_arrow})"
        if manifest.classes:
            yield "model", "classes", ", ".join(str(found) for found in manifest.classes)
        if THRESHOLD in manifest.details:
            yield "model", "threshold", _decision(manifest)
        yield from _made_from(manifest)
    for name, snapshot in sorted(version.sources.items()):
        yield "trained on", name, f"snapshot {snapshot}"
    for name, value in sorted(version.options.items()):
        # What a recipe keeps beside the options as they were given.
        if not name.startswith("__"):
            yield "option", name, wording.option(value)
    if manifest is not None:
        yield from _columns(manifest)
    spread = _spread(manifest) if manifest is not None else {}
    for name, measured in version.metrics.items():
        yield "metric", name, f"{number(measured)}{spread.get(name, '')}"
    if manifest is not None:
        yield from _trials(manifest)
    for note in manifest.notes if manifest is not None else ():
        yield "note", "", note


def _decision(manifest: Manifest) -> str:
    """Say above what probability the greater class is predicted, and what that was chosen by."""
    decision = manifest.details.get("decision", {})
    told = f"{manifest.classes[1]} is predicted above {number(manifest.threshold)}"
    if "cost" in decision:
        costs = f"{number(decision['cost'])} a row, {number(decision['cost_at_one_half'])} at 0.5"
        return f"{told}: mistakes then cost {costs}"
    return f"{told}, the best for {decision['by']}" if "by" in decision else told


def _spread(manifest: Manifest) -> dict[str, str]:
    """Return of each metric that is a mean over folds how far they lie apart: the standard deviation, in words."""
    folds = manifest.details.get(FOLDS, ())
    told = {}
    for name in manifest.metrics if folds else ():
        values = [fold["metrics"][name] for fold in folds if fold["metrics"][name] is not None]
        if len(values) > 1:
            told[name] = f" ± {number(stdev(values))} over {len(values)} folds"
    return told


def _trials(manifest: Manifest) -> Iterator[Fact]:
    if TUNING not in manifest.details:
        return
    tuning = manifest.details[TUNING]
    for trial in tuning["trials"]:
        tried = ", ".join(f"{name} {wording.option(value)}" for name, value in _in_order(tuning, trial))
        if trial["status"] == "SUCCEEDED":
            outcome = f"{tuning['objective']} {number(trial['value'])}"
        else:
            outcome = f"{trial['status']}, {trial['error']}"
        best = " (the model)" if trial["number"] == tuning["optimal"] else ""
        yield "trial", f"{trial['number']}{best}", f"{tried}: {outcome}"


def _in_order(tuning: Mapping[str, Json], trial: Mapping[str, Json]) -> Iterator[tuple[str, object]]:
    tried = trial["hyperparameters"]
    return ((option["name"], tried[option["name"]]) for option in tuning["hyperparameters"] if option["name"] in tried)


def _made_from(manifest: Manifest) -> Iterator[Fact]:
    if manifest.task is Task.REMOTE:
        yield "model", "connection", str(manifest.details["connection"])
        return
    if manifest.task is Task.IMPORTED:
        source = manifest.details["source"]
        yield "model", "file", f"{source['path']}, {source['bytes']:,} bytes"
        yield "model", "sha256", source["sha256"]
        return
    held_out = f", {manifest.held_out_rows:,} of them held out" if manifest.held_out_rows else ""
    yield "model", "rows", f"{manifest.train_rows + manifest.held_out_rows:,}{held_out}"
    if manifest.metrics:
        yield "model", "judged on", manifest.judged_on
    if manifest.task is Task.FORECASTING and SEARCH in manifest.details:
        yield from _methods(manifest.details[SEARCH])


def _methods(search: Mapping[str, Json]) -> Iterator[Fact]:
    """Yield the methods that forecasts are weighted means of, the best one first, and those that were left out."""
    for tried in search["leaderboard"]:
        if tried["skipped"] is not None:
            yield "method", tried["name"], f"left out: {tried['skipped']}"
        else:
            score = "" if tried["score"] is None else f", {search['metric']} {number(tried['score'])} in backtests"
            yield "method", tried["name"], f"weight {100 * tried['weight']:.0f} %{score}"


def _columns(manifest: Manifest) -> Iterator[Fact]:
    for feature in manifest.inputs:
        yield "feature", feature.name, wording.feature(feature)
    for column in manifest.transform.columns if manifest.transform else ():
        yield "transform", column.name, column.sql
    if (related := related_of(manifest.details)) is not None:
        for table in related.tables:
            count = sum(feature.table == table for feature in related.features)
            known = f"what had arrived of a {table.row_key} before {related.time}"
            yield "relation", table.table, f"{known}: {count} feature{'s' * (count > 1)}"


def goal(session: Session, state: ObjectState) -> Iterator[Fact]:
    """Yield what a goal asks and what the gate said of the newest versions."""
    spec = deployed_spec(session, state, GoalSpec)
    yield "goal", "model", spec.model
    yield "goal", "accept when", wording.one_line(spec.predicate)
    yield "goal", "judged on", wording.judged_on(spec)
    if spec.owner:
        yield "goal", "owner", spec.owner
    yield from _described("goal", spec.description)
    yield "goal", "status", state_words(session, state)
    for version in reversed(list_versions(session.catalog, spec.model)[-NEWEST:]):
        yield "verdict", f"version {version.number}", f"{version.status}: {version.reason}"


def endpoint(session: Session, state: ObjectState) -> Iterator[Fact]:
    """Yield who answers for an endpoint, what a request must bring and what the answer holds."""
    spec = deployed_spec(session, state, EndpointSpec)
    numbers = aliases(session.catalog, spec.model)
    shares = wording.traffic(state.state, numbers)
    yield "endpoint", "model", spec.model
    yield "endpoint", "status", state_words(session, state)
    options = spec.options_now(state.state)
    yield from _described("endpoint", cast("str | None", options["description"]))
    sample = number_of(options, "log_sample")
    logged = "every answer" if sample == 1 else f"{100 * sample:.6g} % of the requests"
    yield "endpoint", "prediction log", logged if options["log"] else "off"
    if options["log"]:
        yield "endpoint", "predictions today", f"{predictions_today(session).get(state.name.key, 0):,}"
    for option in ENDPOINT_OPTIONS:
        if option.name not in ("log", "description") and options[option.name] != option.default:
            yield "option", option.name, wording.option(options[option.name])
    for name, share in shares.items():
        yield "traffic", wording.variant(name, numbers), f"{share:.6g} %"
    main = wording.version_behind(max(shares, key=lambda name: shares[name]), numbers) if shares else None
    versions = {found.number: found for found in list_versions(session.catalog, spec.model)}
    manifest = manifest_of(session, versions[main]) if main in versions else None
    yield from _shadow(session, state, numbers, manifest)
    yield from release_listing.facts(session, state)
    if manifest is not None:
        for feature in asked_inputs(manifest.inputs, manifest.details):
            yield "input", feature.name, wording.feature(feature)
        yield from _answer(served_manifest(manifest))


def _shadow(
    session: Session, state: ObjectState, numbers: Mapping[str, int], manifest: Manifest | None
) -> Iterator[Fact]:
    """Yield which version is in the shadow, of how many requests, and how it has agreed so far."""
    shadow = str(state.state.get("shadow") or "")
    if not shadow:
        return
    share = float(state.state.get("shadow_share") or 100)
    part = "" if share == 100 else f" for {share:.6g} % of the requests"
    yield "traffic", wording.variant(shadow, numbers), f"shadow{part}: scored, never answered"
    number = wording.version_behind(shadow, numbers)
    if number is not None and manifest is not None:
        found = shadow_agreement(session.connection, state.name.name, number)
        yield "shadow", "agreement", found.words(of_numbers=manifest.task.predicts_number)


def _answer(manifest: Manifest) -> Iterator[Fact]:
    match manifest.task:
        case Task.REGRESSION | Task.RECOMMENDATION:
            yield "output", "prediction", "number"
        case Task.CLASSIFICATION:
            yield "output", "prediction", f"one of {', '.join(str(found) for found in manifest.classes)}"
            yield "output", "probabilities", "number for each of them"
        case Task.CLUSTERING:
            yield "output", "prediction", "number of the nearest centroid, from 1"
            yield "output", "distances", "number for each centroid"
        case Task.DIMENSION_REDUCTION:
            yield "output", "prediction", "list of the principal components"
        case Task.AUTOENCODING:
            yield "output", "prediction", "list of the latent columns"
            yield "output", "reconstruction_loss", "three numbers: what is lost of the row"
        case Task.IMPORTED:
            outputs = graph_outputs(manifest)
            for output in outputs:
                name = "prediction" if len(outputs) == 1 else f"prediction.{output.name}"
                yield "output", name, wording.graph_output(output)


def monitor(session: Session, state: ObjectState) -> Iterator[Fact]:
    """Yield what a monitor looks at and what it saw last, the measures of its condition first."""
    spec = deployed_spec(session, state, MonitorSpec)
    seen = list_evaluations(session.catalog, spec.name)
    last = seen[0] if seen else None
    yield "monitor", "watches", f"{spec.watched_kind} {spec.watched}"
    yield "monitor", "window", wording.window(spec)
    yield "monitor", "compared with", _compared(session, spec)
    yield "monitor", "judged from", f"{spec.min_rows:,} rows"
    yield "monitor", "looks", f"every {duration_text(spec.every)}"
    yield "monitor", "breach when", wording.one_line(spec.predicate)
    yield from _described("monitor", spec.description)
    yield "monitor", "state", wording.monitor_state(last)
    if last is None:
        return
    yield "monitor", "since", wording.minute(wording.in_state_since(seen))
    yield "monitor", "looked", f"{wording.minute(last.at)}, at {last.rows:,} rows"
    yield "monitor", "reason", last.reason
    asked = {name.casefold() for name in columns(spec.predicate)}
    for name, value in sorted(last.measures.items(), key=lambda item: item[0] not in asked):
        if value is not None or name in asked:
            yield "measure", name, number(value)
    for found in last.columns:
        if found.get("drifted"):
            yield "drifted column", str(found["column"]), f"psi {number(found.get('psi'))}"


def _compared(session: Session, spec: MonitorSpec) -> str:
    if spec.reference != "training":
        return "the window before"
    watched = get_object(session.catalog, ResourceName(Kind.ENDPOINT, spec.watched))
    model = str(watched.state["model"]) if watched else ""
    champion = aliases(session.catalog, model).get(CHAMPION)
    versions = list_versions(session.catalog, model) if champion is not None else []
    manifest = next((manifest_of(session, found) for found in versions if found.number == champion), None)
    if manifest is not None and manifest.task is Task.IMPORTED:
        return "the first full window that the champion answered"
    return "what trained the champion"


def trigger(session: Session, state: ObjectState) -> Iterator[Fact]:
    """Yield what a trigger waits for, what it does, and how it went off lately."""
    spec = deployed_spec(session, state, TriggerSpec)
    yield "trigger", "waits for", wording.event(spec.event)
    for place, found in enumerate(spec.actions, 1):
        yield "action", str(place), wording.action(found)
    yield "trigger", "cool-down", duration_text(spec.cool_down) if spec.cool_down else "none"
    if spec.min_rows:
        yield "trigger", "new rows at least", f"{spec.min_rows:,}"
    yield from _described("trigger", spec.description)
    yield "trigger", "last fired", wording.minute(state.state.get("last_fired"))
    if state.state.get("reason"):
        yield "trigger", "reason", str(state.state["reason"])
    yield "trigger", "next", wording.next_firing(spec, state.state, session.clock.now())
    for entry in reversed(list_history(session.catalog, subject=str(state.name), limit=NEWEST)):
        yield entry.kind, wording.minute(entry.at), entry.message


def _described(part: str, description: str | None) -> Iterator[Fact]:
    if description:
        yield part, "description", description


DESCRIPTIONS: Mapping[Kind, Callable[[Session, ObjectState], Iterator[Fact]]] = {
    Kind.ASSERTION: assertion,
    Kind.MODEL: model,
    Kind.GOAL: goal,
    Kind.ENDPOINT: endpoint,
    Kind.MONITOR: monitor,
    Kind.EXPERIMENT: experiment,
    Kind.TRIGGER: trigger,
}
