"""Content negotiation where a page is one of the formats."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from miwdap_kg.errors import NotAcceptable
from miwdap_kg.formats import HTML, Format, Negotiated, negotiate

__all__ = ["is_html_wanted", "negotiate_with_html"]

_BROWSERS_ONLY: Final = (HTML.media_type, *HTML.also)


@lru_cache(maxsize=64)
def negotiate_with_html(accept: str | None, offered: tuple[Format, ...]) -> Negotiated:
    """Return what the `Accept` header likes best: one of the *offered* formats, or HTML.

    HTML goes to those who name it and like nothing better, and so to browsers; who takes anything
    gets data.

    Raises:
        NotAcceptable: neither HTML nor an offered format is wanted.
    """
    best = negotiate(accept, (*offered, HTML))
    asked = (accept or "").lower()
    if best.media_type in asked or not any(name in asked for name in _BROWSERS_ONLY):
        return best
    return negotiate(accept, (HTML, *offered))


def is_html_wanted(accept: str | None, instead_of: tuple[Format, ...]) -> bool:
    """Tell whether the `Accept` header would rather have HTML than one of these formats."""
    try:
        return negotiate_with_html(accept, instead_of).format is HTML
    except NotAcceptable:
        return False
