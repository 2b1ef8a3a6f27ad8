"""The catalogue of workloads: one file holds one workload, and is named as it is."""
