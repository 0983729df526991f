"""The sites that we know, one file each, and how any page is read.

In: the bytes of a page. Out: a `ParsedPage`. Adding a site: `docs/add-a-site.md`.
"""

from crawler.sites.reading import GENERIC, PARSER_GENERATION, SITES, guess_site, parse

__all__ = ["GENERIC", "PARSER_GENERATION", "SITES", "guess_site", "parse"]
