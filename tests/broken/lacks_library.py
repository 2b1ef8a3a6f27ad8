"""Needs a library that does not exist."""

import a_library_that_nobody_has

backend = a_library_that_nobody_has.Pool
