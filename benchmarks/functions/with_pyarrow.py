"""Arrays with missing values."""

import pyarrow

arrays = [pyarrow.array([1.5, None, 2.5, 1.5] * n) for n in range(1, 8)]
