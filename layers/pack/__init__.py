"""Reads a city pack (`fixtures/<city>/`): files in, plain dataclasses out. No database.

The pack's `city.toml` is read by `geo.city` at start; everything else here.
"""
