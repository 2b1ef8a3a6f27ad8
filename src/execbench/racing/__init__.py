"""Races: all trials of one workload, in launches, by heats."""
