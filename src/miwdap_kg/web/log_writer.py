"""A handler of log records that stops nobody, even when nobody reads what it writes."""

from __future__ import annotations

import logging
import os
import threading
from typing import Final

__all__ = ["LogWriter", "dropped_lines"]

_STDERR: Final = 2
_KEPT_CHARACTERS: Final = 4 * 1024 * 1024
_LAST_WORDS_SECONDS: Final = 1.0


class LogWriter(logging.Handler):
    """Writes records to a file descriptor, in a thread of its own.

    A full pipe that nobody empties blocks whoever writes to it, and a server that is blocked
    answers nobody. So lines wait here, and those that are too many are dropped, counted, and told
    of as soon as something can be written again.

    Args:
        descriptor: where the lines go; standard error by default. It is written to directly,
            because a thread that waits within a buffered stream would break the process's end.
        kept_characters: how much may wait.
    """

    def __init__(
        self, descriptor: int = _STDERR, *, kept_characters: int = _KEPT_CHARACTERS
    ) -> None:
        super().__init__()
        self.dropped = 0
        """How many lines were not written."""
        self._descriptor = descriptor
        self._kept_characters = kept_characters
        self._waiting: list[str] = []
        self._characters = 0
        self._untold = 0
        self._is_writing = False
        self._thread: threading.Thread | None = None
        # The lock of the handler itself, because logging makes that one new after a fork.
        self._changed = threading.Condition(self.lock)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record to be written."""
        text = f"{self.format(record)}\n"
        with self._changed:
            if self._characters + len(text) > self._kept_characters:
                self.dropped += text.count("\n")
                self._untold += text.count("\n")
                return
            self._waiting.append(text)
            self._characters += len(text)
            # A process that was forked has the handler, and not its thread.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._write, name="log", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until all that was taken is written, for a second at most."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self._waiting and not self._is_writing, _LAST_WORDS_SECONDS
            )

    def _write(self) -> None:
        while True:
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting)
                text = self._take()
                self._is_writing = True
            rest = text.encode("utf-8", "backslashreplace")
            try:
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            except OSError:
                # Whoever read is gone, and so there is nobody to tell.
                with self._changed:
                    self.dropped += text.count("\n")

    def _take(self) -> str:
        text = "".join(self._waiting)
        if self._untold:
            text += f'{{"event":"dropped","lines":{self._untold}}}\n'
        self._waiting, self._characters, self._untold = [], 0, 0
        return text


def dropped_lines(name: str) -> int:
    """Return how many lines of a logger, by its name, could not be written so far."""
    logger: logging.Logger | None = logging.getLogger(name)
    dropped = 0
    while logger is not None:
        dropped += sum(each.dropped for each in logger.handlers if isinstance(each, LogWriter))
        logger = logger.parent if logger.propagate else None
    return dropped
