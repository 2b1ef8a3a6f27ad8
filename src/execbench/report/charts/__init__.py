"""The charts: each has a template in a JSON file, a Vega-Lite specification, and a function that fills it."""
