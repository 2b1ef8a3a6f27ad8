"""C code that releases the GIL for most of a task."""

import hashlib
import lzma
import zlib
from functools import partial

import numpy as np
import scipy.ndimage
import shapely
import zstandard
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from PIL import Image, ImageFilter

_text = b" ".join(b"%d bottles of beer" % (number * number) for number in range(1_500))
_image = Image.radial_gradient("L").resize((300, 300))
_heights = np.random.default_rng(0).normal(size=(200, 200))
_coast = shapely.LineString(np.random.default_rng(1).normal(size=(40, 2)).cumsum(axis=0))


def texts(count):
    return [b"%d " % number + _text for number in range(count)]


texts_small, texts_middle, texts_large = (partial(texts, count) for count in (2, 22, 180))
books_small, books_middle, books_large = (partial(texts, count) for count in (14, 280, 2_300))


def squeezed(text):
    return len(zlib.compress(text, 9))


def archived(text):
    return len(lzma.compress(text, preset=1))


def key(number):
    return hashlib.pbkdf2_hmac("sha256", b"secret %d" % number, b"salt", 4_000)


def stretched(number):
    return Scrypt(salt=b"salt", length=32, n=2**10, r=8, p=1).derive(b"secret %d" % number)


def stored(text):
    return zstandard.ZstdCompressor(level=3).compress(text)


def blurred(radius):
    return _image.filter(ImageFilter.GaussianBlur(2 + radius % 5)).getbbox()


def levelled(number):
    return float(scipy.ndimage.gaussian_filter(_heights, 1 + number % 4).std())


def shore(number):
    return shapely.area(_coast.buffer(0.1 + number % 7))
