"""Reads, checks and compares files of areas and things. No database: what comes out is plain.

`reading` opens a file, `checking` refuses what cannot be used and says why,
`diff` compares with what is in force, `report` puts it in words.
"""
