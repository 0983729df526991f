"""Addresses of the desk's own pages.

In: ids. Out: paths, quoted as URLs need it.
"""

import urllib.parse

from services.contracts.figures import Figure
from services.search.domain.marking import name_anchor


def link_article(article_id: str, *, figure: Figure | None = None) -> str:
    """Return the path of an article's page.

    Example:
        >>> link_article("laodong:vi:1324#5/x")
        '/articles/laodong:vi:1324%235%2Fx'
    """
    path = "/articles/" + urllib.parse.quote(article_id, safe=":")
    return f"{path}#{name_anchor(figure.id)}" if figure else path
