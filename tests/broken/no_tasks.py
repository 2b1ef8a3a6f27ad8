"""Makes no tasks, whatever the size."""

from execbench import Workload


def tasks(size):
    return []


workload = Workload(fn=abs, tasks=tasks, size=8)
