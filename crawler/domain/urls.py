"""Addresses: one spelling for each page.

In: addresses as feeds, links and people write them. Out: canonical http(s) addresses, or None.
"""

import re
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

URL_LIMIT_CHARACTERS = 2_000

_DEFAULT_PORTS = {"http": 80, "https": 443}
_CONTROL = re.compile(r"[\x00-\x20\x7f]+")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\]")
_TRACKERS = re.compile(
    r"(utm_.*|mtm_.*|pk_.*|fbclid|fb_action_ids|fb_source|[gdw]clid|[gw]braid|srsltid|msclkid|yclid"
    r"|twclid|ttclid|igshid|mc_[ce]id|mkt_tok|_hs(enc|mi)|__hs\w+|_ga|_gl|zarsrc|zalo_.*|gidzl"
    r"|vero_.*|spm|at_medium|at_campaign|rss_source|xtor|cmpid|ncid|ocid|ref|ref_(src|url))$",
    re.IGNORECASE,
)
_UNRESERVED = "-._~!$&'()*+,;=:@/"


def canonicalise(url: str, *, base: str | None = None) -> str | None:
    """Return the one spelling of an http(s) address, or None when it is none.

    Relative addresses are resolved against `base`. Fragments, default ports, dot segments and
    the query parameters that only track readers are dropped; the other parameters are sorted.

    Example:
        >>> canonicalise("HTTP://WWW.Example.org:80/a/../b?utm_source=x&k=1#top")
        'http://www.example.org/b?k=1'
        >>> canonicalise("javascript:alert(1)") is None
        True
    """
    try:
        joined = urljoin(base, url.strip()) if base else url.strip()
        parts = urlsplit(_CONTROL.sub(_quote_space, joined))
        scheme, port = parts.scheme.lower(), parts.port
        host = _to_ascii_host(parts.hostname or "")
    except ValueError:
        return None
    if scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
        return None
    host = host.rstrip(".")
    netloc = host if port in (None, _DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    path = _normalise_path(parts.path)
    canonical = urlunsplit((scheme, netloc, path, _normalise_query(parts.query), ""))
    return canonical if len(canonical) <= URL_LIMIT_CHARACTERS else None


def netloc_of(url: str) -> str:
    """Return the host of an address, with its port when that is not the scheme's own.

    Example:
        >>> netloc_of("http://127.0.0.1:8001/a"), netloc_of("https://laodong.vn/a")
        ('127.0.0.1:8001', 'laodong.vn')
    """
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def host_of(url: str) -> str:
    """Return the host of an address without its port.

    Example:
        >>> host_of("http://127.0.0.1:8001/a")
        '127.0.0.1'
    """
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def host_and_port(url: str) -> str:
    """Return host and port of an address, the port always told.

    Example:
        >>> host_and_port("https://laodong.vn/a")
        'laodong.vn:443'
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme.lower(), 0)
    except ValueError:
        return ""
    host = (parts.hostname or "").lower()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def path_of(url: str) -> str:
    """Return the path of an address, "/" when it has none.

    Example:
        >>> path_of("https://laodong.vn")
        '/'
    """
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return "/"


def is_home_page(url: str) -> bool:
    """Whether an address is the front page of its host.

    Example:
        >>> is_home_page("https://laodong.vn/index.html"), is_home_page("https://laodong.vn/a-1.ldo")
        (True, False)
    """
    path = path_of(url)
    is_front = path == "/" or re.fullmatch(r"/(index|default|home)\.\w{2,5}", path) is not None
    return is_front and not urlsplit(url).query


def is_allowed_host(url: str, allowed_hosts: frozenset[str]) -> bool:
    """Whether an address lies on one of these hosts ("host", or "host:port" for that port only).

    Example:
        >>> is_allowed_host("https://amp.laodong.vn/a", frozenset({"laodong.vn"}))
        False
        >>> is_allowed_host("http://127.0.0.1:81/", frozenset({"127.0.0.1:80"}))
        False
    """
    host = host_of(url)
    return bool(host) and (host in allowed_hosts or host_and_port(url) in allowed_hosts)


def _quote_space(match: re.Match[str]) -> str:
    return "%20" * match.group().count(" ")


def _to_ascii_host(host: str) -> str:
    host = host.lower()
    if ":" in host:
        return f"[{host}]"
    if host.isascii():
        return host
    return host.encode("idna").decode("ascii")


def _normalise_path(path: str) -> str:
    quoted = quote(
        unquote_to_bytes(path.replace("%2F", "%252F").replace("%2f", "%252F")), safe=_UNRESERVED
    )
    segments: list[str] = []
    pieces = quoted.split("/")
    for segment in pieces:
        if segment == "..":
            if len(segments) > 1:
                segments.pop()
        elif segment != ".":
            segments.append(segment)
    if pieces[-1] in (".", ".."):
        segments.append("")
    normalised = "/".join(segments)
    return normalised if normalised.startswith("/") else f"/{normalised}"


def _normalise_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=None)
    kept = sorted((name, value) for name, value in pairs if not _TRACKERS.match(name))
    return "&".join(
        f"{quote(name, safe=_UNRESERVED.replace('&', '').replace('=', ''))}"
        f"={quote(value, safe=_UNRESERVED.replace('&', ''))}"
        for name, value in kept
    )
