"""Images in SQL: bytes into numbers, other sizes and other colour spaces, a column at a time.

An image is STRUCT(dims BIGINT[], pixels DOUBLE[]): height, width and channels, and as many numbers, row by row, from 0
to 1. A result has the field `problem` besides, which is what is wrong with the image, or NULL.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import md5

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
IMAGE = "STRUCT(dims BIGINT[], pixels DOUBLE[], problem VARCHAR)"
FORMATS = ("JPEG", "PNG", "BMP")
COLOR_SPACES = ("HSV", "GRAYSCALE", "YIQ", "YUV")
# BigQuery ML's limits: of the bytes of a file, and of an image as numbers.
MOST_BYTES, MOST_NUMBERS = 10_000_000, 60_000_000 // 8
_MOST_SIDE = 100_000
# What Arrow can count in one column; sixteen gigabytes.
_MOST_IN_COLUMN = 2**31
# From red, green and blue; the matrices of the NTSC standard (YIQ) and of BT.601 (YUV, luma), as TensorFlow has them.
_TO: Mapping[str, Floats] = {
    "GRAYSCALE": np.array([[0.2989], [0.5870], [0.1140]]),
    "YIQ": np.array([[0.299, 0.59590059, 0.2115], [0.587, -0.27455667, -0.52273617], [0.114, -0.32134392, 0.31119955]]),
    "YUV": np.array(
        [[0.299, -0.14714119, 0.61497538], [0.587, -0.28886916, -0.51496512], [0.114, 0.43601035, -0.10001026]]
    ),
}


@dataclass(frozen=True)
class ImageFunction:
    """A function of SQL over images; `compute` takes and gives Arrow columns."""

    name: str
    arguments: tuple[str, ...]
    compute: Callable[..., pa.Array]


def decoded(data: pa.Array) -> pa.Array:
    """Return the image of each file's bytes: of three channels, or of one where the file is grey."""
    return _images(_decoded_one(value) for value in data.to_pylist())


def _decoded_one(data: bytes | None) -> Floats | str | None:
    from PIL import Image, UnidentifiedImageError

    if data is None:
        return None
    if len(data) > MOST_BYTES:
        return f"An image has {len(data):,} bytes; ML.DECODE_IMAGE takes {MOST_BYTES:,} at most."
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as found:
            grey = found.mode in ("1", "L", "LA", "I;16", "I", "F")
            values = np.asarray(found.convert("L" if grey else "RGB"), np.float64) / 255.0
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return (
            f"{len(data):,} bytes (MD5 {md5(data, usedforsecurity=False).hexdigest()}) are no image that can be read "
            f"({', '.join(FORMATS)}), or only a part of one. A condition on the MD5 finds the row, and leaves it out."
        )
    pixels = values.reshape(*values.shape[:2], 1 if grey else 3)
    if pixels.size > MOST_NUMBERS:
        share = (MOST_NUMBERS / pixels.size) ** 0.5
        pixels = _resized(pixels, int(pixels.shape[0] * share), int(pixels.shape[1] * share))
    return pixels


def resized(dims: pa.Array, pixels: pa.Array, heights: pa.Array, widths: pa.Array, keep: pa.Array) -> pa.Array:
    """Return each image in another size; where `keep` is true in the largest of its own shape that fits in there."""

    def images() -> Iterator[Floats | str | None]:
        sizes = zip(heights.to_pylist(), widths.to_pylist(), keep.to_pylist(), strict=True)
        for image, (height, width, kept) in zip(_read(dims, pixels), sizes, strict=True):
            if not isinstance(image, np.ndarray) or None in (height, width, kept):
                yield image if isinstance(image, str) else None
                continue
            if not (1 <= height <= _MOST_SIDE and 1 <= width <= _MOST_SIDE):
                yield f"An image cannot be {height} × {width} pixels in size."
                continue
            if kept:
                share = min(height / image.shape[0], width / image.shape[1])
                height, width = (max(1, round(side * share)) for side in image.shape[:2])
            if height * width * image.shape[2] > MOST_NUMBERS:
                yield (
                    f"ML.RESIZE_IMAGE gives {MOST_NUMBERS:,} numbers at most; {height:,} × {width:,} pixels of "
                    f"{image.shape[2]} are {height * width * image.shape[2]:,}."
                )
                continue
            yield _resized(image, height, width)

    return _images(images())


def _resized(image: Floats, height: int, width: int) -> Floats:
    """Return an image in another size: each new pixel is where its middle lies, between the four around (bilinear)."""
    # What shrinks most goes first, so that nothing in between is larger than both images.
    shares = {0: height / image.shape[0], 1: width / image.shape[1]}
    for axis in sorted(shares, key=lambda axis: shares[axis]):
        size = (height, width)[axis]
        old = image.shape[axis]
        at = np.clip((np.arange(size) + 0.5) * old / size - 0.5, 0, old - 1)
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, old - 1)
        share = (at - low).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        image = np.take(image, low, axis) * (1 - share) + np.take(image, high, axis) * share
    return image


def in_color_space(dims: pa.Array, pixels: pa.Array, spaces: pa.Array) -> pa.Array:
    """Return each image of red, green and blue in another colour space."""

    def images() -> Iterator[Floats | str | None]:
        for image, space in zip(_read(dims, pixels), spaces.to_pylist(), strict=True):
            if not isinstance(image, np.ndarray):
                yield image
            elif image.shape[2] != 3:
                yield f"ML.CONVERT_COLOR_SPACE takes images of 3 channels; this one has {image.shape[2]}."
            else:
                yield _hsv(image) if space == "HSV" else image @ _TO[space]

    return _images(images())


def _hsv(image: Floats) -> Floats:
    """Return hue, saturation and value, each from 0 to 1 (Smith, Color gamut transform pairs, 1978)."""
    value = image.max(axis=2)
    spread = value - image.min(axis=2)
    safe = np.where(spread > 0, spread, 1.0)
    red, green, blue = np.moveaxis(image, 2, 0)
    sixths = np.select(
        [value == red, value == green], [(green - blue) / safe, 2.0 + (blue - red) / safe], 4.0 + (red - green) / safe
    )
    hue = np.where(spread > 0, sixths / 6.0 % 1.0, 0.0)
    saturation = np.where(value > 0, spread / np.where(value > 0, value, 1.0), 0.0)
    return np.stack([hue, saturation, value], axis=2)


def _read(dims: pa.Array | pa.ChunkedArray, pixels: pa.Array | pa.ChunkedArray) -> Iterator[Floats | str | None]:
    """Yield each image as an array (height, width, channels), None for NULL, or what is wrong with it."""
    dims, pixels = _whole(dims), _whole(pixels)
    numbers = pc.list_flatten(pixels).cast(pa.float64()).to_numpy(zero_copy_only=False)
    lengths = pc.fill_null(pc.list_value_length(pixels), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    ends = np.cumsum(lengths)
    valid = pixels.is_valid().to_numpy(zero_copy_only=False)
    for shape, begin, end, known in zip(dims.to_pylist(), ends - lengths, ends, valid, strict=True):
        if shape is None or not known:
            yield None
        elif len(shape) != 3 or any(side is None or side < 1 for side in shape) or np.prod(shape) != end - begin:
            yield f"An image of the dimensions {shape} does not have {end - begin:,} pixel values."
        else:
            yield numbers[begin:end].reshape(shape)


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if not isinstance(column, pa.ChunkedArray):
        return column
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _images(found: Iterator[Floats | str | None]) -> pa.Array:
    """Return images, or what is wrong with each, as one Arrow column."""
    listed = list(found)
    if sum(image.size for image in listed if isinstance(image, np.ndarray)) >= _MOST_IN_COLUMN:
        listed = ["These images are too large to be held together: take fewer rows at a time."] * len(listed)
    arrays = [image if isinstance(image, np.ndarray) else np.empty((0, 0, 0)) for image in listed]
    known = np.array([isinstance(image, np.ndarray) for image in listed], np.bool_)
    shapes = np.array([image.shape for image in arrays], np.int64).reshape(-1)
    offsets = np.concatenate([[0], np.cumsum([image.size for image in arrays])]).astype(np.int32)
    pixels = np.concatenate([image.ravel() for image in arrays]) if arrays else np.empty(0)
    return pa.StructArray.from_arrays(
        [
            pa.ListArray.from_arrays(pa.array(3 * np.arange(len(listed) + 1, dtype=np.int32)), pa.array(shapes)),
            pa.ListArray.from_arrays(pa.array(offsets), pa.array(pixels)),
            pa.array([image if isinstance(image, str) else None for image in listed], pa.string()),
        ],
        ["dims", "pixels", "problem"],
        mask=pa.array([not (there or isinstance(image, str)) for there, image in zip(known, listed, strict=True)]),
    )


IMAGE_FUNCTIONS: tuple[ImageFunction, ...] = (
    ImageFunction("penstock_decode_image", ("BLOB",), decoded),
    ImageFunction("penstock_resize_image", ("BIGINT[]", "DOUBLE[]", "BIGINT", "BIGINT", "BOOLEAN"), resized),
    ImageFunction("penstock_color_space", ("BIGINT[]", "DOUBLE[]", "VARCHAR"), in_color_space),
)
