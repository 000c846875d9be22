"""What earlier answers say about a new report: votes, their weights, and a confidence that is measured.

Pure: NumPy and SciPy, no Django, no database, no clock.
"""
