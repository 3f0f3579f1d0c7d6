"""The files of the release, as they are."""

from __future__ import annotations

import hashlib

import pytest

from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.release import Release

from .conftest import BROWSER, Client


@pytest.fixture
def release(graph: KnowledgeGraph) -> Release:
    """The release that is served."""
    assert graph.release is not None
    return graph.release


@pytest.mark.parametrize("path", ["/dumps/", "/dumps"])
def test_listing_as_json(client: Client, release: Release, path: str) -> None:
    """The list gives for each file all that is known of it, the manifest among them."""
    listing = client.get(path).json()

    files = {each["name"]: each for each in listing["files"]}
    assert release.version == listing["version"]
    assert {*release.files, "manifest.json"} == set(files)
    for name, file in release.files.items():
        assert file.size == files[name]["size"]
        assert file.sha256 == files[name]["sha256"]
        assert file.statements == files[name]["statements"]
        assert f"/dumps/{release.version}/{name}" == files[name]["url"]


def test_listing_as_page(client: Client, release: Release) -> None:
    """The page names every file, with its checksum."""
    page = client.get("/dumps/", accept=BROWSER).text

    for name, file in release.files.items():
        assert f">{name}</a>" in page
        assert file.sha256 in page.replace("<wbr>", "")


def test_each_file_is_given_as_it_is(client: Client, release: Release) -> None:
    """Byte for byte, under its media type, with its checksum as entity tag, and without a date."""
    for name, file in release.files.items():
        response = client.get(f"/dumps/{release.version}/{name}")

        assert 200 == response.status_code
        assert file.sha256 == hashlib.sha256(response.content).hexdigest()
        assert f'"{file.sha256}"' == response.headers["etag"]
        assert file.media_type == response.headers["content-type"].partition(";")[0]
        assert str(file.size) == response.headers["content-length"]
        assert "last-modified" not in response.headers
        assert name.rpartition("/")[2] in response.headers["content-disposition"]


@pytest.mark.parametrize(
    ("extension", "content_type"),
    [
        ("ttl", "text/turtle; charset=utf-8"),
        ("trig", "application/trig"),
        ("nq", "application/n-quads"),
    ],
)
def test_dumps_have_their_media_types(
    client: Client, release: Release, extension: str, content_type: str
) -> None:
    """Text says its charset; the other types have but one."""
    name = f"miwdap-{release.version}.{extension}"

    response = client.request("HEAD", f"/dumps/{release.version}/{name}")

    assert content_type == response.headers["content-type"]
    assert f'attachment; filename="{name}"' == response.headers["content-disposition"]


def test_manifest_is_given_with_the_release_digest(client: Client, release: Release) -> None:
    """The manifest lies beside the files, so that a download can be verified."""
    response = client.get(f"/dumps/{release.version}/manifest.json")

    assert release.digest == hashlib.sha256(response.content).hexdigest()
    assert f'"{release.digest}"' == response.headers["etag"]


def test_latest_leads_to_the_version(client: Client, release: Release) -> None:
    """An address that stays leads to the one of this version."""
    response = client.get("/dumps/latest/queries/principles/principles.rq")

    assert 302 == response.status_code
    expected = f"/dumps/{release.version}/queries/principles/principles.rq"
    assert expected == response.headers["location"]


def test_known_file_is_not_sent_again(client: Client, release: Release) -> None:
    """Who has the file is told so."""
    tag = f'"{release.files["ontology.ttl"].sha256}"'

    response = client.get(
        f"/dumps/{release.version}/ontology.ttl", headers={"if-none-match": f'"x", {tag}'}
    )

    assert 304 == response.status_code
    assert b"" == response.content


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=10-", 10, None), ("bytes=-5", -5, None)],
)
def test_part_of_a_file(
    client: Client, release: Release, asked: str, start: int, end: int | None
) -> None:
    """A broken download can go on where it broke off."""
    path = f"/dumps/{release.version}/ontology.ttl"
    whole = client.get(path).content

    response = client.get(path, headers={"range": asked})

    assert 206 == response.status_code
    assert whole[start:end] == response.content
    assert response.headers["content-range"].endswith(f"/{len(whole)}")


def test_part_of_another_file_than_the_one_begun(client: Client, release: Release) -> None:
    """When the file is another by now, all of it is sent."""
    response = client.get(
        f"/dumps/{release.version}/ontology.ttl",
        headers={"range": "bytes=0-9", "if-range": '"other"'},
    )

    assert 200 == response.status_code
    assert release.files["ontology.ttl"].size == len(response.content)


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=x", "lines=1-2"])
def test_part_that_is_not_there(client: Client, release: Release, asked: str) -> None:
    """A part that the file does not have is a problem like any other."""
    response = client.get(f"/dumps/{release.version}/ontology.ttl", headers={"range": asked})

    assert 416 == response.status_code
    assert "application/problem+json" == response.headers["content-type"]
    assert f"ontology.ttl has no such part: '{asked}'." == response.json()["detail"]
    assert response.headers["content-range"].startswith("bytes */")


@pytest.mark.parametrize(
    "name",
    [
        "..%2fmanifest.json",
        "..%2F..%2Fetc%2Fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "queries/..%2fontology.ttl",
        "%2fetc%2fpasswd",
        "ontology.ttl%00",
        "nothing",
    ],
)
def test_only_names_of_the_manifest_are_files(client: Client, release: Release, name: str) -> None:
    """No way of writing a path leads out of the manifest."""
    for version in (release.version, "latest"):
        response = client.get(f"/dumps/{version}/{name}")

        assert 404 == response.status_code
        assert "application/problem+json" == response.headers["content-type"]


def test_unknown_file_names_the_nearest(client: Client, release: Release) -> None:
    """A slip in a name is told the name that was meant."""
    response = client.get(f"/dumps/{release.version}/ontolgy.ttl")

    assert "ontology.ttl" in response.json()["closest"]
    assert "See /dumps/." in response.json()["detail"]


def test_unknown_version_names_those_there_are(client: Client, release: Release) -> None:
    """There is one version, and another is told so."""
    response = client.get("/dumps/2026-01-22/ontology.ttl")

    assert 404 == response.status_code
    assert [release.version] == response.json()["closest"]


@pytest.mark.parametrize("path", ["/dumps/", "/dumps/latest/ontology.ttl"])
def test_plain_files_have_no_dumps(files_client: Client, path: str) -> None:
    """A server of plain files has nothing to download, and does not say that it had."""
    response = files_client.get(path)

    assert 404 == response.status_code
    assert f"No page '{path}'." in response.json()["detail"]
    assert "/dumps/" not in files_client.get("/openapi.json").json()["paths"]
