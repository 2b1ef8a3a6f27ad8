"""What the action does in a project's CI: find the base, build both sides, race them, and publish the verdict.

Each step leaves typed records in one folder (`records.Folder`) for the next one, so that a workflow holds calls only,
and so that what one job has raced can be published by another job that has more rights.
"""
