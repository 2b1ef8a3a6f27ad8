"""The conformance kit: what every backend must do, and what a user should know before choosing one, as observed.

`kit` runs everything, `steps` is what is done in one lane, and `leftovers` finds what is left behind. What runs inside
a lane is in `execbench.lane.checks`, with the list of all checks and probes.
"""
