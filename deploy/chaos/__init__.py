"""Faults on purpose: the real processes, a ledger of what was published, and what must hold after.

`make chaos` runs all of it and prints a table; a short form is among the end-to-end tests.
"""
