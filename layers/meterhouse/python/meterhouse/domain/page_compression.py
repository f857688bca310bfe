"""How the content of a journal page is compressed."""

import zlib

_LEVEL = 6
# Columns repeat themselves at once: a window larger than 8 KB finds nothing more, and setting one
# up can cost more time than compressing a small page.
_WINDOW_BITS = 13
_MEMORY_LEVEL = 7
# What small pages would otherwise spend most of their bytes on. It is a part of the format: a page
# that was compressed with it cannot be read with another.
_PRESET = (
    b'"carried_record""carried_rest""carried_events""late"[[],[["team","],"tags":[0,1,0"tags":[]}'
    b'{"format":1,"kind":"home","from":"2026-","earliest":1,"ids":"uuid","quantities":"0 1 2 5 10 '
    b'1","tag_sets":[[]],"tags":[]}\n'
)


def compress(content: bytes) -> bytes:
    """Return the content compressed, with a checksum."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL, zdict=_PRESET)
    return compressor.compress(content) + compressor.flush()


def decompress(blob: bytes) -> bytes:
    """Return what was compressed, with the preset or without; raises ValueError when broken."""
    decompressor = zlib.decompressobj(zdict=_PRESET)
    try:
        content = decompressor.decompress(blob)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not decompressor.eof or decompressor.unused_data:
        raise ValueError("compressed content of another length than it was written with")
    return content
