"""The exit codes, on which scripts may rely."""

FINE = 0
TRIAL_FAILED = 1
CHECK_FAILED = 1
GATE_TRIPPED = 1
BAD_INPUT = 2
INTERRUPTED = 130
BROKEN_PIPE = 141
