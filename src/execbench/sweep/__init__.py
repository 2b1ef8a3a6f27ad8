"""Sweeps: one backend over many task costs, or many numbers of tasks, to find where it begins to pay."""
