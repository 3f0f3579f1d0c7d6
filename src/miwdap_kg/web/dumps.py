"""The files of the release: their list, and each of them byte for byte."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Message, Receive, Scope, Send

from miwdap_kg.errors import LookupFailure
from miwdap_kg.formats import Format
from miwdap_kg.release import MANIFEST, Release, ReleaseFile
from miwdap_kg.web import html, routes
from miwdap_kg.web.description import DUMP, DUMPS
from miwdap_kg.web.negotiation import is_html_wanted

__all__ = ["LATEST", "DumpsPage", "add_dumps", "dump_link"]

LATEST: Final = "latest"

_JSON: Final = Format("json", "JSON", "application/json", "json", "page")
_SEE: Final = "/dumps/"
_VARY: Final = {"vary": "Accept"}


@dataclass(frozen=True, slots=True)
class DumpsPage:
    """The list of a release's files."""

    template: ClassVar[str] = "dumps.html"
    title: ClassVar[str] = "Downloads"

    release: Release
    main: tuple[ReleaseFile, ...]
    others: tuple[ReleaseFile, ...]


def add_dumps(app: FastAPI, release: Release) -> None:
    """Let *app* show and give out the files of the release below `/dumps/`."""

    def root(request: Request) -> str:
        return str(request.scope["root_path"])

    async def listing(request: Request) -> Response:
        if is_html_wanted(request.headers.get("accept"), (_JSON,)):
            return html.page_response(_page(release), root=root(request), headers=_VARY)
        return JSONResponse(_listing(release, root=root(request)), headers=_VARY)

    async def file(request: Request) -> Response:
        version, name = request.path_params["version"], request.path_params["file"]
        if version not in (release.version, LATEST):
            raise LookupFailure("release", version, [release.version, LATEST], see=_SEE)
        found = _files(release).get(name)
        if found is None:
            raise LookupFailure("file of the release", name, _files(release), see=_SEE)
        if version == LATEST:
            return RedirectResponse(root(request) + dump_link(release.version, name), 302)
        tag = f'"{found.sha256}"'
        if tag in [each.strip() for each in request.headers.get("if-none-match", "").split(",")]:
            return Response(None, 304, {"etag": tag})
        return _Dump(release.folder / name, found)

    routes.add(app, "/dumps/", listing, "/dumps", **DUMPS)
    routes.add(app, "/dumps/{version}/{file:path}", file, **DUMP)


def dump_link(version: str, name: str) -> str:
    """Return the address of a file of a release, below the root that a reverse proxy gives."""
    return f"/dumps/{quote(version)}/{quote(name)}"


class _Dump(FileResponse):
    def __init__(self, path: Path, file: ReleaseFile) -> None:
        super().__init__(
            path,
            media_type=file.media_type,
            filename=path.name,
            headers={
                "etag": f'"{file.sha256}"',
                # In another coding it would have no byte ranges, and not this entity tag.
                "cache-control": "no-cache, no-transform",
            },
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_as_ours(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if message["status"] in (400, 416):
                    raise HTTPException(
                        416,
                        f"{self.filename} has no such part: '{Headers(scope=scope)['range']}'.",
                        {"content-range": headers.get("content-range", "bytes */*")},
                    )
                # The date of a file is that of a copy, and says nothing of the release.
                del headers["last-modified"]
            await send(message)

        await super().__call__(scope, receive, send_as_ours)


def _files(release: Release) -> dict[str, ReleaseFile]:
    size = (release.folder / MANIFEST).stat().st_size
    manifest = ReleaseFile(MANIFEST, _JSON.media_type, size, release.digest)
    return {**release.files, MANIFEST: manifest}


def _page(release: Release) -> DumpsPage:
    files = _files(release).values()
    is_main = {each.name: each.name.startswith("miwdap-") for each in files}
    return DumpsPage(
        release=release,
        main=tuple(each for each in files if is_main[each.name]),
        others=tuple(each for each in files if not is_main[each.name]),
    )


def _listing(release: Release, *, root: str) -> dict[str, object]:
    return {
        "version": release.version,
        "software": release.software,
        "digest": release.digest,
        "files": [
            {**asdict(each), "url": root + dump_link(release.version, each.name)}
            for each in _files(release).values()
        ],
    }
