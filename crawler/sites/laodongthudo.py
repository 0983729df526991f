"""laodongthudo.vn: Lao động Thủ đô (MasterCMS)."""

from crawler.sites.base import Site
from crawler.sites.mastercms import LAYOUTS, NUMBER, UNNUMBERED

SITE = Site(
    id="laodongthudo",
    publisher="laodongthudo",
    outlet="Lao động Thủ đô",
    hosts=dict.fromkeys(("laodongthudo.vn", "www.laodongthudo.vn", "m.laodongthudo.vn"), "vi"),
    number=NUMBER,
    unnumbered=UNNUMBERED,
    names=("Lao động Thủ đô", "Báo Lao động Thủ đô", "laodongthudo.vn", "LĐTĐ"),
    layouts=LAYOUTS,
)
