"""A picture to upload, small and the same every time."""

import struct
import zlib


def png(size: int = 32, blue: int = 128) -> bytes:
    """A square of so many pixels, whose colours run.

    Args:
        blue: 0 to 255; another one makes another picture.
    """

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    row = [x * 255 // size for x in range(size)]
    rows = b"".join(b"\0" + bytes(colour for x in row for colour in (x, y, blue)) for y in row)
    header = struct.pack("!IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
