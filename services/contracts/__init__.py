"""The only place for what crosses a process border: events, index documents, topics, facets.

In: nothing. Out: frozen models, their wire form (JSON) and the names of topics and indices.
"""
