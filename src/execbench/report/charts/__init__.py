"""The charts: a module for each, with its template, its data, and what it shows in words."""
