"""A function that no worker can import."""

from execbench import Workload

workload = Workload(fn=lambda task: task, tasks=range, size=8)
