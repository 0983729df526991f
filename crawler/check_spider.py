"""The spider of `sources check`: the one that watches, which notes what it sees of each source.

In: sources. Out: facts. Of an index only the newest sitemap is read, of the articles a few.
"""

from collections import Counter, defaultdict
from typing import Any

from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.checking import ListingFacts, PageFacts, SourceFacts, parse_date
from crawler.domain.feeds import Listed
from crawler.middlewares import Refused
from crawler.sources import Source
from crawler.spider import ArticleSpider, Parts
from crawler.state import Listing, Page

PAGES = 3
"""How many articles of a source are read."""


class CheckSpider(ArticleSpider):
    """Looks once at each listing and a few articles of each source."""

    def __init__(self, parts: Parts, **arguments: Any) -> None:  # noqa: ANN401 - Scrapy's signature
        super().__init__(parts, **arguments)
        self.facts: defaultdict[str, SourceFacts] = defaultdict(SourceFacts)
        self._taken: Counter[str] = Counter()

    def _take(self, host: str) -> Listing | Page | None:
        while (item := super()._take(host)) is not None:
            if isinstance(item, Listing):
                return item
            if self._taken[item.source] < PAGES:
                self._taken[item.source] += 1
                return item
            self._parts.state.save_page(item, next_at=None)
        return None

    def _facts_of(self, listing: Listing) -> ListingFacts:
        listings = self.facts[listing.source].listings
        return listings.setdefault(listing.url, ListingFacts(url=listing.url, kind=listing.kind))

    def _read_listing(self, response: Response, listing: Listing, source: Source) -> str:
        facts = self._facts_of(listing)
        facts.status = response.status
        facts.final_url = response.url if response.meta.get("redirect_times") else None
        facts.asked_at = self._parts.clock.now()
        facts.sent_at = parse_date(_text(response, "Date"))
        facts.crawl_delay_seconds = response.meta.get("crawl_delay_seconds", 0.0)
        age = _text(response, "Age") or ""
        facts.age_seconds = float(age) if age.isdecimal() else 0.0
        outcome = super()._read_listing(response, listing, source)
        seen = self._parts.state.listing(listing.url)
        if seen is not None:
            facts.quiet_seconds = max(seen.wishes.ttl_seconds, seen.wishes.fresh_seconds)
        return outcome

    def _content_of(
        self, response: Response, listing: Listing, source: Source
    ) -> tuple[tuple[Listed, ...], list[tuple[Listing, str | None]]] | None:
        content = super()._content_of(response, listing, source)
        if content is None:
            return None
        items, further = content
        facts = self._facts_of(listing)
        facts.items, facts.further = items, len(further)
        since = self._since(source)
        found = (self._to_found(item, source, since=since) for item in items)
        facts.articles = sum(1 for each in found if each is not None)
        newest = sorted(further, key=lambda each: each[0].habit.rank)[:1]
        return items, newest

    def fail_listing(self, failure: Failure) -> None:
        """Note where a request was refused to go on."""
        request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        facts = self._facts_of(request.meta["listing"])
        facts.final_url = request.url
        if isinstance(failure.value, Refused):
            facts.detail = failure.value.detail
        super().fail_listing(failure)

    def fail_page(self, failure: Failure) -> None:
        """Note where a request was refused to go on."""
        request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        request.meta["refused_url"] = request.url
        super().fail_page(failure)

    def _count(self, meta: dict[str, Any], *, kind: str, outcome: str) -> None:
        super()._count(meta, kind=kind, outcome=outcome)
        if "listing" in meta:
            self._facts_of(meta["listing"]).outcome = outcome
            return
        page: Page = meta["page"]
        pages = self.facts[page.source].pages
        facts = PageFacts(url=page.url, outcome=outcome, final_url=meta.get("refused_url"))
        pages[:] = [*(each for each in pages if each.url != page.url), facts]


def _text(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
