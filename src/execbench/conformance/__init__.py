"""The conformance kit: what every backend must do, and what a user should know before choosing one, as observed.

`catalogue` is the closed list, `kit` goes through it, `steps` is what is done in one lane, and `leftovers` looks at
what stays behind. What runs inside a lane is in `execbench.lane.checks`.
"""
