"""The functions over images, against Pillow, the standard library and onnxruntime."""

from __future__ import annotations

import colorsys
import io
from hashlib import md5
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from penstock.core.errors import BadData, InvalidOption, UserError
from penstock.lake.database import ArrowRows

if TYPE_CHECKING:
    from conftest import World


def picture(height: int, width: int, channels: int = 3) -> np.ndarray:
    random = np.random.default_rng(1)
    return random.integers(0, 256, (height, width, channels)).astype(np.uint8)


def file_of(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    held = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(held, kind)
    return held.getvalue()


def computed(world: World, call: str, data: list[bytes | None]) -> list[np.ndarray | None]:
    """Return what SQL over the column `data` makes of files, as arrays (height, width, channels)."""
    files = pa.table({"data": pa.array(data, pa.binary())})
    frames = {"files": ArrowRows(files.schema, lambda: iter(files.to_batches()))}
    world.connection.register("files", frames["files"])
    try:
        found = world.sql(f"SELECT {call} AS image FROM files", frames=frames)["image"].to_pylist()
    finally:
        world.connection.unregister("files")
    return [None if image is None else np.array(image["pixels"]).reshape(image["dims"]) for image in found]


@pytest.mark.parametrize("kind", ["PNG", "BMP", "JPEG"])
def test_files_are_decoded_to_numbers_from_0_to_1(world: World, kind: str) -> None:
    data = file_of(picture(5, 7), kind)
    first, second, null = computed(world, "ML.DECODE_IMAGE(data)", [data, file_of(picture(1, 2), kind), None])
    np.testing.assert_array_equal(first, np.asarray(Image.open(io.BytesIO(data))) / 255.0)
    assert second.shape == (1, 2, 3)
    assert null is None


def test_grey_files_have_one_channel_and_palettes_and_transparent_ones_three(world: World) -> None:
    held = io.BytesIO()
    Image.fromarray(picture(4, 4)).convert("P").save(held, "PNG")
    files = [file_of(picture(3, 2, 1)), held.getvalue(), file_of(picture(2, 2, 4))]
    grey, palette, clear = computed(world, "ML.DECODE_IMAGE(data)", files)
    np.testing.assert_array_equal(grey, picture(3, 2, 1) / 255.0)
    assert (palette.shape, clear.shape) == ((4, 4, 3), (2, 2, 3))
    np.testing.assert_array_equal(clear, picture(2, 2, 4)[:, :, :3] / 255.0)


@pytest.mark.parametrize("data", [b"", b"no image", file_of(picture(30, 30))[:200], b"GIF89a" + bytes(20)])
def test_bytes_that_are_no_image_are_told(world: World, data: bytes) -> None:
    told = rf"{len(data)} bytes \(MD5 {md5(data).hexdigest()}\) are no image that can be read"
    with pytest.raises(UserError, match=told):
        computed(world, "ML.DECODE_IMAGE(data)", [data])


def test_a_file_that_is_too_large_is_told(world: World) -> None:
    with pytest.raises(UserError, match="10,000,001 bytes"):
        computed(world, "ML.DECODE_IMAGE(data)", [bytes(10_000_001)])


@pytest.mark.parametrize(("height", "width"), [(3, 4), (1, 1), (13, 5), (20, 33)])
def test_a_resized_image_is_that_of_onnxruntime(world: World, height: int, width: int) -> None:
    import onnxruntime
    from onnx import TensorProto, helper

    node = helper.make_node(
        "Resize", ["x", "", "", "sizes"], ["y"], mode="linear", coordinate_transformation_mode="half_pixel"
    )
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [helper.make_tensor("sizes", TensorProto.INT64, [4], [1, 3, height, width])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=10)
    pixels = picture(9, 6)
    tensor = (pixels / 255.0).transpose(2, 0, 1)[None].astype(np.float32)
    expected = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": tensor})[0][0]
    call = f"ML.RESIZE_IMAGE(ML.DECODE_IMAGE(data), {height}, {width}, FALSE)"
    (found,) = computed(world, call, [file_of(pixels)])
    np.testing.assert_allclose(found, expected.transpose(1, 2, 0), atol=1e-6)


def test_an_image_keeps_its_shape_where_that_is_asked(world: World) -> None:
    # BigQuery's example: 20 × 200 into 10 × 120.
    call = "ML.RESIZE_IMAGE(ML.DECODE_IMAGE(data), 10, 120, TRUE)"
    wide, high, null = computed(world, call, [file_of(picture(20, 200)), file_of(picture(40, 10)), None])
    assert wide.shape == (10, 100, 3)
    assert high.shape == (10, 2, 3)
    assert null is None


def test_whole_numbers_stay_whole_when_an_image_is_resized(world: World) -> None:
    pixels = picture(4, 4)
    whole = "ML.CONVERT_IMAGE_TYPE(ML.DECODE_IMAGE(data))"
    (bytes_again,) = computed(world, whole, [file_of(pixels)])
    assert bytes_again.dtype == np.int64
    np.testing.assert_array_equal(bytes_again, pixels)
    (small,) = computed(world, f"ML.RESIZE_IMAGE({whole}, 2, 2, FALSE)", [file_of(pixels)])
    assert small.dtype == np.int64
    expected = pixels.reshape(2, 2, 2, 2, 3).mean(axis=(1, 3))
    assert np.abs(small - expected).max() <= 0.5


def test_hue_saturation_and_value_are_the_standard_librarys(world: World) -> None:
    pixels = picture(6, 6)
    pixels[0] = [[0, 0, 0], [255, 255, 255], [9, 9, 9], [255, 0, 0], [0, 255, 0], [0, 0, 255]]
    (found,) = computed(world, "ML.CONVERT_COLOR_SPACE(ML.DECODE_IMAGE(data), 'HSV')", [file_of(pixels)])
    expected = [colorsys.rgb_to_hsv(*pixel) for pixel in (pixels.reshape(-1, 3) / 255.0).tolist()]
    np.testing.assert_allclose(found.reshape(-1, 3), expected, atol=1e-12)
    whole = "ML.CONVERT_IMAGE_TYPE(ML.DECODE_IMAGE(data))"
    (of_whole,) = computed(world, f"ML.CONVERT_COLOR_SPACE({whole}, 'hsv')", [file_of(pixels)])
    np.testing.assert_allclose(of_whole, found, atol=1e-12)


def test_luma_is_alike_in_every_space_and_grey_has_no_chroma(world: World) -> None:
    pixels = picture(3, 3)
    pixels[0, 0] = 128
    spaces = ("GRAYSCALE", "YIQ", "YUV")
    grey, yiq, yuv = (
        computed(world, f"ML.CONVERT_COLOR_SPACE(ML.DECODE_IMAGE(data), '{space}')", [file_of(pixels)])[0]
        for space in spaces
    )
    assert grey.shape == (3, 3, 1)
    luma = np.asarray(Image.fromarray(pixels).convert("L")) / 255.0
    for found in (grey[:, :, 0], yiq[:, :, 0], yuv[:, :, 0]):
        np.testing.assert_allclose(found, luma, atol=3e-3)
    np.testing.assert_allclose(yiq[0, 0, 1:], 0, atol=1e-4)
    np.testing.assert_allclose(yuv[0, 0, 1:], 0, atol=1e-4)
    red, _, blue = np.moveaxis(pixels / 255.0, 2, 0)
    np.testing.assert_allclose(yuv[:, :, 1], 0.492 * (blue - yuv[:, :, 0]), atol=2e-3)
    np.testing.assert_allclose(yuv[:, :, 2], 0.877 * (red - yuv[:, :, 0]), atol=2e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("ML.RESIZE_IMAGE(ML.DECODE_IMAGE(data), 0, 5, FALSE)", "between 1 and 100000"),
        ("ML.RESIZE_IMAGE(ML.DECODE_IMAGE(data), 20000, 20000, FALSE)", "7,500,000 numbers at most; 20,000 × 20,000"),
        ("ML.RESIZE_IMAGE(ML.DECODE_IMAGE(data), 5, 5)", "needs preserve_aspect_ratio"),
        ("ML.RESIZE_IMAGE(data, 5, 5, TRUE)", "takes a image|takes an image"),
        ("ML.CONVERT_COLOR_SPACE(ML.DECODE_IMAGE(data), 'HSL')", "'HSV', 'GRAYSCALE', 'YIQ', 'YUV'"),
        ("ML.CONVERT_COLOR_SPACE({'d': [2, 2, 1], 'p': [0.1, 0.2, 0.3, 0.4]}, 'HSV')", "images of 3 channels"),
        ("ML.RESIZE_IMAGE({'d': [2, 2, 3], 'p': [0.1]}, 2, 2, FALSE)", "does not have 1 pixel values"),
    ],
)
def test_what_cannot_be_done_to_an_image_is_told(world: World, call: str, message: str) -> None:
    with pytest.raises((InvalidOption, BadData, UserError), match=message):
        computed(world, call, [file_of(picture(2, 2))])
