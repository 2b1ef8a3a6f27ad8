"""What is kept of a run: typed records, the artifact that holds them, and the journal of a run in progress."""
