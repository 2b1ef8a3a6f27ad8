"""From the names that a user gives to the trials that run."""
