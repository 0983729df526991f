"""What a fetched page is, and what was read from it.

In: the text and the tree of a page. Out: its kind, and the article in it.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crawler.domain.html import Element, text_of
from crawler.domain.text import fold
from crawler.domain.urls import is_home_page, path_of
from services.contracts.articles import content_hash as hash_content

CHALLENGE_LIMIT_CHARACTERS = 1_500
NOTICE_LIMIT_CHARACTERS = 1_500


class PageKind(StrEnum):
    """What a page turns out to be."""

    ARTICLE = "article"
    BLOCKED = "blocked"
    """A check of the visitor stands before the page: neither an article nor "nothing new"."""
    GONE = "gone"
    """The server says 200, the page says that the article is not there."""
    LISTING = "listing"
    EMPTY = "empty"


@dataclass(frozen=True, kw_only=True)
class ParsedPage:
    """What a page says; None and () where it says nothing."""

    kind: PageKind
    site: str
    article_id: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    aliases: tuple[str, ...] = ()
    title: str | None = None
    lead: str | None = None
    body: str | None = None
    is_truncated: bool = False
    captions: tuple[str, ...] = ()
    author: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    language: str | None = None

    @property
    def content_hash(self) -> str:
        """The identity of the text."""
        return hash_content(title=self.title or "", lead=self.lead or "", body=self.body or "")

    @property
    def metadata_hash(self) -> str:
        """The identity of author, times, section and tags."""
        return hash_metadata(
            author=self.author,
            published_at=self.published_at,
            modified_at=self.modified_at,
            section=self.section,
            tags=self.tags,
        )


def hash_metadata(
    *,
    author: str | None,
    published_at: datetime | None,
    modified_at: datetime | None,
    section: str | None,
    tags: tuple[str, ...],
) -> str:
    """Return the identity of what a page says about its article; the order of tags is no change.

    Example:
        >>> one = dict(author="A", published_at=None, modified_at=None, section=None)
        >>> hash_metadata(**one, tags=("a", "b")) == hash_metadata(**one, tags=("b", "a"))
        True
    """
    times = [moment.isoformat() if moment else None for moment in (published_at, modified_at)]
    facts = json.dumps([author, *times, section, sorted(tags)], ensure_ascii=False)
    return hashlib.sha256(facts.encode()).hexdigest()


_SETS_COOKIE = re.compile(r"document\s*\.\s*cookie\s*=")
_GOES_AGAIN = re.compile(
    r"location\s*\.\s*(?:reload|replace|assign|href)|(?:window|document|self|top)\s*\.\s*location\b"
    r"|http-equiv\s*=\s*[\"']?refresh|\.submit\s*\(",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"just a moment|checking your browser|attention required|verify (that )?you are (a )?human"
    r"|enable javascript( and cookies)? to continue|are you a robot|unusual traffic|captcha"
    r"|ddos.{0,12}protection|request unsuccessful|access denied|security check"
    r"|xac minh .{0,30}(robot|nguoi dung|con nguoi)|vui long bat javascript"
    r"|kiem tra trinh duyet|javascript is (disabled|required)|자동화된|로봇이 아닙니다"
)
_TITLED_NOTICE = re.compile(
    r"^(404|410)\b|\b(error|loi) (404|410)\b|\b404 (error|not found|page)|page not found"
    r"|^not found|khong tim thay (trang|bai viet|noi dung|duong dan)|찾을 수 없(습니다|는 페이지)"
    r"|(bai viet|trang).{0,20}(khong ton tai|da bi (go|xoa))"
)
_NOTICE = re.compile(
    r"khong tim thay (trang|bai|noi dung|du lieu|duong dan)"
    r"|(trang|bai viet|noi dung|duong dan|tin bai).{0,40}(khong ton tai|khong con ton tai"
    r"|da bi (go|xoa)|da (duoc )?go|da xoa|khong tim thay)"
    r"|(page|article|story|content).{0,40}(no longer (available|exists)|does not exist|not found"
    r"|has been (removed|deleted))|찾을 수 없(습니다|는)|삭제된 (기사|페이지)|존재하지 않는"
)


def is_challenge(html: str, *, visible: str) -> bool:
    """Whether a page is a check of the visitor instead of content.

    laodong.vn answers 200 with a script that sets a cookie and loads the page again.

    Example:
        >>> is_challenge('<script>document.cookie="D1N=1";location.reload()</script>', visible="")
        True
    """
    if len(visible) > CHALLENGE_LIMIT_CHARACTERS:
        return False
    head = html[:200_000]
    if len(visible) < 300 and _SETS_COOKIE.search(head) and _GOES_AGAIN.search(head):  # noqa: PLR2004 - a sentence or two
        return True
    return _CHALLENGE.search(fold(visible)) is not None


def is_gone_notice(root: Element, *, visible_characters: int) -> bool:
    """Whether a page says that what was asked for is not there.

    Example:
        >>> from crawler.domain.html import parse
        >>> is_gone_notice(parse(b"<title>404 - Khong tim thay trang</title>"),
        ...                visible_characters=0)
        True
    """
    headings = list(root.iter("title", "h1", "h2"))[:8]
    if any(_TITLED_NOTICE.search(fold(text_of(heading))) for heading in headings):
        return True
    if visible_characters > NOTICE_LIMIT_CHARACTERS:
        return False
    body = root.find("body")
    return body is not None and _NOTICE.search(fold(text_of(body))[:600]) is not None


def was_sent_away(asked_url: str, final_url: str) -> bool:
    """Whether a redirect led from an article to a front page: a soft "gone".

    Example:
        >>> was_sent_away("https://e.org/a-1.html", "https://e.org/")
        True
    """
    return is_home_page(final_url) and not is_home_page(asked_url) and path_of(asked_url) != "/"
