"""Zstandard: the standard library's module of Python 3.14, or its backport."""

import sys

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdError, compress, decompress, open
else:
    from backports.zstd import DecompressionParameter, ZstdError, compress, decompress, open

__all__ = ["DecompressionParameter", "ZstdError", "compress", "decompress", "open"]
