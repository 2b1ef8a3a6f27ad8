"""Races: all trials of one workload, in launches and heats."""
