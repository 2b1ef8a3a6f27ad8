"""loky: a pool of worker processes that is more robust than the standard ones.

Its workers are fresh processes on this machine, and functions are sent with cloudpickle, so lambdas and closures work.
Pick it for CPU work where a dying worker must be an error, not a hang, or where functions are defined in a notebook.
"""

from loky import ProcessPoolExecutor

backend = ProcessPoolExecutor
