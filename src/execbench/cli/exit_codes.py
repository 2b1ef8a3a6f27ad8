"""What scripts may rely on."""

FINE = 0
TRIAL_FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
BROKEN_PIPE = 141
