"""The ML functions over images: SQL that calls what the lake computes a column at a time."""

from __future__ import annotations

import pyarrow as pa

from penstock.core.options import OptionSpec
from penstock.functions.literal import text_sql
from penstock.functions.preprocessor import REQUIRED, Argument, Parameters, Preprocessing
from penstock.lake.image import COLOR_SPACES
from penstock.sql.quoting import quote_identifier

_AS_GIVEN = "list_transform(penstock_image.pixels, lambda penstock_pixel: {value})"
_FROM_BYTES = "list_transform({pixels}, lambda penstock_pixel: penstock_pixel / 255e0)"
_TO_BYTES = "CAST(greatest(0, least(255, round({pixel}))) AS BIGINT)"


def _image(call: str, pixels: str = "penstock_image.pixels") -> str:
    """Return SQL for the image that a call gives, or for the error that it tells of."""
    image = f"{{'dims': penstock_image.dims, 'pixels': {pixels}}}"
    checked = (
        "CASE WHEN penstock_image.problem IS NOT NULL THEN error(penstock_image.problem) "
        f"WHEN penstock_image IS NOT NULL THEN {image} END"
    )
    return f"list_transform([{call}], lambda penstock_image: {checked})[1]"


def _decode_image(argument: Argument, _: Parameters) -> str:
    return _image(f"penstock_decode_image(CAST(({argument.sql}) AS BLOB))")


def _over(argument: Argument, function: str, more: str, pixels: str = "penstock_image.pixels") -> str:
    """Return SQL for a function of the image that the argument is; of whole numbers a pixel is up to 255."""
    dims, values = (f"penstock_given.{quote_identifier(field.name)}" for field in argument.type)
    read = f"CAST({values} AS DOUBLE[])"
    if _is_whole(argument):
        read = _FROM_BYTES.format(pixels=read)
    call = f"{function}(CAST({dims} AS BIGINT[]), {read}, {more})"
    return f"list_transform([{argument.sql}], lambda penstock_given: {_image(call, pixels)})[1]"


def _is_whole(argument: Argument) -> bool:
    return bool(pa.types.is_integer(argument.type.field(1).type.value_type))


def _resize_image(argument: Argument, parameters: Parameters) -> str:
    if pa.types.is_null(argument.type):
        return "NULL"
    keep = "true" if parameters["preserve_aspect_ratio"] else "false"
    size = f"{parameters['target_height']}, {parameters['target_width']}, {keep}"
    if not _is_whole(argument):
        return _over(argument, "penstock_resize_image", size)
    whole = _AS_GIVEN.format(value=_TO_BYTES.format(pixel="255 * penstock_pixel"))
    return _over(argument, "penstock_resize_image", size, whole)


def _convert_color_space(argument: Argument, parameters: Parameters) -> str:
    if pa.types.is_null(argument.type):
        return "NULL"
    return _over(argument, "penstock_color_space", text_sql(str(parameters["target_color_space"])))


def _convert_image_type(argument: Argument, _: Parameters) -> str:
    if pa.types.is_null(argument.type):
        return "NULL"
    dims, values = (f"penstock_given.{quote_identifier(field.name)}" for field in argument.type)
    scale = "penstock_pixel" if _is_whole(argument) else "255 * penstock_pixel"
    pixels = f"list_transform({values}, lambda penstock_pixel: {_TO_BYTES.format(pixel=scale)})"
    image = f"{{'dims': CAST({dims} AS BIGINT[]), 'pixels': {pixels}}}"
    given = f"CASE WHEN penstock_given IS NOT NULL THEN {image} END"
    return f"list_transform([{argument.sql}], lambda penstock_given: {given})[1]"


IMAGES: tuple[Preprocessing, ...] = (
    Preprocessing(
        "ML.DECODE_IMAGE",
        "Reads the bytes of a JPEG, PNG or BMP file, as STRUCT<dims ARRAY<INT64>, pixels ARRAY<FLOAT64>>: height, "
        "width and channels (3, or 1 of a grey image), and the pixels row by row, from 0 to 1.",
        "bytes",
        False,
        (),
        _decode_image,
        ("data",),
    ),
    Preprocessing(
        "ML.RESIZE_IMAGE",
        "Gives an image another size, by bilinear interpolation.",
        "image",
        False,
        (
            OptionSpec("target_height", "integer", REQUIRED, "The new height in pixels.", minimum=1, maximum=100_000),
            OptionSpec("target_width", "integer", REQUIRED, "The new width in pixels.", minimum=1, maximum=100_000),
            OptionSpec(
                "preserve_aspect_ratio",
                "boolean",
                REQUIRED,
                "Whether the image keeps its shape, and becomes as large as fits into height and width.",
            ),
        ),
        _resize_image,
        ("image",),
    ),
    Preprocessing(
        "ML.CONVERT_COLOR_SPACE",
        "Gives an image of red, green and blue another colour space.",
        "image",
        False,
        (OptionSpec("target_color_space", "string", REQUIRED, "The colour space.", choices=COLOR_SPACES),),
        _convert_color_space,
        ("image",),
    ),
    Preprocessing(
        "ML.CONVERT_IMAGE_TYPE",
        "Makes the pixels of an image whole numbers from 0 to 255.",
        "image",
        False,
        (),
        _convert_image_type,
        ("image",),
    ),
)
