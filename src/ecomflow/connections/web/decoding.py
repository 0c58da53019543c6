"""The body of an answer: decoded while it arrives, and cut off where it grows too large."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from ecomflow import Permanent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ENCODINGS = "gzip, deflate"
"""What is asked for, and so all that must be decoded: each with a decoder that can be told where to stop."""

_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


async def read_body(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> bytes:
    """Return the decoded body.

    Args:
        chunks: the body as it comes over the wire.
        encoding: the header ``Content-Encoding``, or an empty text.
        limit: bytes of the decoded body.

    Raises:
        Permanent: it is larger, or cannot be decoded.
    """
    decoder = _Decoder(encoding.strip().lower(), limit)
    return b"".join([decoder.feed(chunk) async for chunk in chunks])


class _Decoder:
    def __init__(self, encoding: str, limit: int) -> None:
        self._limit, self._left = limit, limit
        self._zip = None if encoding in {"", "identity"} else zlib.decompressobj(_window(encoding))

    def feed(self, chunk: bytes) -> bytes:
        """Return what a chunk decodes to, never more than one byte over the limit."""
        try:
            decoded = self._zip.decompress(chunk, self._left + 1) if self._zip else chunk
        except zlib.error as error:
            raise Permanent(f"the answer cannot be decoded: {error}", type="wrong_answer") from error
        self._left -= len(decoded)
        if self._left < 0:
            raise Permanent(f"the answer is larger than {self._limit} bytes", type="answer_too_large")
        return decoded


def _window(encoding: str) -> int:
    if encoding not in _WINDOWS:
        raise Permanent(f"the answer is encoded as {encoding[:40]!r}, which was not asked for", type="wrong_answer")
    return _WINDOWS[encoding]
