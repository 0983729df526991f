"""MasterCMS, the system of laodongthudo.vn, tuoitrethudo.vn and other Vietnamese papers."""

import re

from crawler.sites.base import Layout

# /{slug}-{id}.html; longform stories carry no number: /{slug}.media
NUMBER = re.compile(r"-(\d{3,9})\.(?:html|htm|amp)(?:[?#]|$)")
UNNUMBERED = re.compile(r"^/(?!stores/)[^/]+\.(?:media|emagazine)$")

_CAPTIONS = ("table.MASTERCMS_TPL_TABLE", "table.__img_caption", "figcaption", ".image-caption",
             ".__mb_caption", "p.caption")  # fmt: skip
_JUNK = (
    "table.__MB_ARTICLE_A", "table.__mb_article_in_image", ".__MB_ARTICLE_A",
    ".__mb_article_in_image", ".article-detail-similar", ".article-detail-other",
    ".article-detail-tags", ".article-detail-source", ".bx-related",
)  # fmt: skip
_AUTHOR = (
    ".article-detail-author", ".article-detail-info .author", "[class*=article-detail] .author",
    ".author-title a", ".article-author", ".tbnh-author-meta a", "a.author", ".bx-author",
    "p.author", "[rel=author]", ".author", ".__MASTERCMS_AUTHOR",
    "[class*=article] [class*=author]",
)  # fmt: skip
_SECTION = (
    ".article-detail-cat a", ".article-detail-cate a", ".bx-cat-link", ".article-detail-bread a",
    ".breadcrumb a", ".breadcrumbs a", "[class*=bread] a", ".bread-crumb a",
    ".article-detail-category",
)  # fmt: skip
_TAGS = (".article-detail-tags a", ".article-detail-tag a", ".lst-tags a", ".bx-tags a",
         ".tags a", "[class*=article-tag] a", "[class*=detail-tag] a")  # fmt: skip

LAYOUTS = (
    Layout(
        name="2020",
        title=("h1.article-detail-title", "h1.post-title", ".article-detail-title"),
        lead=(".article-detail-desc", ".post-desc", ".article-desc"),
        body=(".__MASTERCMS_CONTENT", ".__MASTERCMS_CONTENT_BODY", "#__MB_MASTERCMS_EL_3",
              ".__MB_CONTENT", ".detail_info"),
        author=_AUTHOR,
        time=(".format_time, .format_date", ".article-detail-date", ".article-date", ".bx-time",
              "time"),
        section=_SECTION,
        tags=_TAGS,
        captions=_CAPTIONS,
        junk=_JUNK,
        example="/…-158000.html",
    ),
    Layout(
        name="before 2020",
        title=("h1.title-detail", "h1.detail-title", ".detail_title", "h1.title", "h1"),
        lead=(".article-detail-desc", ".detail-sapo", ".detail_sapo", ".sapo", ".desc"),
        body=("#__MB_MASTERCMS_EL_3", ".__MASTERCMS_CONTENT", ".__MB_CONTENT",
              ".__MB_CONTENT_FOR_PRINTER", ".detail_info"),
        author=_AUTHOR,
        time=(".format_time, .format_date", ".date", ".bx-time", "time"),
        section=_SECTION,
        tags=_TAGS,
        captions=_CAPTIONS,
        junk=_JUNK,
        example="/…-52000.html",
    ),
)  # fmt: skip
