"""Shapes on a plane."""

import shapely

groups = [[shapely.box(n, n, n + size, n + size) for n in range(5)] for size in range(1, 6)]
