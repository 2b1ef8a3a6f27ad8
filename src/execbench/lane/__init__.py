"""The code that runs inside a lane, the process of one trial: standard library only, Python 3.9 and later.

`supervisor` puts a folder on the lane's path in which `execbench` consists of this package, the protocol, and the files
of the backends and workloads, so execbench need not be installed under the lane's interpreter.

    parent ──["Open", {"max_workers": 2, ...}]──> lane ──entering──> executor ──> workers
           <──["Opened", {"seconds": 0.031}]─────

`messages` defines what both ends send, `__main__` is the loop that answers, and `session` runs one launch of a trial.
"""
