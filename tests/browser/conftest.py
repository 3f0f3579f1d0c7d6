"""Chromium, run without a window, over a real server of the release."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

DEADLINE_SECONDS = 60.0
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


class Browser:
    """A Chromium that is driven through its debugging pipe; what a page does is in *events*."""

    def __init__(self, chromium: str, profile: str) -> None:
        from_us, self._to_browser = os.pipe()
        self._from_browser, to_us = os.pipe()
        # The browser reads from 3 and writes to 4; both are out of the way before they are moved.
        high = [fcntl.fcntl(each, fcntl.F_DUPFD, 20) for each in (from_us, to_us)]
        command = f'exec "$@" 3<&{high[0]} 4>&{high[1]}'
        self._process = subprocess.Popen(
            ["bash", "-c", command, "bash", chromium, *FLAGS, "--remote-debugging-pipe",
             f"--user-data-dir={profile}"],
            pass_fds=high,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for each in (*high, from_us, to_us):
            os.close(each)
        self.events: list[dict[str, Any]] = []
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the DevTools protocol and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to_browser, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, address: str, *, width: int = 1280, scheme: str = "light") -> None:
        """Open a page and wait until it is loaded."""
        # From an address to another part of it the browser would not load anything.
        self._load("about:blank")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])
        self._load(address)

    def wait_for(self, method: str) -> None:
        """Wait until an event has come."""
        while not any(each.get("method") == method for each in self.events):
            self.events.append(self._read())

    def value(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key."""
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                windowsVirtualKeyCode=code,
                text=text,
            )

    def requested(self) -> list[str]:
        """Return the addresses that the page has asked for."""
        return [
            each["params"]["request"]["url"]
            for each in self.events
            if each.get("method") == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        """Return what the browser has to say against the page, but for its own status."""
        own = self.value("location.href")
        return [
            json.dumps(each["params"])
            for each in self.events
            if each.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown")
            and each["params"].get("entry", {}).get("url") != own
        ]

    def close(self) -> None:
        """End the browser."""
        self._process.terminate()
        self._process.wait()
        os.close(self._to_browser)
        os.close(self._from_browser)

    def _load(self, address: str) -> None:
        self.events.clear()
        self.call("Page.navigate", url=address)
        self.wait_for("Page.loadEventFired")

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from_browser], [], [], DEADLINE_SECONDS)
            assert ready, "the browser says nothing more"
            data = os.read(self._from_browser, 1 << 16)
            assert data, "the browser has ended"
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer


@pytest.fixture(scope="session")
def chromium(requires_tool: Callable[[str], str]) -> str:
    """The path of Chromium."""
    return requires_tool("chromium")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser for all tests of a run."""
    # Chromium leaves files behind for a moment, so the folder is not pytest's to remove.
    profile = tempfile.mkdtemp(prefix="chromium-")
    browser = Browser(chromium, profile)
    yield browser
    browser.close()
    shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture(scope="session")
def site(release_folder: Path) -> Iterator[str]:
    """The address of a real server of the release, without a slash at its end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "miwdap_kg", "serve", "--port", "0"],
        env={**os.environ, "MIWDAP_RELEASE": str(release_folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("http://"):
            yield line.strip().rstrip("/")
            break
    else:
        pytest.fail("the server did not start")
    process.terminate()
    process.communicate()
