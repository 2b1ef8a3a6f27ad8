"""Lanes: one process for each trial.

`python -m execbench.lane` is the process (`__main__`, `life`, `loading`, `options`, `stamps`): it imports the standard
library and the plugin only. `process` is the parent's hold on it, `describing` asks it what a plugin is.

    race ──{"command": "open"}──> lane ──entering──> executor ──> workers
         <──{"seconds": 0.031}───
"""
