"""tuoitrethudo.vn: Tuổi trẻ Thủ đô (MasterCMS)."""

from crawler.sites.base import Site
from crawler.sites.mastercms import LAYOUTS, NUMBER, UNNUMBERED

SITE = Site(
    id="tuoitrethudo",
    publisher="tuoitrethudo",
    outlet="Tuổi trẻ Thủ đô",
    hosts=dict.fromkeys(("tuoitrethudo.vn", "www.tuoitrethudo.vn", "m.tuoitrethudo.vn"), "vi"),
    number=NUMBER,
    unnumbered=UNNUMBERED,
    names=("Tuổi trẻ Thủ đô", "Báo Tuổi trẻ Thủ đô", "tuoitrethudo.vn", "TTTĐ"),
    layouts=LAYOUTS,
)
