"""From the bytes of a file to upright RGB pixels, or a refusal. Runs in a worker process, never in the gateway.

What must always hold: only JPEG and PNG parsers are ever reached; the header's size is judged before any pixel is
decoded, and what decoding costs is bounded; what is searched is what a person would see (orientation applied,
transparency laid on white, one frame).
"""

from __future__ import annotations

import io
import signal
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from gateway.recognition.refusals import ImageRefused, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.recognition.models import Refusal

Pixels = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]  # height by width by 3

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_PIXELS: Final = 25_000_000
MIN_SIDE: Final = 80
# Files of nothing but markers and chunks keep a parser busy; of processor time, several times what the largest take.
MAX_SECONDS: Final = 1.2
# A JPEG may go over all its pixels as often as it has scans: a dozen where it is progressive, thousands where it is
# made to harm, and nothing can stop the decoder in between.
MAX_SCANNED_PIXELS: Final = 350_000_000
START_OF_SCAN: Final = b"\xff\xda"
MODES_WITH_ALPHA: Final = frozenset({"RGBA", "LA", "PA", "RGBa", "La"})
MODES_OPAQUE: Final = frozenset({"1", "L", "P", "RGB", "CMYK", "YCbCr"})


def decode(data: bytes) -> Pixels:
    """Height by width by 3, uint8, contiguous, upright.

    Raises:
        ImageRefused: with an IMAGE_* code, for every input that is not a sound still picture within the limits.
    """
    if not data:
        raise ImageRefused(refusal("IMAGE_EMPTY"))
    if len(data) > MAX_BYTES:
        raise ImageRefused(refusal("IMAGE_TOO_LARGE", limit_mb=MAX_BYTES // 1024**2))
    # Set each time: other libraries (face_recognition among them) turn this on for the whole process, and half a
    # picture filled up with grey would then be searched.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a damaged EXIF block only warns; the size is judged below, not by a warning
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with _in_time():
                return _decode(data)
        except ImageRefused:
            raise
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise ImageRefused(_too_many_pixels()) from error
        except UnidentifiedImageError as error:
            raise ImageRefused(refusal("IMAGE_FORMAT")) from error
        except (MemoryError, _TooLong) as error:
            raise ImageRefused(refusal("IMAGE_UNPROCESSABLE")) from error
        except OSError as error:
            code = "IMAGE_TRUNCATED" if "truncated" in str(error) else "IMAGE_DAMAGED"
            raise ImageRefused(refusal(code)) from error
        except Exception as error:
            # The parsers raise whatever their arithmetic trips over (SyntaxError, struct.error, ValueError, …).
            raise ImageRefused(refusal("IMAGE_DAMAGED")) from error


class _TooLong(Exception):  # noqa: N818 - it states what is so
    """Decoding took more processor time than any picture needs."""


@contextmanager
def _in_time() -> Iterator[None]:
    """Raises _TooLong inside, between two steps of the interpreter; in a main thread, as a worker's is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, MAX_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _too_many_pixels() -> Refusal:
    return refusal("IMAGE_TOO_MANY_PIXELS", limit_mp=MAX_PIXELS // 1_000_000)


def _decode(data: bytes) -> Pixels:
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise ImageRefused(_too_many_pixels())
        if min(width, height) < MIN_SIDE:
            raise ImageRefused(refusal("IMAGE_TOO_SMALL", width=width, height=height, limit=MIN_SIDE))
        if image.format != "PNG" and width * height * data.count(START_OF_SCAN) > MAX_SCANNED_PIXELS:
            raise ImageRefused(refusal("IMAGE_UNPROCESSABLE"))
        # A telephone's JPEG may carry a second view or a depth map behind the picture (MPO); the first is the picture.
        frames = getattr(image, "n_frames", 1)
        if image.format == "PNG" and frames > 1:
            raise ImageRefused(refusal("IMAGE_ANIMATED", frames=frames))
        if image.mode not in MODES_WITH_ALPHA | MODES_OPAQUE:
            raise ImageRefused(refusal("IMAGE_DEPTH", mode=image.mode))
        image.load()
        transparent = image.mode in MODES_WITH_ALPHA or "transparency" in image.info
        ImageOps.exif_transpose(image, in_place=True)
        rgb = _on_white(image) if transparent else _in_mode("RGB", image)
        pixels: Pixels = np.ascontiguousarray(np.asarray(rgb, dtype=np.uint8))
        return pixels


def _on_white(image: Image.Image) -> Image.Image:
    clear = _in_mode("RGBA", image)
    ground = Image.new("RGB", clear.size, "white")
    ground.paste(clear, mask=clear)
    return ground


def _in_mode(mode: str, image: Image.Image) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)  # which would copy what is in it
