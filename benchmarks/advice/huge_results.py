"""Results of megabytes."""

import zlib
from functools import partial

import numpy as np
import pyarrow
from PIL import Image

_noise = np.random.default_rng(0).integers(0, 255, (250, 250, 3), dtype=np.uint8)
_packed = [zlib.compress(bytes([number, number + 1, number + 2]) * 500_000, 1) for number in range(16)]


def archives(count):
    return [_packed[number % len(_packed)] for number in range(count)]


def photos(count):
    return [Image.fromarray(_noise + np.uint8(number % 9)) for number in range(count)]


archives_small, archives_middle, archives_large = (partial(archives, count) for count in (2, 34, 270))
photos_small, photos_middle, photos_large = (partial(photos, count) for count in (2, 9, 73))


def simulated(seed):
    return np.random.default_rng(seed).normal(size=100_000)


def unpacked(archive):
    return zlib.decompress(archive)


def enlarged(photo):
    return photo.resize((500, 500), Image.Resampling.BICUBIC)


def table(number):
    values = np.arange(number, number + 200_000)
    return pyarrow.table({"n": values, "square": values * values})
