"""Sound pictures come out upright, opaque and whole; the reference of what is refused is in tests/attacks."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from gateway.recognition.images import decode
from gateway.recognition.refusals import ImageRefused

ORIENTATION = 0x0112


def picture(mode: str = "RGB", size: tuple[int, int] = (120, 100)) -> Image.Image:
    """Left half dark, right half light."""
    grey = np.zeros((size[1], size[0]), dtype=np.uint8)
    grey[:, size[0] // 2 :] = 200
    return Image.fromarray(grey).convert(mode)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_every_8_bit_png_becomes_rgb(mode: str) -> None:
    pixels = decode(encoded(picture(mode)))
    assert pixels.shape == (100, 120, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert pixels[50, 10].max() < 30
    assert pixels[50, 110].min() > 150


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_every_jpeg_becomes_rgb(mode: str, progressive: bool) -> None:  # noqa: FBT001 - a parameter of the test
    pixels = decode(encoded(picture(mode), "JPEG", quality=95, progressive=progressive))
    assert pixels.shape == (100, 120, 3)
    assert pixels[50, 10].max() < 40
    assert pixels[50, 110].min() > 150


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(("orientation", "dark"), [(1, "left"), (3, "right"), (6, "top"), (8, "bottom")])
def test_the_orientation_that_the_camera_noted_is_applied(kind: str, orientation: int, dark: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    pixels = decode(encoded(picture(), kind, exif=exif))
    edges = {"left": pixels[:, :5], "right": pixels[:, -5:], "top": pixels[:5], "bottom": pixels[-5:]}
    assert min(edges, key=lambda side: float(edges[side].mean())) == dark


def test_what_is_transparent_is_laid_on_white() -> None:
    image = picture("RGBA")
    image.putalpha(0)
    assert decode(encoded(image)).min() == 255


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_half_transparent_is_mixed_with_white(mode: str) -> None:
    alpha, shade = np.mgrid[:256, :256]
    image = Image.fromarray(np.dstack((shade, shade, shade, alpha)).astype(np.uint8)).convert(mode)
    expected = 255 + (shade - 255.0) * alpha / 255
    assert np.abs(decode(encoded(image)) - expected[..., None]).max() <= 0.5 + 1e-9


def test_the_largest_picture_is_taken_in_as_many_scans_as_cameras_and_programs_write() -> None:
    largest = Image.new("RGB", (5000, 5000), (90, 120, 150))
    assert decode(encoded(largest, "JPEG", quality=10, progressive=True)).shape == (5000, 5000, 3)


def test_transparency_by_palette_or_colour_is_laid_on_white_too() -> None:
    image = picture("P")
    dark = image.getpixel((5, 5))
    assert decode(encoded(image, transparency=dark))[50, 10].min() == 255
    assert decode(encoded(picture("L"), transparency=0))[50, 10].min() == 255
    assert decode(encoded(picture("RGB"), transparency=(0, 0, 0)))[50, 10].min() == 255


def test_a_telephones_picture_with_a_second_view_behind_it_is_its_first_view() -> None:
    second = Image.new("RGB", (120, 100), (255, 0, 0))
    data = encoded(picture(), "MPO", save_all=True, append_images=[second])
    assert decode(data)[50, 10].max() < 40


def test_metadata_does_not_reach_the_pixels_and_a_broken_block_does_not_stop_a_picture() -> None:
    plain = decode(encoded(picture(), "JPEG"))
    strange = decode(encoded(picture(), "JPEG", exif=b"Exif\0\0not a tiff"))
    assert np.array_equal(plain, strange)


@pytest.mark.parametrize("side", [79, 80])
def test_the_smallest_picture_has_80_pixels_a_side(side: int) -> None:
    data = encoded(picture(size=(200, side)))
    if side < 80:
        with pytest.raises(ImageRefused, match="IMAGE_TOO_SMALL"):
            decode(data)
    else:
        assert decode(data).shape == (80, 200, 3)
