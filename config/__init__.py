"""Settings and entry points. Imported before NumPy, whose threads are decided here."""

import os

# SciPy's optimiser multiplies matrices of 10 × 10: two BLAS threads took 2.6 times the processor of one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
