"""Below a path of a reverse proxy every link leads back below that path."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from tests.web.conftest import BROWSER, Client

from miwdap_kg.errors import ConfigurationError
from miwdap_kg.settings import Settings

ROOT = "/plan"
LINK = re.compile(r'(?:href|action|src)="(/[^"]*)"')


def get(client: Client, path: str, accept: str = BROWSER) -> httpx.Response:
    """Return what the application answers that a proxy serves below the root."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(client.app, root_path=ROOT)
        async with httpx.AsyncClient(transport=transport, base_url="https://example.org") as asking:
            return await asking.get(f"{ROOT}{path}", headers={"accept": accept})

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/", "/dumps/", "/sparql?query=ASK{}", "/sparql?query=no", "/no"])
def test_links_stay_below_the_root(client: Client, path: str) -> None:
    """Pages, problems among them, link to what the proxy serves, their styles included."""
    page = get(client, path).text

    links = LINK.findall(page)
    assert f"{ROOT}/static/miwdap.css" in links
    assert [] == [link for link in links if not link.startswith(f"{ROOT}/")]


def test_page_names_the_address_that_clients_know(client: Client) -> None:
    """The endpoint is written as the client of the proxy asks it."""
    page = get(client, "/").text

    assert "https://example.org/plan/sparql" in page


def test_files_are_listed_and_found_below_the_root(client: Client) -> None:
    """The list of files has addresses below the root, and `latest` leads there."""
    listed = get(client, "/dumps/", "application/json").json()
    name = listed["files"][0]["name"]

    latest = get(client, f"/dumps/latest/{name}")

    assert all(each["url"].startswith(f"{ROOT}/dumps/") for each in listed["files"])
    assert (302, listed["files"][0]["url"]) == (latest.status_code, latest.headers["location"])


def test_unknown_page_is_named_as_here(client: Client) -> None:
    """A path that there is not is compared with the paths of this program, without the root."""
    problem = get(client, "/sparq", "application/json").json()

    assert "No page '/sparq'. Did you mean '/sparql'" in problem["detail"]


def test_description_names_the_root(client: Client) -> None:
    """The OpenAPI description says where the operations are."""
    described = get(client, "/openapi.json", "application/json").json()

    assert [{"url": ROOT}] == described["servers"]


@pytest.mark.parametrize("root", ["plan", "/plan/", "/", "//x", "/a b", "/a?b"])
def test_root_that_is_no_path_is_refused(root: str) -> None:
    """A root begins with a slash and does not end with one."""
    with pytest.raises(ConfigurationError, match=r"setting 'root_path' \(MIWDAP_ROOT_PATH\)"):
        Settings.read(root_path=root)
