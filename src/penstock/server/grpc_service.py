"""The Open Inference Protocol V2 over gRPC, beside HTTP: the same rows, log, callers and limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version as package_version
from importlib.util import find_spec
from typing import Any

from penstock.core.errors import MissingExtra, UnknownName, UserError
from penstock.server.auth import PREDICT, Gate
from penstock.server.body import Limits, check_row_count
from penstock.server.error import LOGGER, RefusedRequest, described
from penstock.server.grpc_message import SERVICE, message_classes
from penstock.server.inference import (
    EXTENSIONS,
    check_shapes,
    chosen_outputs,
    manifest_of,
    metadata_of,
    model_index,
    outputs_of,
    rows_of,
    told_of,
    version_in_service,
)
from penstock.server.services import VARIANT_HEADER, Services, checked_request_id
from penstock.server.tensor import Tensor, encoded, read_tensor, refused
from penstock.serving.assignment import Wish
from penstock.serving.data_plane import Answer, NotReady

Json = Any
_THREADS = 16
# What calls that have begun may take when the server ends.
_GRACE = 5.0
_AUTHORIZATION, _REQUEST_ID = "authorization", "x-request-id"
# What a status of HTTP is called here; whatever is not listed is our own fault.
_CODES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "RESOURCE_EXHAUSTED",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    507: "UNAVAILABLE",
}
# Which field of a tensor's contents has the values of a datatype.
_CONTENTS: Mapping[str, str] = {
    "BOOL": "bool_contents",
    **dict.fromkeys(("INT8", "INT16", "INT32"), "int_contents"),
    "INT64": "int64_contents",
    **dict.fromkeys(("UINT8", "UINT16", "UINT32"), "uint_contents"),
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}


class GrpcPort:
    """A port that answers the protocol's calls once it is opened."""

    def __init__(self, host: str, port: int, limits: Limits) -> None:
        """Take the port, 0 for a free one; raises MissingExtra without the extra, UserError for one that is taken."""
        if find_spec("grpc") is None:
            message = "Serving over gRPC needs the package grpcio, which is not installed."
            raise MissingExtra.of(message, hint="Install it with: pip install 'penstock[grpc]'.")
        import grpc

        self._threads = ThreadPoolExecutor(_THREADS, "penstock-grpc")
        options = [("grpc.max_receive_message_length", limits.body_bytes), ("grpc.max_send_message_length", -1)]
        self._server = grpc.server(self._threads, options=options)
        shown = f"[{host}]" if ":" in host else host
        try:
            self.port: int = self._server.add_insecure_port(f"{shown}:{port}")
        except RuntimeError as problem:
            message = f"Cannot listen on {host} port {port} for gRPC."
            raise UserError.of(message, hint="Is it in use? Choose another --grpc-port.") from problem
        self.address = f"{shown}:{self.port}"

    def open(self, services: Services, gate: Gate) -> None:
        """Answer calls from now on; called on the event loop, where each call is answered."""
        import grpc

        calls = _Calls(services, gate, asyncio.get_running_loop())
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, calls.handlers()),))
        self._server.start()

    async def close(self) -> None:
        """Take no more calls, and wait a while for those under way."""
        ended = self._server.stop(_GRACE)
        await asyncio.get_running_loop().run_in_executor(None, ended.wait)
        self._threads.shutdown(wait=False)


class _Calls:
    """Answers calls. A thread of gRPC's waits while the event loop, which counts and limits, has each answered."""

    def __init__(self, services: Services, gate: Gate, loop: asyncio.AbstractEventLoop) -> None:
        self._services = services
        self._gate = gate
        self._loop = loop
        self._messages = message_classes()

    def handlers(self) -> dict[str, Any]:
        """Return what answers each method."""
        return {
            "ServerLive": self._handler("ServerLive", self._live),
            "ServerReady": self._handler("ServerReady", self._ready),
            "ServerMetadata": self._handler("ServerMetadata", self._server),
            "ModelReady": self._handler("ModelReady", self._model_ready),
            "ModelMetadata": self._handler("ModelMetadata", self._model),
            "ModelInfer": self._handler("ModelInfer", self._infer),
            "RepositoryIndex": self._handler("RepositoryIndex", self._index),
        }

    def _handler(self, method: str, work: Callable[[Any, Mapping[str, str]], Awaitable[Any]]) -> Any:
        import grpc

        async def answered(request: Any, metadata: Mapping[str, str]) -> Any:
            return await work(request, metadata)

        def call(request: Any, context: Any) -> Any:
            metadata = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
            waiting = asyncio.run_coroutine_threadsafe(answered(request, metadata), self._loop)
            problem = waiting.exception()
            if problem is None:
                return waiting.result()
            if not isinstance(problem, Exception):
                raise problem
            status, body = described(problem)
            if status == 500:
                LOGGER.error("%s failed", method, exc_info=problem)
            error = body["error"]
            told = f"{error['message']} {error['hint']}" if error["hint"] else error["message"]
            return context.abort(grpc.StatusCode[_CODES.get(status, "INTERNAL")], told)

        return grpc.unary_unary_rpc_method_handler(
            call, self._messages[f"{method}Request"].FromString, self._messages[f"{method}Response"].SerializeToString
        )

    def _response(self, method: str, **fields: Json) -> Any:
        return self._messages[f"{method}Response"](**fields)

    def _check(self, metadata: Mapping[str, str], endpoint: str | None = None) -> None:
        """Raise RefusedRequest for a caller who may not ask this."""
        given = metadata.get(_AUTHORIZATION)
        self._gate.caller(None if given is None else given.encode(), None, None).demand(PREDICT, endpoint)

    async def _live(self, _: Any, __: Mapping[str, str]) -> Any:
        return self._response("ServerLive", live=True)

    async def _ready(self, _: Any, __: Mapping[str, str]) -> Any:
        return self._response("ServerReady", ready=not self._services.plane.ready())

    async def _server(self, _: Any, metadata: Mapping[str, str]) -> Any:
        self._check(metadata)
        version = package_version("penstock")
        return self._response("ServerMetadata", name="penstock", version=version, extensions=EXTENSIONS)

    async def _model_ready(self, request: Any, metadata: Mapping[str, str]) -> Any:
        self._check(metadata, request.name)
        try:
            version_in_service(self._services.plane.route(request.name), request.version)
        except (UnknownName, NotReady):
            return self._response("ModelReady", ready=False)
        return self._response("ModelReady", ready=True)

    async def _model(self, request: Any, metadata: Mapping[str, str]) -> Any:
        self._check(metadata, request.name)
        route = self._services.plane.route(request.name)
        return self._response("ModelMetadata", **metadata_of(route, version_in_service(route, request.version)))

    async def _index(self, _: Any, metadata: Mapping[str, str]) -> Any:
        self._check(metadata)
        return self._response("RepositoryIndex", models=model_index(self._services.plane))

    async def _infer(self, request: Any, metadata: Mapping[str, str]) -> Any:
        started = time.perf_counter()
        status, version = 500, ""
        try:
            answer = await self._answer(request, metadata)
            status, version = 200, str(answer.version)
            return self._told(answer, request)
        except (UserError, RefusedRequest) as problem:
            status = described(problem)[0]
            raise
        finally:
            self._measure(request.model_name, status, version, time.perf_counter() - started)

    async def _answer(self, request: Any, metadata: Mapping[str, str]) -> Answer:
        services = self._services
        self._check(metadata, request.model_name)
        route = services.plane.route(request.model_name)
        version = version_in_service(route, request.model_version)
        tensors = _tensors(request)
        check_shapes(tensors, manifest_of(route, version))
        rows = rows_of(tensors)
        check_row_count(rows, services.limits)
        header = metadata.get(_REQUEST_ID)
        request_id = checked_request_id(None if header is None else header.encode(), request.id)
        wish = Wish(_parameter(request.parameters, "key"), metadata.get(VARIANT_HEADER) or None, version)
        answer = await services.predict(request.model_name, rows, request_id, wish, parsed_json=False)
        if answer.route.shadow is not None:
            services.plane.shadows.offer(answer)
        return answer

    def _told(self, answer: Answer, request: Any) -> Any:
        outputs = outputs_of(answer)
        if request.outputs:
            wanted = [{"name": output.name} for output in request.outputs]
            outputs = [tensor for tensor, _ in chosen_outputs(outputs, wanted)]
        response = self._response(
            "ModelInfer",
            model_name=answer.endpoint,
            model_version=str(answer.version),
            id=answer.request_id,
            outputs=[
                {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)} for tensor in outputs
            ],
            raw_output_contents=[encoded(tensor) for tensor in outputs],
        )
        for name, value in told_of(answer).items():
            kind = {bool: "bool_param", int: "int64_param"}.get(type(value), "string_param")
            setattr(response.parameters[name], kind, value)
        return response

    def _measure(self, asked: str, status: int, version: str, seconds: float) -> None:
        try:
            endpoint = self._services.plane.status(asked).endpoint
        except UnknownName:
            endpoint = ""
        self._services.metrics.observe(endpoint, status, version, seconds)


def _tensors(request: Any) -> list[Tensor]:
    """Return the inputs of a call; raises RefusedRequest for those that are not as the protocol says."""
    if not request.inputs:
        raise refused("The request has no inputs.")
    raw = request.raw_input_contents
    if raw and len(raw) != len(request.inputs):
        raise refused(f"The request has {len(request.inputs)} inputs and {len(raw)} raw contents.")
    tensors = []
    for place, tensor in enumerate(request.inputs):
        told: dict[str, Json] = {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}
        if raw:
            tensors.append(read_tensor(told, memoryview(raw[place])))
        else:
            tensors.append(read_tensor({**told, "data": _values(tensor)}, None))
    return tensors


def _values(tensor: Any) -> list[Json]:
    field = _CONTENTS.get(tensor.datatype)
    if field is None:
        return []
    values = list(getattr(tensor.contents, field))
    if tensor.datatype != "BYTES":
        return values
    try:
        return [text.decode() for text in values]
    except UnicodeDecodeError:
        raise refused(f"A text of input {tensor.name!r} is not UTF-8.") from None


def _parameter(parameters: Any, name: str) -> Json:
    """Return the value of a parameter, None without it."""
    if name not in parameters:
        return None
    chosen = parameters[name].WhichOneof("parameter_choice")
    return None if chosen is None else getattr(parameters[name], chosen)
