"""The messages of the Open Inference Protocol V2 over gRPC, made of a list rather than of generated code.

Names, numbers and types of the fields are the protocol's own (the package `inference` of KServe's open inference
protocol); generated code would tie the installed protobuf to the compiler's version, and register the package once
more where a client's generated code is loaded too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

PACKAGE = "inference"
SERVICE = f"{PACKAGE}.GRPCInferenceService"
# The fields of each message in the order of their numbers, from 1. `[…]` is repeated, `{…}` a map from texts.
_MESSAGES: Mapping[str, str] = {
    "ServerLiveRequest": "",
    "ServerLiveResponse": "live:bool",
    "ServerReadyRequest": "",
    "ServerReadyResponse": "ready:bool",
    "ModelReadyRequest": "name:string version:string",
    "ModelReadyResponse": "ready:bool",
    "ServerMetadataRequest": "",
    "ServerMetadataResponse": "name:string version:string extensions:[string]",
    "ModelMetadataRequest": "name:string version:string",
    "ModelMetadataResponse": (
        "name:string versions:[string] platform:string inputs:[ModelMetadataResponse.TensorMetadata]"
        " outputs:[ModelMetadataResponse.TensorMetadata]"
    ),
    "ModelMetadataResponse.TensorMetadata": "name:string datatype:string shape:[int64]",
    "ModelInferRequest": (
        "model_name:string model_version:string id:string parameters:{InferParameter}"
        " inputs:[ModelInferRequest.InferInputTensor] outputs:[ModelInferRequest.InferRequestedOutputTensor]"
        " raw_input_contents:[bytes]"
    ),
    "ModelInferRequest.InferInputTensor": (
        "name:string datatype:string shape:[int64] parameters:{InferParameter} contents:InferTensorContents"
    ),
    "ModelInferRequest.InferRequestedOutputTensor": "name:string parameters:{InferParameter}",
    "ModelInferResponse": (
        "model_name:string model_version:string id:string parameters:{InferParameter}"
        " outputs:[ModelInferResponse.InferOutputTensor] raw_output_contents:[bytes]"
    ),
    "ModelInferResponse.InferOutputTensor": (
        "name:string datatype:string shape:[int64] parameters:{InferParameter} contents:InferTensorContents"
    ),
    # One of these, in truth; each says which.
    "InferParameter": "bool_param:bool int64_param:int64 string_param:string double_param:double uint64_param:uint64",
    "InferTensorContents": (
        "bool_contents:[bool] int_contents:[int32] int64_contents:[int64] uint_contents:[uint32]"
        " uint64_contents:[uint64] fp32_contents:[float] fp64_contents:[double] bytes_contents:[bytes]"
    ),
    "RepositoryIndexRequest": "repository_name:string ready:bool",
    "RepositoryIndexResponse": "models:[RepositoryIndexResponse.ModelIndex]",
    "RepositoryIndexResponse.ModelIndex": "name:string version:string state:string reason:string",
}
# Of the fields of these messages one is set.
_CHOICES: Mapping[str, str] = {"InferParameter": "parameter_choice"}


@cache
def message_classes() -> Mapping[str, Any]:
    """Return the class of each message by its name; those within another under `Outer.Inner`."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="penstock/inference.proto", package=PACKAGE, syntax="proto3")
    made: dict[str, Any] = {}
    # An outer message stands before its inner ones.
    for name in sorted(_MESSAGES):
        outer, _, inner = name.rpartition(".")
        message = made[outer].nested_type.add(name=inner) if outer else file.message_type.add(name=name)
        made[name] = message
    for name, fields in _MESSAGES.items():
        if name in _CHOICES:
            made[name].oneof_decl.add(name=_CHOICES[name])
        for number, field in enumerate(fields.split(), 1):
            _add_field(made[name], name, number, *field.split(":"), chosen=name in _CHOICES)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in _MESSAGES
    }


def _add_field(message: Any, owner: str, number: int, name: str, kind: str, *, chosen: bool) -> None:
    from google.protobuf import descriptor_pb2

    of_field = descriptor_pb2.FieldDescriptorProto
    bare = kind.strip("[]{}")
    field = message.field.add(name=name, number=number)
    field.label = of_field.LABEL_REPEATED if bare != kind else of_field.LABEL_OPTIONAL
    if chosen:
        field.oneof_index = 0
    if kind.startswith("{"):
        # A map is a list of pairs in a message of its own.
        entry = message.nested_type.add(name=f"{name.capitalize()}Entry")
        entry.options.map_entry = True
        _add_field(entry, owner, 1, "key", "string", chosen=False)
        _add_field(entry, owner, 2, "value", bare, chosen=False)
        bare = f"{owner}.{entry.name}"
    if bare in _MESSAGES or kind.startswith("{"):
        field.type, field.type_name = of_field.TYPE_MESSAGE, f".{PACKAGE}.{bare}"
    else:
        field.type = of_field.Type.Value(f"TYPE_{bare.upper()}")
