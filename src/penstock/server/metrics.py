"""What the server counts, in Prometheus' text format (version 0.0.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from penstock.server.route import HttpRoute
from penstock.serving.feedback import FeedbackAnswer

if TYPE_CHECKING:
    from penstock.server.services import Services

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counts, kept by the event loop's thread."""

    def __init__(self) -> None:
        self.requests: dict[tuple[str, int, str], int] = {}
        self.latencies: dict[str, list[int]] = {}
        self.seconds: dict[str, float] = {}
        # By endpoint and reason; the data plane's queue of shadows counts them.
        self.shadow_failures: dict[tuple[str, str], int] = {}
        # Answered rows that are not in the log, by endpoint and reason; the data plane counts them.
        self.skipped_rows: dict[tuple[str, str], int] = {}
        self.background_failures: dict[str, int] = {}
        self.feedbacks: dict[str, FeedbackAnswer] = {}
        self.compacted_rows = 0
        self.torn_lines = 0
        self.worker_restarts = 0

    def observe(self, endpoint: str, status: int, version: str, seconds: float) -> None:
        """Count one request of an endpoint; `version` is empty when none answered."""
        key = (endpoint, status, version)
        self.requests[key] = self.requests.get(key, 0) + 1
        buckets = self.latencies.setdefault(endpoint, [0] * (len(BUCKETS) + 1))
        buckets[bisect_left(BUCKETS, seconds)] += 1
        self.seconds[endpoint] = self.seconds.get(endpoint, 0.0) + seconds

    def feedback(self, endpoint: str, taken: FeedbackAnswer) -> None:
        """Count the rows of one feedback."""
        before = self.feedbacks.get(endpoint, FeedbackAnswer(0))
        self.feedbacks[endpoint] = FeedbackAnswer(
            before.accepted + taken.accepted,
            before.unknown + taken.unknown,
            before.unknown_labels + taken.unknown_labels,
        )

    def background_failed(self, task: str) -> None:
        """Count a refresh, sync or compaction that failed and will be tried again."""
        self.background_failures[task] = self.background_failures.get(task, 0) + 1


def metrics_routes(services: Services) -> list[HttpRoute]:
    """Return the route of the metrics."""

    def whole() -> str:
        text = metrics_text(services)
        return text if services.shared is None else services.shared.whole(text)

    async def answer(_: Request) -> Response:
        text = await services.in_thread(whole)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return [HttpRoute("GET", "/metrics", answer, "Counts in Prometheus' text format.")]


def metrics_text(services: Services) -> str:
    """Return what this process counts, and what it sees."""
    return count_text(services.metrics) + _text(_gauges(services))


def count_text(metrics: Metrics) -> str:
    """Return what this process counts."""
    return _text(_counts(metrics))


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _counts(metrics: Metrics) -> Iterator[str]:
    yield from _head("penstock_requests_total", "counter", "Requests by endpoint, status and version.")
    for (endpoint, status, version), count in sorted(metrics.requests.items()):
        labels = _labels(endpoint=endpoint, status=str(status), version=version)
        yield f"penstock_requests_total{labels} {count}"
    yield from _latencies(metrics)
    yield from _feedbacks(metrics)
    yield from _head("penstock_shadow_failures_total", "counter", "Shadow answers that failed or were dropped.")
    for (endpoint, why), count in sorted(metrics.shadow_failures.items()):
        yield f"penstock_shadow_failures_total{_labels(endpoint=endpoint, reason=why)} {count}"
    yield from _head("penstock_log_skipped_rows_total", "counter", "Answered rows that the log has not.")
    for (endpoint, why), count in sorted(metrics.skipped_rows.items()):
        yield f"penstock_log_skipped_rows_total{_labels(endpoint=endpoint, reason=why)} {count}"
    yield from _head("penstock_background_failures_total", "counter", "Background tasks that failed, to be repeated.")
    for task, count in sorted(metrics.background_failures.items()):
        yield f"penstock_background_failures_total{_labels(task=task)} {count}"
    yield from _head("penstock_log_compacted_rows_total", "counter", "Lines of the log moved into the lake.")
    yield f"penstock_log_compacted_rows_total {metrics.compacted_rows}"
    yield from _head("penstock_log_torn_lines_total", "counter", "Lines cut off by a crash, never answered.")
    yield f"penstock_log_torn_lines_total {metrics.torn_lines}"
    yield from _head("penstock_worker_restarts_total", "counter", "Processes that ended and were started again.")
    yield f"penstock_worker_restarts_total {metrics.worker_restarts}"


def _latencies(metrics: Metrics) -> Iterator[str]:
    name = "penstock_request_seconds"
    yield from _head(name, "histogram", "Seconds from a request's head to the end of its answer.")
    for endpoint, counts in sorted(metrics.latencies.items()):
        total = 0
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
            total += count
            yield f"{name}_bucket{_labels(endpoint=endpoint, le=bound)} {total}"
        yield f"{name}_sum{_labels(endpoint=endpoint)} {metrics.seconds[endpoint]:.6f}"
        yield f"{name}_count{_labels(endpoint=endpoint)} {total}"


def _feedbacks(metrics: Metrics) -> Iterator[str]:
    for name, field, text in (
        ("penstock_feedback_rows_total", "accepted", "Rows of feedback that were taken."),
        ("penstock_feedback_unknown_predictions_total", "unknown", "Those for predictions that nobody knows of."),
        ("penstock_feedback_unknown_labels_total", "unknown_labels", "Those of a class that the model does not know."),
    ):
        yield from _head(name, "counter", text)
        for endpoint, taken in sorted(metrics.feedbacks.items()):
            yield f"{name}{_labels(endpoint=endpoint)} {getattr(taken, field)}"


def _gauges(services: Services) -> Iterator[str]:
    lag = services.plane.lag()
    yield from _head("penstock_log_lag_bytes", "gauge", "Bytes of the log that are not in the lake yet.")
    yield f"penstock_log_lag_bytes {lag.bytes}"
    yield from _head("penstock_log_lag_segments", "gauge", "Files of the log that are not in the lake yet.")
    yield f"penstock_log_lag_segments {lag.segments}"
    yield from _head("penstock_log_lag_seconds", "gauge", "Seconds since the oldest of these files was written to.")
    yield f"penstock_log_lag_seconds {lag.oldest_seconds:.3f}"
    yield from _head("penstock_log_full_ratio", "gauge", "The share of the log's room that is taken; at 1 it is full.")
    yield f"penstock_log_full_ratio {services.plane.log.full_ratio:.6f}"
    yield from _head("penstock_models_loaded", "gauge", "Versions in memory; the others are loaded at a request.")
    yield f"penstock_models_loaded {services.plane.models.in_memory()}"
    yield from _head("penstock_endpoint_ready", "gauge", "1 when the endpoint answers with the versions it should.")
    statuses = services.plane.endpoints()
    for status in statuses:
        yield f"penstock_endpoint_ready{_labels(endpoint=status.endpoint)} {int(status.problem is None)}"
    name = "penstock_transform_sql_rows_total"
    yield from _head(name, "counter", "Rows whose TRANSFORM was computed by DuckDB, not by the model's graph.")
    for status in statuses:
        for number, model in sorted(status.route.models.items()) if status.route else ():
            labels = _labels(endpoint=status.endpoint, version=str(number))
            yield f"{name}{labels} {model.rows_transformed_by_sql}"
    yield from _head("penstock_model_version", "gauge", "The version that a variant of an endpoint answers with.")
    for status in statuses:
        for share in status.route.plan.shares if status.route else ():
            labels = _labels(endpoint=status.endpoint, model=status.model, variant=share.variant)
            yield f"penstock_model_version{labels} {share.number}"


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def _labels(**labels: str) -> str:
    pairs = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
