"""What this machine can tell apart, and what costs it precision: what `execbench doctor` says."""
