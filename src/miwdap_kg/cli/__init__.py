"""The command line `miwdap-kg`."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, Final, NoReturn

import typer

from miwdap_kg import __version__
from miwdap_kg.cli.terminal import OutputFailure, say
from miwdap_kg.cli.verbs import VERBS
from miwdap_kg.errors import LookupFailure, MiwdapError, ReleaseRejected

__all__ = ["PROGRAM", "app", "run"]

PROGRAM: Final = "miwdap-kg"

_NOTHING_FOUND: Final = (LookupFailure, ReleaseRejected)
_INTERRUPTED: Final = 128 + signal.SIGINT
_TERMINATED: Final = 128 + signal.SIGTERM


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, and end the process with its exit code.

    0 is fine, 1 does not conform or nothing found, 2 could not be done. Messages go to standard
    error, data to standard output. This is the one place where an error becomes an exit code.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    _open_closed_streams()
    before = signal.signal(signal.SIGTERM, _end)
    try:
        status = _status(given)
    finally:
        signal.signal(signal.SIGTERM, before)
    sys.exit(status)


def _open_closed_streams() -> None:
    # Python has no stream where the parent has closed it; print would then choose another one.
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # until the end
            setattr(sys, name, nowhere)


def _status(arguments: list[str]) -> int:
    try:
        app(arguments, prog_name=PROGRAM)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return _INTERRUPTED
    except OutputFailure as error:
        return _output_failed(error)
    except MiwdapError as error:
        _trace(arguments)
        say(str(error))
        return 1 if isinstance(error, _NOTHING_FOUND) else 2
    except OSError as error:
        _trace(arguments)
        say(f"{error.filename or PROGRAM}: {error.strerror or error}.")
        return 2
    except Exception as error:  # noqa: BLE001  # the outermost door
        _trace(arguments)
        say(
            f"unexpected: {type(error).__name__}: {error}. This is a mistake in {PROGRAM}; please "
            "report it with what 'miwdap-kg --traceback …' and the rest of your command shows."
        )
        return 2
    return 0


def _trace(arguments: Sequence[str]) -> None:
    if "--traceback" in arguments:
        say(traceback.format_exc())


def _output_failed(error: OutputFailure) -> int:
    # What is still buffered goes nowhere, so that the end of the process is quiet.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error.__cause__, BrokenPipeError):
        return 0  # The reader has what it wanted, as in `| head`.
    say(f"The output could not be written: {error}.")
    return 2


def _end(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(_TERMINATED)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


def _global_options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Write the version and exit."
        ),
    ] = False,
    traceback: Annotated[
        bool,
        typer.Option("--traceback", help="Show the trace of an error, for a report about it."),
    ] = False,
) -> None:
    pass


def _app() -> typer.Typer:
    app = typer.Typer(
        help="The MIC World Development Action Plan 2020 as a knowledge graph: every fact opens "
        "to the quoted sentence that says it.\n\n"
        "Data goes to standard output, messages to standard error. Exit codes: 0 fine, "
        "1 does not conform or nothing found, 2 could not be done.",
        epilog="Examples:\n  miwdap-kg serve\n  miwdap-kg run\n  miwdap-kg describe plan",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(_global_options)
    for verb in VERBS:
        app.command(
            verb.name,
            help=verb.help,
            short_help=verb.summary,
            epilog=verb.epilog,
            rich_help_panel=verb.group,
        )(verb.function)
    return app


app: Final = _app()
"""The verbs as typer knows them; reference documents are made from it."""
