"""What a server says when it cannot listen, and when it can."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from miwdap_kg.errors import ConfigurationError
from miwdap_kg.web.listening import listen

from .conftest import SERVE, Start, status


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield int(other.getsockname()[1])


def test_port_in_use_is_one_sentence(taken: int, release_folder: Path) -> None:
    """A port in use is told in a sentence that names host, port and the way out, with no trace."""
    done = subprocess.run(
        SERVE,
        env={**os.environ, "MIWDAP_PORT": str(taken), "MIWDAP_RELEASE": str(release_folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert 2 == done.returncode
    assert "" == done.stdout
    assert done.stderr == (
        f"Port {taken} at 127.0.0.1 is in use. Stop what listens there, or take another port: "
        f"'PORT={taken + 1} make serve', or 'miwdap-kg serve --port {taken + 1}'.\n"
    )


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("no-such-host.invalid", "Cannot listen at 'no-such-host.invalid', port 8000: "),
        ("192.0.2.1", "Cannot listen at '192.0.2.1', port 8000: "),
        ("", "Cannot listen at '', port 8000: "),
    ],
    ids=["unknown", "not-ours", "empty"],
)
def test_address_that_cannot_be_listened_at(host: str, told: str) -> None:
    """An address that is not this machine's is told in one sentence."""
    with pytest.raises(ConfigurationError) as raised:
        listen(host, 8000)

    assert str(raised.value).startswith(told)
    assert str(raised.value).endswith("Give --host an address of this machine, such as 127.0.0.1.")


def test_port_that_was_just_left_is_free(start: Start) -> None:
    """A server that is started again at once gets its port again."""
    first = start()
    assert 200 == status(first.get("/healthz"))
    first.process.terminate()
    first.end()

    second = start(port=first.port)

    assert first.port == second.port
    assert 200 == status(second.get("/healthz"))


def test_address_is_said_when_it_can_be_asked(start: Start) -> None:
    """With port 0 the real port is said, and the first request to it is answered."""
    server = start(port=0)

    assert server.port > 0
    assert f"http://127.0.0.1:{server.port}/" == server.address
    response = server.get("/healthz")
    assert 200 == status(response)
    assert b"\r\nserver:" not in response.lower()


def test_port_beyond_the_last_names_a_port_that_exists() -> None:
    """The advice never names a port that cannot be."""
    with (
        socket.create_server(("127.0.0.1", 65535)),
        pytest.raises(ConfigurationError, match="--port 65534"),
    ):
        listen("127.0.0.1", 65535)


def test_altered_release_is_not_served(release_folder: Path, tmp_path: Path) -> None:
    """One changed byte is found at the start, and the file named that has it."""
    altered = Path(shutil.copytree(release_folder, tmp_path / "release"))
    (dump,) = altered.glob("*.nq")
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 1
    dump.write_bytes(content)

    done = subprocess.run(
        SERVE,
        env={**os.environ, "MIWDAP_PORT": "0", "MIWDAP_RELEASE": str(altered)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert 2 == done.returncode
    assert "" == done.stdout
    assert done.stderr.startswith(f"{dump.name}: the manifest says ")
    assert done.stderr.endswith("this one is not served.\n")
