"""Images as inputs of imported graphs: what ML.DECODE_IMAGE gives becomes the tensor that the graph takes."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import BadData
from penstock.learn.imported_graph import INPUTS
from penstock.learn.manifest import Manifest
from penstock.learn.schema import FeatureType

_FIELDS = ("dims", "pixels")


def is_image(kind: pa.DataType) -> bool:
    """Return whether a type is that of an image: STRUCT<dims ARRAY<INT64>, pixels ARRAY<…>>."""
    return bool(pa.types.is_struct(kind)) and tuple(field.name for field in kind) == _FIELDS


def with_pixels(rows: pa.Table, manifest: Manifest) -> pa.Table:
    """Return the rows, each image that stands where the graph takes a list of numbers replaced by its pixels.

    A graph that takes channels first, [channels, height, width], gets them so. Raises BadData for images of another
    shape than the graph's, or of several.
    """
    shapes = {
        feature.name.casefold(): tuple(item["shape"])
        for feature, item in zip(manifest.features, manifest.details[INPUTS], strict=True)
        if feature.type is FeatureType.NUMBER_LIST
    }
    for place, field in enumerate(rows.schema):
        shape = shapes.get(field.name.casefold())
        if shape is not None and is_image(field.type):
            rows = rows.set_column(place, field.name, _pixels(field.name, rows.column(place), shape))
    return rows


def _pixels(name: str, column: pa.ChunkedArray, shape: tuple[int | None, ...]) -> pa.ChunkedArray:
    dims = sorted({tuple(item) for item in pc.struct_field(column, "dims").to_pylist() if item is not None})
    pixels = pc.struct_field(column, "pixels")
    if not dims:
        return pixels
    if len(dims) > 1:
        hint = "Give them one with ML.RESIZE_IMAGE(image, height, width, FALSE)."
        raise BadData.of(f"The images of {name!r} have different shapes: {dims[0]} and {dims[1]}.", hint=hint)
    found = dims[0]
    if _fits(found, shape):
        return pixels
    if len(found) == 3 and _fits((found[2], *found[:2]), shape):
        return pa.chunked_array([_channels_first(chunk, found) for chunk in pixels.chunks])
    hint = "Resize them with ML.RESIZE_IMAGE(image, height, width, FALSE)."
    wanted = [width if width is not None else "any" for width in shape]
    raise BadData.of(f"The images of {name!r} have the shape {list(found)}; the model takes {wanted}.", hint=hint)


def _fits(found: tuple[int, ...], shape: tuple[int | None, ...]) -> bool:
    return len(found) == len(shape) and all(
        wide is None or wide == given for given, wide in zip(found, shape, strict=True)
    )


def _channels_first(pixels: pa.Array, dims: tuple[int, ...]) -> pa.Array:
    """Return lists of [height, width, channels] as lists of [channels, height, width]."""
    size = math.prod(dims)
    values = np.zeros((len(pixels), size))
    held = pixels.is_valid().to_numpy(zero_copy_only=False)
    values[held] = pixels.flatten().to_numpy(zero_copy_only=False).reshape(-1, size)
    turned = np.ascontiguousarray(values.reshape(len(pixels), *dims).transpose(0, 3, 1, 2)).ravel()
    return pa.FixedSizeListArray.from_arrays(pa.array(turned), size, mask=pa.array(~held))
