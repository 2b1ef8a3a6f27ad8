"""loky: a pool of worker processes that copes with what a standard pool does not.

Its workers are fresh processes of this machine, and functions travel by cloudpickle, so that lambdas and closures work.
Pick it for CPU work where a dying worker must be an error, not a hang, or where functions are defined in a notebook.
"""

from loky import ProcessPoolExecutor

backend = ProcessPoolExecutor
