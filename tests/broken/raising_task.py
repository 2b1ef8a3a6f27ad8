"""A task that raises."""

from execbench import Workload


def fail(task):
    raise ArithmeticError(f"task {task} cannot be done")


workload = Workload(fn=fail, tasks=range, size=8)
