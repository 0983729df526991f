"""laodong.vn: Lao Động, with its English (news.) and Korean (ko.) editions and AMP twins."""

import re

from crawler.sites.base import Layout, Site

SITE = Site(
    id="laodong",
    publisher="laodong",
    outlet="Lao Động",
    hosts={
        "laodong.vn": "vi",
        "www.laodong.vn": "vi",
        "m.laodong.vn": "vi",
        "amp.laodong.vn": "vi",
        "news.laodong.vn": "en",
        "amp.news.laodong.vn": "en",
        "ko.laodong.vn": "ko",
        "amp.ko.laodong.vn": "ko",
    },
    # /{cat}/{slug}-{id}.ldo, until 2018 .bld; /tags/…ldo are listings
    number=re.compile(r"^(?!(?:https?://[^/]+)?/tags/)[^?#]*-(\d{4,12})\.(?:ldo|bld|amp)(?:[?#]|$)"),
    names=("Lao Động", "Báo Lao Động", "laodong.vn", "Lao Dong", "Lao Dong Newspaper",
           "Lao Dong News", "라오동"),
    signature=("div#gallery-ctt.art-body", "article.article-detail div.chappeau"),
    layouts=(
        Layout(
            name="2018",
            title=("article.article-detail h1.title", "article.article-detail h1", "h1.title"),
            lead=(
                "article.article-detail div.chappeau", "div.chappeau", "article .chappeau",
                "article.article-detail > .sapo",
            ),
            body=("#gallery-ctt.art-body", "#gallery-ctt", "article.article-detail .art-body",
                  "article .art-body"),
            author=(".art-info .authors", ".art-info .author", "article .authors",
                    "article .author"),
            time=("article span.time", ".art-info .time", "span.time", "article time"),
            section=(".breadcrumb a", ".breadcrumbs a", ".art-info .cate", "a.cate-name"),
            tags=(".lst-tags a", ".tags a"),
            captions=("figcaption.image-caption", "figcaption", ".image-caption",
                      "table.imgEditor td.caption"),
            junk=(
                ".tin-lien-quan", ".blk-cung-chuyen-muc", ".lst-tags", ".art-info",
                ".article-related", "[class*=chapeau]:not([class*=chappeau])",
            ),
            example="/cong-doan/…-1328000.ldo",
        ),
    ),
)  # fmt: skip
