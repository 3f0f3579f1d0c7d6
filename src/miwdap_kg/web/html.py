"""Renders pages, each template from the one dataclass that names it."""

from __future__ import annotations

from functools import cache
from typing import ClassVar, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response

from miwdap_kg.formats import HTML

__all__ = ["Page", "page_response", "render"]


class Page(Protocol):
    """What a template shows: a dataclass that names its template and has a title."""

    template: ClassVar[str]

    @property
    def title(self) -> str:
        """The page's title, as a browser's tab shows it."""
        ...


def render(page: Page, *, root: str = "") -> str:
    """Return the page as HTML; what a template asks for and the dataclass lacks is an error.

    *root* is the path below which a reverse proxy serves this program; links begin with it.
    """
    return _environment().get_template(page.template).render(page=page, root=root)


def page_response(
    page: Page, *, root: str = "", status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return the response that shows a page; for *root* see `render`."""
    return Response(render(page, root=root), status, headers, HTML.content_type)


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
