"""The forms of a document. Each has the markup of a table, and of every other block, in one place."""
