"""tuoitre.vn/nld: Người Lao Động (VCCorp), formerly nld.com.vn."""

import re
from datetime import UTC, datetime

from crawler.domain.dates import LOCAL_ZONE
from crawler.sites.base import Layout, Site

_NEW_NUMBER = re.compile(r"196(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})\d{3}")
_OLD_NUMBER = re.compile(r"(20\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})\d{3}")


def time_of_number(number: str) -> datetime | None:
    """Return the time that an article number carries.

    Example:
        >>> time_of_number("196251005154200123").isoformat()
        '2025-10-05T08:42:00+00:00'
    """
    match = _NEW_NUMBER.fullmatch(number) or _OLD_NUMBER.fullmatch(number)
    if match is None:
        return None
    year, *rest = (int(part) for part in match.groups())
    year += 2000 if year < 100 else 0  # noqa: PLR2004 - new numbers carry two digits
    try:
        return datetime(year, *rest, tzinfo=LOCAL_ZONE).astimezone(UTC)  # type: ignore[arg-type,misc]  # six matched groups
    except ValueError:
        return None


SITE = Site(
    id="nld",
    publisher="nld",
    outlet="Người Lao Động",
    hosts={"tuoitre.vn": "vi", "nld.com.vn": "vi", "www.nld.com.vn": "vi", "m.nld.com.vn": "vi",
           "amp.nld.com.vn": "vi"},
    path_prefix={"tuoitre.vn": "/nld"},
    # /{cat}/{slug}-20230319201538996.htm, /{slug}-196YYMMDDhhmmssfff.htm
    number=re.compile(r"-(\d{17,18}|\d{14})\.(?:htm|html|chn|amp)(?:[?#]|$)"),
    names=("Người Lao Động", "Báo Người Lao Động", "nld.com.vn", "NLĐ", "NLDO", "Tuổi Trẻ",
           "Tuổi Trẻ Online"),
    signature=(
        ".detail-content.afcbc-body[data-role=content]",
        "h1.detail-title[data-role=title]",
    ),
    time_of_number=time_of_number,
    layouts=(
        Layout(
            name="vccorp",
            title=("h1.detail-title[data-role=title]", "[data-role=title]", "h1.detail-title",
                   "h1.title-content"),
            lead=(".detail-sapo[data-role=sapo]", "[data-role=sapo]", ".detail-sapo",
                  "h2.sapo-detail", ".sapo"),
            body=(".detail-content.afcbc-body[data-role=content]", "[data-role=content]",
                  ".detail-content.afcbc-body", ".detail-content", ".content-news-detail"),
            author=("[data-role=author] a.name", "[data-role=author] .name", "[data-role=author]",
                    ".detail-author .name", ".detail-author", ".author .name"),
            time=("[data-role=publishdate]", ".detail-time [data-role=publishdate]",
                  ".detail-time", ".pdate"),
            section=("[data-role=cate-name]", ".detail-cate a", ".breadcrumb a",
                     ".category-name a"),
            tags=("[data-role=tags] a", ".detail-tab a", ".detail-tags a", ".tags a"),
            captions=("[data-role=caption]", "figcaption", ".PhotoCMS_Caption",
                      ".VideoCMS_Caption", ".image-caption"),
            junk=(
                ".VCSortableInPreviewMode[type=RelatedNewsBox]",
                ".VCSortableInPreviewMode[type=RelatedOneNews]",
                ".VCSortableInPreviewMode[type=RelatedNews]",
                ".VCSortableInPreviewMode[type=VideoStream]",
                ".VCSortableInPreviewMode[type=insertembedcode]",
                ".VCSortableInPreviewMode[type=BoxTinlienquan]",
                "[type=RelatedNewsBox]", "[type=RelatedOneNews]",
                ".detail-author-bot", ".detail-tab", "zone",
            ),
            example="/nld/…-196261005154200123.htm",
        ),
    ),
)  # fmt: skip
