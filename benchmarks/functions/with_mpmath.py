"""Numbers of any precision."""

import mpmath


def zeta(number):
    """Return Riemann's zeta function, to 15 digits."""
    return mpmath.zeta(number)
