"""Measured ratios against named peers; never part of the tests."""
