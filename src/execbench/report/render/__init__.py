"""The forms of a document. A table's markup, and every other block's, is written once in each."""
