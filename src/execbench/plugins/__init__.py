"""From the name that a user writes to the trials that are run."""
