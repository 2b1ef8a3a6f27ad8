"""Reports: data in, a document out, and the document written as terminal text, Markdown, HTML or CSV.

Each subject (`race`, `comparison`, `metg`, `break_even`, `conformance`, `listing`) is a function from data to a
`document.Document`; each renderer in `render` knows documents only. Nothing here prints.
"""
