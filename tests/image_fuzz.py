"""Pictures that were damaged or made to harm, as many as asked for: the same number always gives the same bytes.

Each is one of a few sound pictures, of every format that a program may send, changed in one or several ways: bits,
cuts and splices of bytes, chunks and segments put elsewhere with sound checksums, sizes and metadata that lie, and
small files that swell.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Chance = random.Random
    Change = Callable[[bytes, Chance], bytes]

SIDE: Final = 280  # of the sound pictures' longer side, so that faces are still found
TEMPTING: Final = (0, 1, 0x7F, 0x80, 0xFF)
PNG: Final = b"\x89PNG\r\n\x1a\n"
LIMIT: Final = 5000  # pixels a side that the intake just takes


class Corpus:
    """`photographs` are real ones with faces, for the pictures that get as far as the network."""

    def __init__(self, photographs: Sequence[bytes], *, seed: int) -> None:
        self._sound = _sound(photographs)
        self._seed = seed

    def picture(self, number: int) -> bytes:
        chance = random.Random(f"{self._seed} {number}")  # noqa: S311 - variety, not secrecy
        if number % 100 == 0:
            return chance.choice(BOMBS)(chance)
        data = chance.choice(self._sound)
        if number % 100 == 1:
            return _spliced(data, chance.choice(self._sound), chance)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            data = chance.choice(CHANGES[_kind(data)])(data, chance)
        return data


def _sound(photographs: Sequence[bytes]) -> list[bytes]:
    """JPEG and PNG most often: the others are refused by their first bytes."""
    found = []
    for photograph in photographs:
        colour = Image.open(io.BytesIO(photograph)).convert("RGB")
        colour.thumbnail((SIDE, SIDE))
        grey, clear = colour.convert("L"), colour.convert("RGBA")
        clear.putalpha(grey)
        exif = Image.Exif()
        exif[0x0112], exif[0x010F], exif[0x0132] = 6, "a camera", "2026:11:12 14:10:00"
        turned = colour.rotate(90, expand=True)
        animation: dict[str, Any] = {"save_all": True, "append_images": [turned.resize(colour.size)]}
        deep = Image.fromarray(np.asarray(grey, dtype=np.uint16) * 257)
        for picture, form, options in (
            (colour, "JPEG", {"quality": 90}),
            (colour, "JPEG", {"quality": 60, "progressive": True}),
            (colour, "JPEG", {"quality": 80, "restart_marker_blocks": 4}),
            (turned, "JPEG", {"quality": 80, "exif": exif}),
            (grey, "JPEG", {"quality": 70}),
            (colour.convert("CMYK"), "JPEG", {"quality": 80}),
            (colour, "MPO", animation),
            (colour, "PNG", {"exif": exif}),
            (clear, "PNG", {}),
            (grey, "PNG", {}),
            (colour.quantize(64), "PNG", {"transparency": 3}),
            (colour.convert("1"), "PNG", {}),
            (deep, "PNG", {}),
            (colour, "PNG", animation),
            (colour, "WEBP", {}),
            (colour, "WEBP", animation),
            (colour, "BMP", {}),
            (colour, "TIFF", {"compression": "tiff_lzw"}),
            (colour, "GIF", animation),
        ):
            file = io.BytesIO()
            picture.save(file, form, **options)
            found.append(file.getvalue())
    return found


def _kind(data: bytes) -> str:
    return "png" if data.startswith(PNG) else "jpeg" if data.startswith(b"\xff\xd8") else "other"


# ---------------------------------------------------------------- bytes


def _bits(data: bytes, chance: Chance) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 8, 64))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _head(data: bytes, chance: Chance) -> bytes:
    """Values that parsers trip over, where headers are."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 6))):
        if changed:
            changed[chance.randrange(min(1024, len(changed)))] = chance.choice(TEMPTING)
    return bytes(changed)


def _cut(data: bytes, chance: Chance) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _moved(data: bytes, chance: Chance) -> bytes:
    """A piece taken out, doubled, or put elsewhere."""
    start = chance.randrange(len(data) + 1)
    end = min(len(data), start + chance.choice((1, 4, 12, 100, 5000)))
    piece, rest = data[start:end], data[:start] + data[end:]
    at = chance.randrange(len(rest) + 1)
    return chance.choice((rest, data[:end] + piece + data[end:], rest[:at] + piece + rest[at:]))


def _padded(data: bytes, chance: Chance) -> bytes:
    return data + chance.randbytes(chance.choice((1, 100, 100_000)))


def _spliced(one: bytes, other: bytes, chance: Chance) -> bytes:
    return one[: chance.randrange(len(one))] + other[chance.randrange(len(other)) :]


# ---------------------------------------------------------------- PNG


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], len(PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _of_chunks(chunks: Sequence[tuple[bytes, bytes]]) -> bytes:
    return PNG + b"".join(chunk(kind, body) for kind, body in chunks)


def _shuffled_chunks(data: bytes, chance: Chance) -> bytes:
    chunks = _chunks(data)
    if not chunks:
        return data
    one, other = chance.randrange(len(chunks)), chance.randrange(len(chunks))
    how = chance.randrange(4)
    if how == 0:
        chunks[one], chunks[other] = chunks[other], chunks[one]
    elif how == 1:
        chunks.insert(one, chunks[other])
    elif how == 2:
        del chunks[one]
    else:
        kind, body = chunks[one]
        chunks[one] = (kind, _bits(body, chance))
    return _of_chunks(chunks)


def _foreign_chunk(data: bytes, chance: Chance) -> bytes:
    """Metadata of every kind that a reader may look into, with a sound checksum and an unsound body."""
    kind = chance.choice((
        b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf", b"acTL", b"fcTL", b"fdAT", b"PLTE", b"tRNS", b"sRGB", b"gAMA",
        b"cHRM", b"pHYs", b"IDAT", b"IEND", b"IHDR", b"ABCD", b"abcd",
    ))  # fmt: skip
    body = chance.choice((
        b"", b"\0", b"key\0", b"key\0\0" + zlib.compress(bytes(2_000_000)), chance.randbytes(chance.randrange(64)),
        _exif(chance),
    ))  # fmt: skip
    chunks = _chunks(data)
    chunks.insert(chance.randrange(len(chunks) + 1), (kind, body))
    return _of_chunks(chunks)


def _lying_header(data: bytes, chance: Chance) -> bytes:
    """Another size, depth, colour or interlacing than the pixels have."""
    chunks = _chunks(data)
    if not chunks or len(chunks[0][1]) != 13:
        return data
    width, height, depth, colour, packing, filtering, lacing = struct.unpack(">IIBBBBB", chunks[0][1])
    which = chance.randrange(5)
    if which == 0:
        width = _size(width, chance)
    elif which == 1:
        height = _size(height, chance)
    elif which == 2:
        depth = chance.choice((0, 1, 2, 4, 8, 16, 32, 255))
    elif which == 3:
        colour = chance.randrange(8)
    else:
        packing, filtering, lacing = (chance.choice((0, 1, 255)) for _ in range(3))
    chunks[0] = (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, packing, filtering, lacing))
    return _of_chunks(chunks)


def _lying_length(data: bytes, chance: Chance) -> bytes:
    at = len(PNG)
    for _ in range(chance.randrange(4)):
        if at + 4 <= len(data):
            at += 12 + struct.unpack(">I", data[at : at + 4])[0]
    length = struct.pack(">I", chance.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, chance.randrange(1 << 20))))
    return data[:at] + length + data[at + 4 :]


# ---------------------------------------------------------------- JPEG


def _segments(data: bytes) -> list[bytes]:
    """The marker segments; the last is the first scan and all behind it."""
    found, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        found.append(data[at : at + 2 + length])
        at += 2 + length
    return [*found, data[at:]]


def _shuffled_segments(data: bytes, chance: Chance) -> bytes:
    segments = _segments(data)
    one, other = chance.randrange(len(segments)), chance.randrange(len(segments))
    how = chance.randrange(4)
    if how == 0:
        segments[one], segments[other] = segments[other], segments[one]
    elif how == 1:
        segments.insert(one, segments[other])
    elif how == 2:
        del segments[one]
    else:
        segments[one] = _bits(segments[one], chance)
    return b"".join(segments)


def _lying_frame(data: bytes, chance: Chance) -> bytes:
    """Another size, sampling, precision or kind of coding than the scans have."""
    segments = _segments(data)
    for at, segment in enumerate(segments):
        if len(segment) > 10 and segment[0] == 0xFF and segment[1] in {0xC0, 0xC1, 0xC2}:
            changed = bytearray(segment)
            which = chance.randrange(4)
            if which == 0:
                place = chance.choice((5, 7))
                changed[place : place + 2] = struct.pack(">H", _size(SIDE, chance) & 0xFFFF)
            elif which == 1:
                changed[1] = 0xC0 + chance.randrange(16)
            elif which == 2:
                changed[4] = chance.choice((0, 2, 8, 12, 16, 255))
            else:
                changed[chance.randrange(9, len(changed))] = chance.choice((*TEMPTING, 0x11, 0x22, 0x44, 0x41))
            segments[at] = bytes(changed)
    return b"".join(segments)


def _foreign_segment(data: bytes, chance: Chance) -> bytes:
    body = chance.choice((
        b"Exif\0\0" + _exif(chance),
        b"ICC_PROFILE\0" + bytes((chance.randrange(256), chance.randrange(256))) + chance.randbytes(40),
        b"MPF\0" + _exif(chance),
        b"http://ns.adobe.com/xap/1.0/\0" + b"<a>" * chance.randrange(1000),
        b"Photoshop 3.0\0" + chance.randbytes(60),
        b"Adobe\0" + chance.randbytes(7),
        b"",
    ))  # fmt: skip
    marker = chance.choice((0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE, 0xDD, 0xDC, 0xDB, 0xC4, 0xCC))
    segments = _segments(data)
    length = chance.choice((len(body) + 2,) * 4 + (0, 1, 0xFFFF))
    segments.insert(chance.randrange(1, len(segments) + 1), struct.pack(">BBH", 0xFF, marker, length) + body)
    return b"".join(segments)


def _exif(chance: Chance) -> bytes:
    """A TIFF directory that lies: turnings that there are none of, offsets and counts beyond the end, loops."""
    order = chance.choice((b"<", b">"))
    code = order.decode()
    entries = b""
    count = chance.choice((1, 2, 5, 40))
    for _ in range(count):
        tag = chance.choice((0x0112, 0x8769, 0x8825, 0x014A, 0x010F, 0x927C, 0xB001, 0xB002, chance.randrange(1 << 16)))
        kind = chance.choice((1, 2, 3, 4, 5, 7, 9, 12, 13, 99))
        much = chance.choice((0, 1, 2, 0x7FFFFFFF, 0xFFFFFFFF, chance.randrange(1 << 16)))
        value = chance.choice((0, 1, 6, 8, 9, 255, 0xFFFFFFFF, chance.randrange(1 << 16)))
        entries += struct.pack(f"{code}HHII", tag, kind, much, value)
    said = chance.choice((count, count, count, 0xFFFF))
    after = chance.choice((0, 8, 0xFFFFFFFF))
    magic = (b"II" if order == b"<" else b"MM") + struct.pack(f"{code}HI", 42, chance.choice((8, 8, 8, 0, 0xFFFF)))
    return magic + struct.pack(f"{code}H", said) + entries + struct.pack(f"{code}I", after)


def _size(size: int, chance: Chance) -> int:
    return chance.choice((0, 1, 79, 80, size - 1, size + 1, size * 2, LIMIT, 65_535, 65_536, 0x7FFFFFFF, 0xFFFFFFFF))


# ---------------------------------------------------------------- what swells


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2, lacing: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, lacing)
    return PNG + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


@cache
def _swelling_pixels(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


def _large_png(chance: Chance) -> bytes:
    """As many pixels as are taken, or more, of every colour; laced ones are put together from seven pictures."""
    side = chance.choice((LIMIT, LIMIT, LIMIT + 1, 16_000))
    colour, channels = chance.choice(((0, 1), (2, 3), (3, 1), (4, 2), (6, 4)))
    palette = (chunk(b"PLTE", bytes(768)),) if colour == 3 else ()
    pixels = _swelling_pixels(min(side, LIMIT) * (min(side, LIMIT) * channels + 2))
    return png(side, side, *palette, chunk(b"IDAT", pixels), colour=colour, lacing=chance.randrange(2))


@cache
def _plain_jpeg(side: int, *, progressive: bool) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), (90, 120, 150)).save(file, "JPEG", quality=10, progressive=progressive)
    return file.getvalue()


def _large_jpeg(chance: Chance) -> bytes:
    return _plain_jpeg(chance.choice((LIMIT, LIMIT, 8000)), progressive=chance.random() < 0.5)


def many_scans(side: int, scans: int) -> bytes:
    """A progressive JPEG whose scans each go over every block of the picture, and say nothing new of it."""
    whole = _plain_jpeg(side, progressive=True)
    starts = [at for at in range(len(whole) - 1) if whole[at : at + 2] == b"\xff\xda"]
    last, end = whole[starts[-1] : whole.rfind(b"\xff\xd9")], whole[starts[-1] :].find(b"\xff\xd9")
    return whole[: starts[-1]] + last * scans + whole[starts[-1] + end :]


def _many_scans(chance: Chance) -> bytes:
    return many_scans(chance.choice((1000, 3000, LIMIT)), chance.choice((50, 200, 2000)))


def many_chunks(count: int) -> bytes:
    """A PNG of nothing but what is to be skipped, one small piece after the other."""
    return png(120, 100, chunk(b"abCd", b"") * count, chunk(b"IDAT", zlib.compress(bytes(100 * 361))))


def _many_chunks(chance: Chance) -> bytes:
    return many_chunks(chance.choice((1000, 30_000, 400_000)))


def _swelling_text(chance: Chance) -> bytes:
    body = b"k\0\0" + _swelling_pixels(20_000_000)
    kind = chance.choice((b"zTXt", b"iCCP"))
    texts = (chunk(kind, body),) * chance.choice((1, 10, 200))
    return png(120, 100, *texts, chunk(b"IDAT", zlib.compress(bytes(100 * 361))))


def _large_other(chance: Chance) -> bytes:
    width, height = chance.choice(((60_000, 60_000), (0x7FFF, 0x7FFF), (1, 0x7FFFFFFF)))
    return chance.choice((
        b"GIF89a" + struct.pack("<HHBBB", width & 0xFFFF, height & 0xFFFF, 0xF7, 0, 0) + bytes(800),
        b"BM" + struct.pack("<IIIIiiHHIIiiII", 60, 0, 54, 40, width, height & 0x7FFFFFFF, 1, 24, 0, 0, 0, 0, 0, 0),
        b"RIFF\xff\xff\xff\x7fWEBPVP8X" + struct.pack("<IB3x", 10, 0) + b"\xff" * 6,
        _exif(chance),
        b"P6\n65535 65535\n255\n",
    ))  # fmt: skip


BOMBS: Final = (
    _large_png, _large_jpeg, _many_scans, _many_chunks, _swelling_text, _large_other,
)  # fmt: skip
_ANY: Final[tuple[Change, ...]] = (_bits, _head, _cut, _moved, _padded)
CHANGES: Final[Mapping[str, tuple[Change, ...]]] = {
    "png": (*_ANY, _shuffled_chunks, _foreign_chunk, _lying_header, _lying_length),
    "jpeg": (*_ANY, _shuffled_segments, _lying_frame, _foreign_segment),
    "other": _ANY,
}
