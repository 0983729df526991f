"""Measures the pipeline: each stage beside its ceiling, in one run, with the same documents."""
