"""Something else."""

workload = "spin"
