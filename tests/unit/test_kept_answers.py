"""What is kept of answers stays within its bound, and is found again."""

from __future__ import annotations

import gc
import random
import tracemalloc
from urllib.parse import quote_plus, unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from miwdap_kg.web.kept_answers import KeptAnswer, KeptAnswers
from miwdap_kg.web.request_key import Exact, Question, Selecting, question_of, unquoted

TYPE, LANGUAGE = frozenset([b"accept"]), frozenset([b"accept", b"accept-language"])
HEADERS = [(b"content-type", b"text/turtle; charset=utf-8"), (b"etag", b'"1"')]


def exact(query: bytes, accept: bytes = b"", language: bytes = b"") -> Exact:
    return ("", "/sparql", query, accept, language, b"")


def asked(query: bytes, accept: bytes = b"", language: bytes = b"") -> tuple[Question, Selecting]:
    return question_of(exact(query)), (accept, language, "")


def keep(
    kept: KeptAnswers, query: bytes, body: bytes, tag: bytes = b'"1"', accept: bytes = b""
) -> KeptAnswer | None:
    return kept.keep(asked(query, accept), TYPE, HEADERS, body, tag)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"query=ASK%7B%7D", b"query=ASK{}"),
        (b"query=a+b", b"query=a%20b"),
        (b"query=%e6%9c%ac", b"query=%E6%9C%AC"),
        (b"query=1&format=csv", b"format=csv&query=1"),
        (b"query=1&g=a&g=b", b"g=a&query=1&g=b"),
        (b"query=1&&", b"query=1"),
        (b"query", b"query="),
    ],
)
def test_same_question(one: bytes, other: bytes) -> None:
    """Neither order nor spelling of the parameters makes another question."""
    assert question_of(exact(one)) == question_of(exact(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"query=a%2Bb", b"query=a+b"),
        (b"query=a%2526b", b"query=a%26b"),
        (b"query=a%26format=csv", b"query=a&format=csv"),
        (b"query=1&query=2", b"query=2&query=1"),
        (b"query=a%3Db", b"query%3Da=b"),
        (b"query=ask{}", b"query=ASK{}"),
        (b"query=%zz", b"query==zz"),
        (b"query=%00", b"query="),
    ],
)
def test_other_question(one: bytes, other: bytes) -> None:
    """What decodes to something else asks something else."""
    assert question_of(exact(one)) != question_of(exact(other))


@given(
    st.one_of(
        st.binary(),
        st.text("%0123456789abcdefABCDEF=\r\n \t_~z").map(str.encode),
        st.binary().map(lambda each: quote_plus(each).encode()),
    )
)
def test_decoding_is_that_of_the_library(encoded: bytes) -> None:
    """The fast way gives the same as the usual one, whatever comes."""
    assert unquote_to_bytes(encoded) == unquoted(encoded)


def test_answer_is_found_by_what_it_depends_on() -> None:
    """Where the language matters, there is an answer for each; else one for all."""
    kept = KeptAnswers(1 << 20)
    one = kept.keep(asked(b"q=1", b"text/csv", b"ja"), TYPE, HEADERS, b"1", b'"1"')
    two = kept.keep(asked(b"q=2", b"text/csv", b"ja"), LANGUAGE, HEADERS, b"2", b'"2"')

    assert one is kept.find(*asked(b"q=1", b"text/csv", b"en"))
    assert kept.find(*asked(b"q=1", b"text/turtle", b"ja")) is None
    assert two is kept.find(*asked(b"q=2", b"text/csv", b"ja"))
    assert kept.find(*asked(b"q=2", b"text/csv", b"en")) is None


def test_more_may_turn_out_to_matter() -> None:
    """An answer that depends on more than those before does not stand for others."""
    kept = KeptAnswers(1 << 20)
    keep(kept, b"q=1", b"plain", accept=b"text/csv")
    page = kept.keep(asked(b"q=1", b"text/html", b"ja"), LANGUAGE, HEADERS, b"page", b'"2"')

    assert page is kept.find(*asked(b"q=1", b"text/html", b"ja"))
    assert kept.find(*asked(b"q=1", b"text/html", b"en")) is None


def test_same_body_is_kept_once() -> None:
    """Two answers with the same tag and the same bytes share them."""
    kept = KeptAnswers(1 << 20)
    keep(kept, b"q=1", b"x" * 50_000)
    before = kept.held
    answer = keep(kept, b"q=2", bytes(bytearray(b"x" * 50_000)))

    assert answer is not None
    assert answer.body is kept.find(*asked(b"q=1")).body  # type: ignore[union-attr]
    assert kept.held - before < 10_000


def test_same_tag_of_another_address_is_no_promise() -> None:
    """A tag tells the answers of one address apart, and says nothing of another's."""
    kept = KeptAnswers(1 << 20)
    keep(kept, b"q=1", b"one")
    answer = keep(kept, b"q=2", b"two")

    assert answer is not None
    assert (b"two", b"one") == (answer.body, kept.find(*asked(b"q=1")).body)  # type: ignore[union-attr]


def test_least_recently_asked_for_leaves() -> None:
    """What was given lately stays longer than what was kept lately."""
    kept = KeptAnswers(100_000)
    for number in range(4):
        keep(kept, b"q=%d" % number, b"x" * 15_000, b'"%d"' % number)
    first = kept.find(*asked(b"q=0"))
    assert first is not None
    kept.touch(first)
    keep(kept, b"q=5", b"x" * 15_000, b'"5"')
    keep(kept, b"q=6", b"x" * 15_000, b'"6"')

    found = [number for number in range(7) if kept.find(*asked(b"q=%d" % number))]
    assert [0, 2, 3, 5, 6] == found


def test_answer_larger_than_a_quarter_is_not_kept() -> None:
    """One answer does not drive out all others."""
    kept = KeptAnswers(100_000)

    assert keep(kept, b"q=1", b"x" * 15_000) is not None
    assert keep(kept, b"q=2", b"x" * 25_000, b'"2"') is None
    assert 1 == len(kept)


def test_same_answer_is_recognised_in_few_spellings() -> None:
    """Who spells a question in ever new ways takes no more room."""
    kept = KeptAnswers(1 << 20)
    answer = keep(kept, b"q=1", b"x")
    assert answer is not None
    for number in range(100):
        kept.recognise(exact(b"q=1" + b"&" * number), answer)

    assert 8 == len(kept.exact)
    assert answer is kept.exact[exact(b"q=1" + b"&" * 99)]


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: x", b"a\nb", b"a\x00b", b"a\x7fb"])
def test_broken_header_is_never_given(value: bytes) -> None:
    """The server that refuses such a header is not asked again, so we refuse it."""
    kept = KeptAnswers(1 << 20)
    answer = kept.keep(asked(b"q"), TYPE, [*HEADERS, (b"link", value)], b"x", b'"1"')
    assert answer is not None

    with pytest.raises(RuntimeError, match="a header has a line break or a control character"):
        kept.recognise(exact(b"q"), answer)
    assert {} == kept.exact


class Keeping(RuleBasedStateMachine):
    """Any sequence of uses."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = KeptAnswers(60_000)
        self.collected: list[int] = []
        self.ahead: list[int] = []

    @rule(
        query=st.integers(0, 8),
        accept=st.sampled_from([b"a", b"b"]),
        size=st.integers(0, 16_000),
        tag=st.sampled_from([b'"1"', b'"2"', b'"3"']),
        vary=st.sampled_from([frozenset(), TYPE, LANGUAGE]),
    )
    def keep(
        self, query: int, accept: bytes, size: int, tag: bytes, vary: frozenset[bytes]
    ) -> None:
        """Keep an answer, which must be found at once."""
        key = asked(b"q=%d" % query, accept, b"ja")
        answer = self.kept.keep(key, vary, HEADERS, b"x" * size, tag)
        assert answer is self.kept.find(*key) or answer is None

    @rule(query=st.integers(0, 8), accept=st.sampled_from([b"a", b"b"]), more=st.integers(0, 12))
    def recognise(self, query: int, accept: bytes, more: int) -> None:
        """Find an answer and give it."""
        request = exact(b"q=%d" % query + b"&" * more * 50, accept)
        answer = self.kept.exact.get(request) or self.kept.find(*asked(request[2], accept))
        if answer is not None:
            self.kept.recognise(request, answer)
            if request in self.kept.exact:
                self.kept.touch(answer)

    @rule(size=st.integers(0, 40_000))
    def collect(self, size: int) -> None:
        """Set bytes aside for an answer to come."""
        if self.kept.collected.take(size):
            self.collected.append(size)

    @rule(size=st.integers(0, 20_000))
    def run_ahead(self, size: int) -> None:
        """Set bytes aside for a slow client."""
        if self.kept.ahead.take(size):
            self.ahead.append(size)

    @rule()
    def give_back(self) -> None:
        """Give all of it back."""
        self.kept.collected.give_back(sum(self.collected))
        self.kept.ahead.give_back(sum(self.ahead))
        self.collected, self.ahead = [], []

    @invariant()
    def is_within_its_bound(self) -> None:
        """Never more than was allowed, and as much as the answers say."""
        kept = self.kept
        answers = list(kept._recent)
        bodies = {id(each.shared): len(each.body) for each in answers}
        assert kept.held == sum(each.size for each in answers) + sum(bodies.values())
        assert kept.held + kept.collected.size + kept.ahead.size <= kept.max_bytes
        assert kept.exact.keys() == {each for answer in answers for each in answer.exact}
        assert len(kept._answers) == len(answers)
        assert kept._variation.keys() == {each.key[0] for each in answers}
        assert len(kept._bodies) <= len(bodies)


TestKeeping = Keeping.TestCase
TestKeeping.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("size", [100, 3_000])
def test_bound_is_that_of_the_memory(size: int) -> None:
    """What thousands of answers take in truth is what is counted, or less."""
    random_ = random.Random(4)
    common = [
        (b"content-security-policy", b"default-src 'self'; base-uri 'none'; form-action 'self'"),
        (b"access-control-expose-headers", b"Allow, Content-Disposition, ETag, Link"),
        *((b"x-header-%d" % number, b"value") for number in range(8)),
    ]
    gc.collect()
    tracemalloc.start()
    try:
        kept = KeptAnswers(8 << 20)
        before, _ = tracemalloc.get_traced_memory()
        for number in range(3_000):
            query = b"query=%d%s" % (number, random_.randbytes(60).hex().encode())
            tag = b'"%d-%s"' % (number, random_.randbytes(16).hex().encode())
            headers = [(bytes([*name]), bytes([*value])) for name, value in common]
            body = random_.randbytes(size)
            answer = kept.keep(asked(query), TYPE, [*headers, (b"etag", tag)], body, tag)
            assert answer is not None
            kept.recognise(exact(query), answer)
        gc.collect()
        found = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert kept.held / 2 < found <= kept.held
