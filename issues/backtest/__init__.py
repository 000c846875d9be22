"""Replays a history of reports through the memory and judges it. Pure: files in, numbers and a page out."""
