"""The catalogue of workloads: one file per workload, named after it."""
