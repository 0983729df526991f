"""The demo's outlets: where each is served, how its addresses look, what its feeds are called.

What comes in: nothing. What goes out: `OUTLETS`, and pure functions from an article's facts to
its number and path. The structure is that of the real sites; hosts become ports of one address.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CONTROL_PORT_OFFSET = 9
AMP_PORT_OFFSET = 4

FeedDates = Literal["us", "us_narrow", "plus_07", "vietnamese", "rfc822"]

# The number that identifies an article, in any of the four sites' addresses.
_NUMBER_IN_PATH = re.compile(r"-(\d{5,20})\.(?:ldo|bld|htm|html)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One RSS feed: its path, the odd way it writes dates, and what it carries."""

    path: str
    dates: FeedDates
    section: str | None = None
    limit: int = 50
    is_full_text: bool = False
    is_frozen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One outlet (or edition) with a port of its own."""

    id: str
    site: str
    name: str
    port_offset: int
    sections: Mapping[str, str]
    feeds: tuple[Feed, ...]
    sitemap: str
    shard_path: str
    section_path: str = "/{section}"
    language: str = "vi"
    disallowed: tuple[str, ...] = ()
    first_number: int = 1
    slogan: str = ""

    @property
    def main_section(self) -> str:
        """The section that the crawler watches: the first one."""
        return next(iter(self.sections))

    def path_of_section(self, section: str) -> str:
        """The path of a section page, without paging."""
        return self.section_path.format(section=section)

    def is_forbidden(self, path: str) -> bool:
        """Whether the outlet's robots.txt disallows a path."""
        return any(
            path.endswith(rule.removeprefix("*")) if rule.startswith("*") else path.startswith(rule)
            for rule in self.disallowed
        )


_MASTERCMS_DISALLOWED = ("/article/", "/tag/", "/apicenter@/", "*.pdf")
_LAODONG_SECTIONS = {
    "cong-doan": "Công đoàn",
    "vi-loi-ich-doan-vien": "Vì lợi ích đoàn viên",
    "cong-doan-toan-quoc": "Công đoàn toàn quốc",
    "tin-moi": "Tin mới",
}

OUTLETS: Mapping[str, Outlet] = {
    outlet.id: outlet
    for outlet in (
        Outlet(
            id="laodong",
            site="laodong",
            name="Lao Động",
            port_offset=0,
            sections=_LAODONG_SECTIONS,
            feeds=(
                Feed(path="/rss/home.rss", dates="us_narrow"),
                Feed(path="/rss/cong-doan.rss", dates="us", section="cong-doan"),
            ),
            sitemap="/sitemap.xml",
            shard_path="/sitemaps/articles-{year}-{month}.xml",
            disallowed=("/search", "/member/"),
            first_number=1_600_001,
            slogan="Cơ quan ngôn luận của tổ chức Công đoàn",
        ),
        Outlet(
            id="nld",
            site="nld",
            name="Người Lao Động",
            port_offset=1,
            sections={
                "lao-dong/cong-doan-cong-nhan": "Công đoàn - Công nhân",
                "lao-dong/viec-lam": "Việc làm",
                "lao-dong/chinh-sach": "Chính sách",
            },
            # Its feeds stand still; new stories are found by sitemap and section page only.
            feeds=(
                Feed(
                    path="/nld/rss/nld/lao-dong/cong-doan-cong-nhan.rss",
                    dates="plus_07",
                    is_frozen=True,
                ),
            ),
            sitemap="/nld/sitemap.xml",
            shard_path="/nld/StaticSitemaps/sitemaps-{year}-{month}-{first_day}-{last_day}.xml",
            section_path="/nld/{section}.htm",
            disallowed=("/nld/tim-kiem.htm",),
            slogan="Diễn đàn của người lao động",
        ),
        Outlet(
            id="laodongthudo",
            site="laodongthudo",
            name="Lao động Thủ đô",
            port_offset=2,
            sections={"cong-doan": "Công đoàn", "viec-lam": "Việc làm", "xa-hoi": "Xã hội"},
            feeds=(
                Feed(
                    path="/cong-doan/rss_feed/",
                    dates="vietnamese",
                    section="cong-doan",
                    limit=25,
                    is_full_text=True,
                ),
                Feed(path="/rss_feed/", dates="vietnamese", limit=25, is_full_text=True),
            ),
            sitemap="/sitemap.xml",
            shard_path="/sitemaps/news-{year}-{month}.xml",
            disallowed=_MASTERCMS_DISALLOWED,
            first_number=200_001,
            slogan="Tiếng nói của công nhân, viên chức, lao động Thủ đô",
        ),
        Outlet(
            id="tuoitrethudo",
            site="tuoitrethudo",
            name="Tuổi trẻ Thủ đô",
            port_offset=3,
            sections={
                "lao-dong-cong-doan": "Lao động - Công đoàn",
                "nhip-song-tre": "Nhịp sống trẻ",
            },
            feeds=(
                Feed(
                    path="/rss_feed/lao-dong-cong-doan",
                    dates="rfc822",
                    section="lao-dong-cong-doan",
                    limit=25,
                    is_full_text=True,
                ),
            ),
            sitemap="/sitemap.xml",
            shard_path="/sitemaps/news-{year}-{month}.xml",
            disallowed=_MASTERCMS_DISALLOWED,
            first_number=310_001,
            slogan="Diễn đàn của tuổi trẻ Thủ đô",
        ),
        Outlet(
            id="laodong-en",
            site="laodong",
            name="Lao Dong News",
            port_offset=5,
            sections={"union": "Trade union"},
            feeds=(Feed(path="/rss/home.rss", dates="us"),),
            sitemap="/sitemap.xml",
            shard_path="/sitemaps/articles-{year}-{month}.xml",
            language="en",
            disallowed=("/search", "/member/"),
            first_number=1_700_001,
            slogan="The voice of Vietnam's trade unions",
        ),
        Outlet(
            id="laodong-ko",
            site="laodong",
            name="라오동",
            port_offset=6,
            sections={"union": "노동조합"},
            feeds=(Feed(path="/rss/home.rss", dates="us"),),
            sitemap="/sitemap.xml",
            shard_path="/sitemaps/articles-{year}-{month}.xml",
            language="ko",
            disallowed=("/search", "/member/"),
            first_number=1_800_001,
            slogan="베트남 노동조합의 목소리",
        ),
    )
}


def slug_of(title: str) -> str:
    """The address form of a title.

    >>> slug_of("LĐLĐ tỉnh trao 1.250 suất quà")
    'ldld-tinh-trao-1250-suat-qua'
    """
    folded = unicodedata.normalize("NFD", title.lower().replace("đ", "d"))
    letters = "".join(char for char in folded if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "-", letters.replace(".", "")).strip("-") or "bai-viet"


def nld_number(published_at: datetime, *, milliseconds: int, is_old: bool = False) -> str:
    """The article number of tuoitre.vn/nld, which carries the local time of publication.

    >>> from datetime import UTC
    >>> nld_number(datetime(2026, 10, 5, 8, 42, 7, tzinfo=UTC), milliseconds=31)
    '196261005154207031'
    """
    local = published_at.astimezone(LOCAL_ZONE)
    stamp = f"{local:%Y%m%d%H%M%S}" if is_old else f"196{local:%y%m%d%H%M%S}"
    return f"{stamp}{milliseconds % 1000:03d}"


def article_path(
    outlet: Outlet, *, section: str, slug: str, number: str, quirks: frozenset[str] = frozenset()
) -> str:
    """The path of an article on its outlet."""
    if outlet.site == "laodong":
        return f"/{section}/{slug}-{number}.{'bld' if 'old_url' in quirks else 'ldo'}"
    if outlet.site == "nld":
        folder = f"{section}/" if "old_url" in quirks else ""
        return f"/nld/{folder}{slug}-{number}.htm"
    return f"/{slug}.media" if "longform" in quirks else f"/{slug}-{number}.html"


def number_in_path(path: str) -> str | None:
    """The article number in a path, or None where it carries none.

    >>> number_in_path("/nld/mot-bai-196261005154207031.htm")
    '196261005154207031'
    """
    match = _NUMBER_IN_PATH.search(path)
    return match.group(1) if match else None
