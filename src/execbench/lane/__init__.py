"""What runs inside a lane, the process of one trial: nothing but the standard library, on Python 3.9 and later.

`supervisor` starts a lane with a folder on its path in which `execbench` is this package, the protocol, and the files
of the backends and workloads. Nothing of ours needs to be installed under the lane's interpreter.

    parent ──["Open", {"max_workers": 2, ...}]──> lane ──entering──> executor ──> workers
           <──["Opened", {"seconds": 0.031}]─────

`messages` is what both ends say, `__main__` the loop that answers, `session` one trial's life.
"""
