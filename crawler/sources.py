"""The sources file: which sites to watch, and where their articles are listed.

In: a YAML file. Out: validated sources, or one sentence that names the line that is wrong.
"""

import re
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crawler.domain.urls import canonicalise, host_and_port, host_of, is_allowed_host
from crawler.sites import GENERIC, SITES
from services.chassis.errors import Fatal

_HOST = re.compile(r"[a-z0-9.-]+(:\d{1,5})?|\[[0-9a-f:]+\](:\d{1,5})?")


class Source(BaseModel):
    """A publisher's listings, and the hosts that its articles may lie on.

    Example:
        >>> Source(id="x", outlet="X", feeds=["https://e.org/rss"]).allowed_hosts
        ('e.org',)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")
    site: str = GENERIC
    """The parser: a file of crawler/sites, or generic."""
    outlet: str = Field(min_length=1)
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    """host, or host:port for that port only; by default the hosts of the listings."""
    private_addresses: tuple[str, ...] = ()
    """host:port that may be fetched although they are private: demo, tests, intranets."""
    maximum_age_days: int | None = Field(default=None, gt=0)
    """Articles that a listing dates further back are not fetched."""

    @model_validator(mode="before")
    @classmethod
    def _fill_hosts(cls, values: Any) -> Any:  # noqa: ANN401 - pydantic's signature
        if isinstance(values, dict) and not values.get("allowed_hosts"):
            listings = [
                url
                for kind in ("feeds", "sitemaps", "sections")
                for url in (values.get(kind) or ())
                if isinstance(url, str) and host_of(url)
            ]
            hosts = dict.fromkeys(_own_host(url) for url in listings)
            return {**values, "allowed_hosts": tuple(hosts)}
        return values

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.site != GENERIC and self.site not in SITES:
            known = ", ".join((*SITES, GENERIC))
            raise ValueError(f"there is no parser {self.site!r}; there are: {known}")
        if not self.listings:
            raise ValueError("it has no feeds, sitemaps or sections to watch")
        for host in (*self.allowed_hosts, *self.private_addresses):
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is no host or host:port")
        for address in self.private_addresses:
            if not re.search(r":\d+$", address):
                raise ValueError(f"the private address {address!r} needs its port (host:port)")
        hosts = frozenset(self.allowed_hosts)
        for url in self.listings:
            if canonicalise(url) is None:
                raise ValueError(f"{url!r} is no http or https address")
            if not is_allowed_host(url, hosts):
                raise ValueError(f"{url} lies on a host that allowed_hosts does not name")
        return self

    @property
    def listings(self) -> tuple[str, ...]:
        """All addresses that list articles."""
        return (*self.feeds, *self.sitemaps, *self.sections)

    @property
    def hosts(self) -> frozenset[str]:
        """The allowed hosts."""
        return frozenset(self.allowed_hosts)

    @property
    def private(self) -> frozenset[str]:
        """The private addresses, each with its port."""
        return frozenset(self.private_addresses)


class SourcesFile(BaseModel):
    """What a sources file holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[Source, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_ids(self) -> Self:
        seen: set[str] = set()
        for source in self.sources:
            if source.id in seen:
                raise ValueError(f"two sources have the id {source.id!r}")
            seen.add(source.id)
        return self


def _own_host(url: str) -> str:
    pair = host_and_port(url)
    return host_of(url) if pair.endswith((":80", ":443")) else pair


def load_sources(path: Path) -> tuple[Source, ...]:
    """Read a sources file.

    Raises:
        Fatal: the file cannot be read or does not fit; the message names line and source.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise Fatal(f"The sources file {path} cannot be read: {reason}.") from error
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "unreadable"
        raise Fatal(f"The sources file {path} is no YAML{where}: {problem}.") from error
    if not isinstance(content, dict):
        raise Fatal(f"The sources file {path} needs a list named 'sources'.")
    try:
        return SourcesFile.model_validate(content).sources
    except ValidationError as error:
        first = error.errors()[0]
        location = first["loc"]
        line = _line_of(tree, location)
        source = _source_name(content, location)
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = f"the key {location[-1]!r} is unknown"
        elif location and first["type"] != "value_error":
            message = f"{'.'.join(str(part) for part in location[2:] or location)}: {message}"
        raise Fatal(f"The sources file {path}, line {line}{source}: {message}.") from error


def _source_name(content: dict[str, Any], location: tuple[int | str, ...]) -> str:
    if len(location) < 2 or not isinstance(location[1], int):  # noqa: PLR2004 - ("sources", n, …)
        return ""
    entries = content.get("sources")
    entry = entries[location[1]] if isinstance(entries, list) else None
    name = entry.get("id") if isinstance(entry, dict) else None
    return f", source {name}" if name else ""


def _line_of(node: Any, location: tuple[int | str, ...]) -> int:  # noqa: ANN401 - yaml's nodes are untyped
    """Return the line of the deepest part of a location that the file has."""
    line: int = node.start_mark.line + 1 if node is not None else 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pairs = {key.value: (key, value) for key, value in node.value}
            if part not in pairs:
                break
            key, node = pairs[part]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
