"""The serial number of an Ogg stream.

Encoders draw it at random, which is of use only where streams are joined; here it would make every build differ. An
Ogg page (RFC 3533, section 6) carries it in bytes 14 to 17 and, in bytes 22 to 25, a checksum over the whole page.
"""

import struct
import zlib
from typing import Final

CAPTURE: Final = b"OggS"
SERIAL, CHECKSUM, N_SEGMENTS, SEGMENTS = 14, 22, 26, 27
REVERSED_BITS: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def checksum(page: bytes) -> int:
    """CRC-32 of a page whose checksum field is zero.

    Ogg's is the polynomial of zlib with the bits of every byte and of the result the other way round, started from 0
    and not inverted; reversing and inverting what goes into and comes out of zlib is far quicker than a loop in Python.
    """
    crc = zlib.crc32(page.translate(REVERSED_BITS), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{crc:032b}"[::-1], 2)


def with_serial(stream: bytes, serial: int) -> bytes:
    """The same stream under another serial number.

    Parameters
    ----------
    stream : every page of one logical stream
    serial : 0 to 2**32 - 1

    Raises
    ------
    ValueError : bytes that are no Ogg page, or a page that is cut short
    """
    pages, start = bytearray(stream), 0
    while start < len(pages):
        head = bytes(pages[start : start + SEGMENTS])
        if len(head) < SEGMENTS or head[:4] != CAPTURE:
            raise ValueError(f"byte {start}: {head[:4]!r}: expected an Ogg page")
        body = start + SEGMENTS + head[N_SEGMENTS]
        end = body + sum(pages[start + SEGMENTS : body])
        if end > len(pages):
            raise ValueError(f"byte {start}: a page of {end - start} bytes: {len(pages) - start} are left")
        struct.pack_into("<I", pages, start + SERIAL, serial)
        struct.pack_into("<I", pages, start + CHECKSUM, 0)
        struct.pack_into("<I", pages, start + CHECKSUM, checksum(bytes(pages[start:end])))
        start = end
    return bytes(pages)
