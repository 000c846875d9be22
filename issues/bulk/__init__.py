"""Whole decisions for arrays of places, in this process: the rules of `issues.routing` over NumPy and shapely."""
