"""Renders pages, each template from the one dataclass that names it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import ClassVar, Final, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response

from miwdap_kg.errors import NotAcceptable
from miwdap_kg.formats import HTML, Format, Negotiated, negotiate

__all__ = ["Page", "is_wanted", "negotiate_with_html", "page_response", "render"]

_BROWSERS_ONLY: Final = (HTML.media_type, *HTML.also)


class Page(Protocol):
    """What a template shows: a dataclass that names its template and has a title."""

    template: ClassVar[str]

    @property
    def title(self) -> str:
        """The page's title, as a browser's tab shows it."""
        ...


def render(page: Page) -> str:
    """Return the page as HTML; what a template asks for and the dataclass lacks is an error."""
    return _environment().get_template(page.template).render(page=page)


def page_response(
    page: Page, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return the response that shows a page."""
    return Response(render(page), status, headers, HTML.content_type)


def negotiate_with_html(accept: str | None, offered: Sequence[Format]) -> Negotiated:
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


def is_wanted(accept: str | None, instead_of: Sequence[Format]) -> bool:
    """Tell whether the `Accept` header would rather have HTML than one of these formats."""
    try:
        return negotiate_with_html(accept, instead_of).format is HTML
    except NotAcceptable:
        return False


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("miwdap_kg.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
