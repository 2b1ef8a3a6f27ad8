"""Reports: from data to a document, and from a document to terminal text, Markdown, HTML or CSV.

Each subject (`race`, `comparison`, `metg`, `break_even`, `conformance`, `listing`) is a function from data to a
`document.Document`; the renderers in `render` know only documents. Nothing here prints.
"""
