"""Whole answers in memory, the least recently asked for leaving first, bounded by bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence, Set
from typing import Final

from miwdap_kg.web.ready_answer import ReadyAnswer
from miwdap_kg.web.request_key import Exact, Question, Selecting, exact_bytes, question_bytes

__all__ = ["KeptAnswer", "KeptAnswers", "Reserve"]

_EXACT_KEPT: Final = 8

# What is known of the answers to a question, as one number, for there are many: which headers
# choose between them, and how many there are.
_BY_TYPE: Final = 1
_BY_LANGUAGE: Final = 2
_ONE: Final = 4


class KeptAnswer(ReadyAnswer):
    """An answer that is kept, with all that finds it."""

    __slots__ = ("exact", "key", "shared")

    def __init__(
        self,
        headers: Sequence[tuple[bytes, bytes]],
        shared: _Body,
        tag: bytes,
        key: tuple[Question, Selecting],
    ) -> None:
        super().__init__(headers, shared.content, tag)
        self.shared = shared
        self.key = key
        self.exact: tuple[Exact, ...] = ()
        self.size += question_bytes(key[0]) + sum(map(len, key[1]))


class KeptAnswers:
    """Answers by the request as it came, and by what it means.

    Bodies that are the same, under the same entity tag, are kept once.

    Args:
        max_bytes: how much all of it may take, with keys and headers; 0 keeps nothing.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.max_answer_bytes = max_bytes // 4
        """How much a single answer may take, so that it does not drive out all others."""
        self.exact: dict[Exact, KeptAnswer] = {}
        self.held = 0
        """How many bytes all answers take."""
        self.collected = Reserve(max_bytes // 2, self._make_room)
        """For answers that are being collected."""
        self.ahead = Reserve(max_bytes // 4, self._make_room)
        """For what is collected and not sent yet, because a client reads slowly."""
        self._answers: dict[tuple[Question, Selecting], KeptAnswer] = {}
        self._variation: dict[Question, int] = {}
        self._bodies: dict[bytes, _Body] = {}
        self._recent: OrderedDict[KeptAnswer, None] = OrderedDict()
        self.touch = self._recent.move_to_end

    def __len__(self) -> int:
        """Return the number of answers."""
        return len(self._recent)

    def find(self, question: Question, selecting: Selecting) -> KeptAnswer | None:
        """Return the answer to a question, as a client with such headers would get it."""
        variation = self._variation.get(question)
        if variation is None:
            return None
        return self._answers.get((question, _select(selecting, variation)))

    def recognise(self, exact: Exact, answer: KeptAnswer) -> None:
        """Make *answer* ready to be given, and at once when the same request comes again."""
        answer.make_ready()
        size = exact_bytes(exact)
        if exact in self.exact or size + answer.size + len(answer.body) > self.max_answer_bytes:
            return
        if len(answer.exact) == _EXACT_KEPT:
            self._forget_exact(answer, answer.exact[0])
        self.touch(answer)
        self._make_room(size)
        if answer in self._recent:
            self.exact[exact] = answer
            answer.exact += (exact,)
            answer.size += size
            self.held += size

    def keep(
        self,
        key: tuple[Question, Selecting],
        vary: Set[bytes],
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        tag: bytes,
    ) -> KeptAnswer | None:
        """Keep an answer and return it; None when it is too large.

        Args:
            key: what was asked, and which of the answers to it this is.
            vary: the names of the headers that the answer depends on.
            headers: that it is sent with.
            body: the body.
            tag: the entity tag, as it stands in the headers.
        """
        question, selecting = key
        variation = self._variation.get(question, 0)
        variation |= _BY_TYPE * (b"accept" in vary) | _BY_LANGUAGE * (b"accept-language" in vary)
        key = (question, _select(selecting, variation))
        if (before := self._answers.get(key)) is not None:
            self._forget(before)
        # Tags tell the answers of one address apart; those of another may have the same.
        shared = self._bodies.get(tag)
        if shared is None or shared.content != body:
            shared = _Body(body)
        answer = KeptAnswer(headers, shared, tag, key)
        if answer.size + len(body) > self.max_answer_bytes:
            return None
        # A user from now on, so that the body does not go while room is made for the rest.
        shared.users += 1
        if shared.users == 1:
            self._make_room(answer.size + len(body))
            self._bodies.setdefault(tag, shared)
            self.held += len(body)
        else:
            self._make_room(answer.size)
        count = self._variation.get(question, 0) // _ONE
        self._variation[question] = variation % _ONE + _ONE * (count + 1)
        self._answers[key] = answer
        self._recent[answer] = None
        self.held += answer.size
        return answer

    def _make_room(self, size: int) -> None:
        # An answer is at most a quarter, and what is set aside at most the other three.
        most = self.max_bytes - size - self.collected.size - self.ahead.size
        while self.held > most:
            self._forget(next(iter(self._recent)))

    def _forget(self, answer: KeptAnswer) -> None:
        for exact in answer.exact:
            self._forget_exact(answer, exact)
        question = answer.key[0]
        self._variation[question] -= _ONE
        if self._variation[question] < _ONE:
            del self._variation[question]
        del self._answers[answer.key]
        del self._recent[answer]
        self.held -= answer.size
        shared = answer.shared
        shared.users -= 1
        if shared.users == 0:
            self.held -= len(shared.content)
            if self._bodies.get(answer.tag) is shared:
                del self._bodies[answer.tag]

    def _forget_exact(self, answer: KeptAnswer, exact: Exact) -> None:
        size = exact_bytes(exact)
        del self.exact[exact]
        answer.exact = tuple(each for each in answer.exact if each is not exact)
        answer.size -= size
        self.held -= size


class Reserve:
    """Bytes that are set aside for answers to come, for which kept ones leave.

    It has a limit, so that answers that turn out too large to be kept do not drive out all others.
    """

    __slots__ = ("_limit", "_make_room", "size")

    def __init__(self, limit: int, make_room: Callable[[int], None]) -> None:
        self._limit = limit
        self._make_room = make_room
        self.size = 0

    def take(self, size: int) -> bool:
        """Set so many more bytes aside, or return False."""
        if self.size + size > self._limit:
            return False
        self._make_room(size)
        self.size += size
        return True

    def give_back(self, size: int) -> None:
        """Set so many fewer bytes aside."""
        self.size -= size


class _Body:
    """Bytes that several answers may have."""

    __slots__ = ("content", "users")

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.users = 0


def _select(selecting: Selecting, variation: int) -> Selecting:
    types, languages, coding = selecting
    return (
        types if variation & _BY_TYPE else b"",
        languages if variation & _BY_LANGUAGE else b"",
        coding,
    )
