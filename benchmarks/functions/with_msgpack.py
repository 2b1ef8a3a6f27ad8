"""Packed messages."""

import msgpack

packed = [msgpack.packb({"n": n, "parts": [n / 3, None, b"raw"]}) for n in range(8)]
