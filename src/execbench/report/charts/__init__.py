"""The charts. Each has its template in a file of JSON, a specification of Vega-Lite, and a function that fills it."""
