"""The whole system on this machine: servers, services, and the demo's news site.

In: a state directory. Out: running processes, and a word on what they do. `make demo`,
`make watch`, `make status`, `make down` and `make clean` come here.
"""
