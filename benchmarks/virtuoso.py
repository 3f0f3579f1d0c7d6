"""Starts Virtuoso, where it is installed, with a database folder of its own and a file loaded."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.asking import wait_for_answer
from benchmarks.processes import free_port, running

__all__ = ["DEFAULT_GRAPH", "is_installed", "virtuoso"]

DEFAULT_GRAPH: Final = "urn:default"
"""The graph that holds what others have in the default graph: Virtuoso has none."""

_PASSWORD: Final = "dba"
_START_SECONDS: Final = 120.0
# A row limit, a timeout or a memory limit of the defaults would cut answers.
_CONFIGURATION: Final = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
Striping = 0
TempStorage = TempDatabase

[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
MaxCheckpointRemap = 2000
Striping = 0

[Parameters]
ServerPort = {sql_port}
DisableUnixSocket = 1
MaxClientConnections = 10
CheckpointInterval = 0
O_DIRECT = 0
CaseMode = 2
DirsAllowed = {data}
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
ThreadsPerQuery = 2

[HTTPServer]
ServerPort = {http_port}
ServerRoot = {folder}
MaxClientConnections = 64
ServerThreads = 64
MaxKeepAlives = 64
KeepAliveTimeout = 60
Charset = UTF-8

[SPARQL]
DefaultQuery = ASK {{}}
"""


def is_installed() -> bool:
    """Tell whether Virtuoso's programs are here (Debian: virtuoso-opensource-7)."""
    return shutil.which("virtuoso-t") is not None and shutil.which("isql-vt") is not None


@contextmanager
def virtuoso(data: Path, folder: Path, *, log: Path) -> Iterator[tuple[str, int]]:
    """Start Virtuoso with *data* in a new database, and give its endpoint and process."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sql_port, http_port = free_port(), free_port()
    configuration = folder / "virtuoso.ini"
    configuration.write_text(
        _CONFIGURATION.format(
            folder=folder, data=data.parent, sql_port=sql_port, http_port=http_port
        ),
        encoding="utf-8",
    )
    command = ["virtuoso-t", "+foreground", "+configfile", str(configuration)]
    endpoint = f"http://127.0.0.1:{http_port}/sparql"
    with running(command, log=log) as process:
        wait_for_answer(endpoint, deadline_seconds=_START_SECONDS)
        for statement in (
            f"ld_dir('{data.parent}', '{data.name}', '{DEFAULT_GRAPH}')",
            "rdf_loader_run()",
            "checkpoint",
        ):
            _run(sql_port, statement)
        yield f"{endpoint}?default-graph-uri={DEFAULT_GRAPH}", process.pid
    shutil.rmtree(folder, ignore_errors=True)


def _run(port: int, statement: str) -> None:
    command = ["isql-vt", f"127.0.0.1:{port}", "dba", _PASSWORD, f"EXEC={statement};"]
    end = time.monotonic() + _START_SECONDS
    while True:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if "*** Error" not in done.stdout + done.stderr:
            return
        if time.monotonic() > end:
            raise RuntimeError(f"Virtuoso did not take '{statement}': {done.stdout}{done.stderr}")
        time.sleep(0.5)
