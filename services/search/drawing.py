"""Drawing: a chart's specification as SVG and PNG, by Vega inside vl-convert.

In: a Vega-Lite specification with its data. Out: an SVG document or a PNG picture. Nothing is
fetched: the library carries Vega and its fonts, and every other address is refused.
"""

from typing import Any

import vl_convert

from services.search.domain.chart_spec import NUMBER_FORMATS
from services.search.domain.formatting import Language

_VEGA_LITE = "5.21"
_PNG_SCALE = 2.0
_NO_ADDRESS = "https://nothing.invalid/"


def draw_svg(spec: dict[str, Any], *, language: Language) -> str:
    """Return a chart as an SVG document: its texts escaped, no script, no style, links as given.

    Links must be whole addresses: Vega gives others a base of its own.
    """
    return str(
        vl_convert.vegalite_to_svg(
            spec,
            vl_version=_VEGA_LITE,
            allowed_base_urls=[_NO_ADDRESS],
            format_locale=NUMBER_FORMATS[language],
        )
    )


def draw_png(svg: str) -> bytes:
    """Return an SVG document as a picture, at twice its size."""
    return bytes(vl_convert.svg_to_png(svg, scale=_PNG_SCALE))
