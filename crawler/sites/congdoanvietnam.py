"""congdoanvietnam.vn: Vietnam General Confederation of Labour.

Only its addresses are known, /{cat}/{slug}-32477.tld: its pages are read by the general extractor,
its articles known by their numbers.
"""

import re

from crawler.sites.base import Site

SITE = Site(
    id="congdoanvietnam",
    publisher="congdoanvietnam",
    outlet="Công đoàn Việt Nam",
    hosts=dict.fromkeys(("congdoanvietnam.vn", "www.congdoanvietnam.vn"), "vi"),
    number=re.compile(r"-(\d{3,9})\.tld(?:[?#]|$)"),
    names=("Công đoàn Việt Nam", "Tổng Liên đoàn Lao động Việt Nam", "congdoanvietnam.vn",
           "Cổng thông tin điện tử Công đoàn Việt Nam"),
    layouts=(),
)  # fmt: skip
