"""Starts and stops a PostGIS cluster of our own (`config.private_postgres` says where it is).

`cluster` holds the commands, `server` the process, `folders` the data and the socket,
`programs` PostgreSQL's own programs and the account that runs them. Standard library
only: the set-up runs it before any package is installed.
"""
