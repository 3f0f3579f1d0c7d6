"""What is refused before a query runs: what is too much for the engine, and what is never done."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Timer

import pyoxigraph
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miwdap_kg.errors import QueryNotAllowed, QuerySyntaxError, QueryTooLarge
from miwdap_kg.execution.complexity import Complexity, measure
from miwdap_kg.execution.inspection import QueryLimits, inspect
from miwdap_kg.sparql import outline
from miwdap_kg.store import Store

LIMITS = QueryLimits()


def complexity(text: str) -> Complexity:
    return measure(text, outline(text).prologue)


# Size


@pytest.mark.parametrize(
    ("text", "what", "found", "limit"),
    [
        ("ASK {} #" + "x" * LIMITS.query_bytes, "query in bytes", LIMITS.query_bytes + 8,
         LIMITS.query_bytes),
        ("ASK {} #" + "計" * (LIMITS.query_bytes // 3), "query in bytes", 262_151,
         LIMITS.query_bytes),
        ("ASK " + "{" * 201 + "}" * 201, "depth of nested brackets", 201, LIMITS.depth),
        ("ASK { FILTER(1" + "+1" * 1_000 + ") }",
         "number of operators, clauses and columns in a row", 1_002, LIMITS.chain),
        ("ASK {" + "?s ?p ?o . " * 101 + "}", "number of triple patterns in one group", 101,
         LIMITS.patterns),
        ("ASK { FILTER(" + "!(" * 16 + "1" + ")" * 17 + "}",
         "number of OPTIONAL, sub-SELECT, REGEX, SUBSTR, REPLACE, GROUP_CONCAT, '!' and '/' "
         "inside one another", 16, LIMITS.doublings),
    ],
    ids=["bytes", "bytes of UTF-8", "depth", "chain", "patterns", "doublings"],
)  # fmt: skip
def test_too_large_query_is_refused(text: str, what: str, found: int, limit: int) -> None:
    """A query that could harm the engine is refused by what is too much of it."""
    with pytest.raises(QueryTooLarge) as caught:
        inspect(text, LIMITS)

    error = caught.value
    assert (what, found, limit) == (error.what, error.found, error.limit)


def test_query_at_its_limits_is_taken() -> None:
    """What is just small enough passes."""
    limits = QueryLimits(query_bytes=14, depth=1, chain=2, patterns=1, doublings=0)

    assert "ask" == inspect("ASK {?s ?p ?o}", limits).outline.form


REAL = {
    "IRIs in a list": "ASK { FILTER(?x IN (" + ", ".join(f"<a:{n}>" for n in range(5_000)) + ")) }",
    "rows of VALUES": "ASK { VALUES (?x ?y) {" + "(<a:b> 1)" * 10_000 + "} }",
    "columns": "SELECT " + " ".join(f"?column{n}" for n in range(900)) + " { ?s ?p ?o }",
    "alternatives": "ASK { ?s ?p ?o FILTER(" + "||".join(f"?o={n}" for n in range(900)) + ") }",
    "a long template": "CONSTRUCT {" + "?s a <a:b> ; ?p ?o ." * 2_000 + "} WHERE { ?s ?p ?o }",
    "branches": "ASK {" + "UNION".join(["{ ?s ?p ?o ; ?q ?r . ?o ?t ?u }"] * 300) + "}",
    "optional columns": "ASK { ?s ?p ?o " + "OPTIONAL { ?s ?q ?r }" * 60 + "}",
    "prefixes": "".join(f"PREFIX p{n}: <http://e.org/{n}#>\n" for n in range(1_000)) + "ASK {}",
    "graphs": "ASK " + "".join(f"FROM <http://e.org/{n}>\n" for n in range(2_000)) + "{}",
    "paths": "ASK {" + "?s <a:b>/<a:c>*/(<a:d>|^<a:e>) ?o ." * 30 + "}",
    "replacements": "SELECT (" + "REPLACE(" * 12 + "'a'" + ",'b','c')" * 12 + " AS ?x) {}",
}


@pytest.mark.parametrize("text", REAL.values(), ids=REAL)
def test_what_programs_write_is_taken(text: str) -> None:
    """Long lists of anything that a program may put into a query are below the limits."""
    assert text == inspect(text, LIMITS).text


def test_real_queries_are_far_below_the_limits(root: Path, shared: Path) -> None:
    """No query of this project or of the W3C's suite has a third of what is allowed."""
    texts = [
        path.read_text(encoding="utf-8")
        for folder in (root / "queries", root / "shapes", shared / "conformance")
        for path in folder.rglob("*.rq")
    ]
    found = [complexity(text) for text in texts]

    assert len(found) > 400
    for name in ("depth", "chain", "patterns", "doublings"):
        assert 3 * max(getattr(each, name) for each in found) < getattr(LIMITS, name), name


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("ASK {}", 1),
        ("ASK { { {} } {} }", 3),
        ("ASK { ?s ?p [ ?q ( 1 2 ) ] }", 3),
        ("ASK { FILTER((1 + (2)) > 0) }", 4),
        ("ASK { ?s ?p '((((' } # ((((", 1),
        ("ASK { FILTER(?a<((1))&&?b>2) }", 4),
        ("ASK { ?s ?p <<( ?s ?p <<( ?s ?p ?o )>> )>> }", 3),
        ("ASK { ?s ?p ?o {| ?p << ?s ?p ?o >> |} }", 3),
        ("))))((", 2),
        ("", 0),
    ],
)
def test_depth(text: str, depth: int) -> None:
    """The depth is that of nested brackets outside of strings and comments."""
    assert depth == complexity(text).depth


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("ASK {}", 1),
        ("ASK { FILTER(1+1+1) }", 4),
        ("ASK { FILTER(1 IN (1,1+1,1+1+1)) }", 4),
        ("ASK { FILTER((1+1) || (1+1+1)) }", 5),
        ("ASK { {} UNION {} UNION { ?s ?p ?o } }", 5),
        ("ASK { ?s ?p ?o BIND(1 AS ?x) BIND(2 AS ?y) }", 4),
        ("SELECT ?a ?b (1 AS ?c) {}", 4),
        ("DESCRIBE <a:b> <a:c>", 2),
        ("ASK FROM <a:b> FROM NAMED <a:c> {}", 1),
        ("ASK { VALUES (?x ?y) { (1 2) (3 4) } }", 3),
        ("CONSTRUCT { ?a ?b ?c . ?d ?e ?f } { ?s ?p ?o }", 3),
        ("ASK { ?s <a:b>|<a:c>|<a:d> ?o }", 4),
    ],
)
def test_chain(text: str, chain: int) -> None:
    """A chain is what stands in one row, with the longest row inside of it."""
    assert chain == complexity(text).chain


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        ("ASK {}", 0),
        ("ASK { ?s ?p ?o }", 1),
        ("ASK { ?s ?p ?o , ?o ; ?p ?o . ?s ?p ?o . }", 4),
        ("ASK { ?s ?p ?o.1 ?p ?o.5 ?p ?o }", 3),
        ("ASK { true.true ?p ?o }", 2),
        ("ASK { ?s ?p ?o { ?s ?p ?o } GRAPH ?g { ?s ?p ?o } }", 4),
        ("ASK { ?s ?p ?o OPTIONAL { ?s ?p ?o } }", 2),
        ("ASK { ?s ?p [ ?p ?o ; ?p [] ] }", 4),
        ("ASK { ?s ?p ( 1 2 3 ) }", 7),
        ("ASK { ( 1 ) ?p ?o }", 3),
        ("ASK { ?s (<a:b>|<a:c>) ?o }", 1),
        ("ASK { ?s <a:b>/<a:c>/<a:d> ?o }", 3),
        ("ASK { ?s ?p << ?s ?p ?o >> . ?s ?p ?o {| ?p ?o |} }", 5),
        ("ASK { VALUES ?x { 1 2 3 } { SELECT * { ?s ?p ?o } } }", 2),
        ("ASK { ?s ?p ?o FILTER EXISTS { ?s ?p ?o } MINUS { ?s ?p ?o } }", 1),
        ("CONSTRUCT { ?a ?b ?c . ?d ?e ?f } { ?s ?p ?o }", 1),
        ("CONSTRUCT WHERE { ?s ?p ?o . ?s ?p ?o }", 2),
        ("ASK {" + "UNION".join(["{ ?s ?p ?o . ?s ?p ?o }"] * 8) + "}", 4),
        ("ASK { FILTER(?a) ?s ?p ?o FILTER <f:f>(1) ?s ?p ?o BIND(1 AS ?x) ?s ?p ?o }", 3),
    ],
)
def test_patterns(text: str, patterns: int) -> None:
    """Patterns count that are joined; branches are planned apart, and weigh by their time."""
    assert patterns == complexity(text).patterns


@pytest.mark.parametrize(
    ("text", "doublings"),
    [
        ("ASK { ?s ?p ?o OPTIONAL { ?s ?p ?o } OPTIONAL { ?s ?p ?o } }", 1),
        ("ASK { ?s ?p ?o OPTIONAL { ?s ?p ?o OPTIONAL { ?s ?p ?o } } }", 2),
        ("SELECT * { { SELECT * { { SELECT * {} } } } }", 2),
        ("ASK { FILTER(REPLACE(SUBSTR('a', 1), 'a', 'b')) FILTER(REGEX(?x, ?y)) }", 2),
        ("ASK { FILTER(!!(!BOUND(?x) && !(?y)) || !?z) }", 2),
        ("ASK { ?s <a:b>/<a:c>/<a:d> ?o }", 0),
        ("ASK { ?s (<a:b>/<a:c>/<a:d>)* ?o ; (<a:b>/<a:c>) ?o }", 2),
        ("ASK { ?s <a:a>|<a:b>/<a:c>/<a:d>|<a:e>/<a:f> ?o . ?s <a:b>/<a:c> ?o }", 2),
    ],
)
def test_doublings(text: str, doublings: int) -> None:
    """What doubles the work counts as often as it stands inside one another."""
    assert doublings == complexity(text).doublings


DENSE = (*"(1\"'[{}])!/<> ;.?x:a", "true", "FALSE", "undef", "VALUES ?x", "FILTER", "1e5", "||")


@given(text=st.lists(st.sampled_from(DENSE), max_size=60).map("".join))
def test_small_queries_pass_without_a_look(text: str) -> None:
    """What is taken since it is short is below the limits."""
    limits = QueryLimits(depth=40, chain=100, patterns=80, doublings=10)
    found = complexity(f"ASK {{ {text}")
    try:
        inspect(f"ASK {{ {text}", limits)
    except (QuerySyntaxError, QueryTooLarge):
        return

    if found.misread is None:
        for name in ("depth", "chain", "patterns", "doublings"):
            assert getattr(found, name) <= getattr(limits, name), name


# Names


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "PREFIX ex: <http://localhost:80>\nASK { ?s ?p ex:a }",
            "The query cannot be read at line 2, column 13: 'ex:a' stands for no valid IRI. "
            "Mend its prefix, or write the IRI in angle brackets.",
        ),
        (
            "PREFIX ex: <http://e.org/#> ASK { ?s ?p ex:a\\#b }",
            "The query cannot be read at line 1, column 41: 'ex:a\\#b' stands for no valid IRI. "
            "Mend its prefix, or write the IRI in angle brackets.",
        ),
        (
            "PREFIX ex: <http://e.org/> ASK { ?s ?p ex:a.b.c }",
            "The query cannot be read at line 1, column 40: 'ex:a.b.c' has more dots than this "
            "engine reads. Write the IRI in angle brackets.",
        ),
        (
            "PREFIX FILTERex: <a:b> ASK { FILTERex:f(1) }",
            "The query cannot be read at line 1, column 40: 'FILTERex:f(' may be a name, or "
            "FILTER and a function. Write a space behind FILTER, or the name as an IRI in angle "
            "brackets.",
        ),
        (
            "PREFIX ex: <a:b> ASK { FILTER ex:f(1) FILTERex:f(1) }",
            "The query cannot be read at line 1, column 39: the prefix 'FILTERex:' is not "
            "declared. Add a line 'PREFIX FILTERex: <…>' at the top.",
        ),
        (
            "ASK { ?s ?p '\ud800' }",
            "The query cannot be read at line 1, column 14: found half a character (U+D800), "
            "which is none.",
        ),
    ],
)
def test_what_may_be_misread_is_a_syntax_error(text: str, problem: str) -> None:
    """Where the engine would read other tokens than the standard says, nothing is run."""
    with pytest.raises(QuerySyntaxError) as caught:
        inspect(f"{text} # {'so long that it is looked at in full ' * 30}", LIMITS)

    assert problem == str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["ex:", "ex:a", r"dbr:Tokyo_\(city\)", r"ex:a\/b", r"ex:a\#b", "wdt:P31", "urn:a:b", "名:前"],
)
def test_ordinary_names_are_taken(name: str) -> None:
    """Names with escapes, and with other letters than Latin ones, are no problem."""
    prologue = (
        "PREFIX ex: <http://e.org/a> PREFIX dbr: <http://dbpedia.org/resource/> "
        "PREFIX wdt: <http://www.wikidata.org/prop/direct/> PREFIX urn: <urn:> PREFIX 名: <urn:n:>"
    )

    assert "ask" == inspect(f"{prologue} ASK {{ ?s ?p {name} }}", LIMITS).outline.form


@pytest.mark.parametrize(
    "text",
    ["\x00ASK {}", "ASK {}\x00", "ASK { ?s ?p ?o\x00 }", "ASK { ?s ?p <a:\x00> }", "\ufeffASK {}",
     "ASK {\u3000}", "ASK {\xa0}", "ASK { ?\U0001f5fe ?p ?o }", "ASK { ?s\x7f ?p ?o }", "\x1b"],
)  # fmt: skip
def test_odd_characters_are_a_syntax_error(text: str) -> None:
    """NUL and what nobody sees are refused in words, and nothing is harmed."""
    inspected = inspect(text, LIMITS)

    assert text == inspected.text
    with pytest.raises(QuerySyntaxError):
        Store.check(inspected.text)


# Updates


@pytest.mark.parametrize("text", ["INSERT DATA { <a:1> <a:p> 2 }", "CLEAR ALL"])
def test_update_is_refused(text: str) -> None:
    """An update is refused with the reason and another way."""
    with pytest.raises(QueryNotAllowed) as caught:
        inspect(text, LIMITS)

    assert str(caught.value) == (
        "This is an update, and this endpoint only answers queries. "
        "The data changes with each release; propose a change in the repository."
    )


# The engine lives on

ENGINE = """\
import pyoxigraph, resource, sys
# Three quarters of what a process has by default.
resource.setrlimit(resource.RLIMIT_STACK, (6 << 20, resource.RLIM_INFINITY))
store = pyoxigraph.Store()
store.update("INSERT DATA { <a:1> <a:p> <a:2> . <a:2> <a:p> 'x' }")
while size := sys.stdin.buffer.read(8):
    text = sys.stdin.buffer.read(int.from_bytes(size)).decode()
    try:
        answer = store.query(text)
        said = b"." if isinstance(answer, pyoxigraph.QueryBoolean) else b"." * (list(answer) != 0)
    except (SyntaxError, ValueError, RuntimeError, OSError):
        said = b"!"
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()
"""


class Engine:
    """An engine in a process of its own, that is started again when it dies."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, text: str, *, seconds: float = 20) -> str:
        """Return whether it answered (`.`), refused (`!`), died (``), or took too long (`?`)."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", ENGINE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        content = text.encode()
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(len(content).to_bytes(8) + content)
        process.stdin.flush()
        with _Alarm(seconds, process) as alarm:
            said = process.stdout.read(1).decode()
        if not said:
            self.close()
        return "?" if alarm.has_rung else said

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


class _Alarm:
    def __init__(self, seconds: float, process: subprocess.Popen[bytes]) -> None:
        self.has_rung = False
        self._process = process
        self._timer = Timer(seconds, self._ring)

    def __enter__(self) -> _Alarm:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()

    def _ring(self) -> None:
        self.has_rung = True
        self._process.kill()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that may die."""
    engine = Engine()
    yield engine
    engine.close()


def largest(build: Callable[[int], str], *, most: int = 4_000) -> str:
    """Return the largest text of its kind that passes the limits."""

    def passes(size: int) -> bool:
        try:
            inspect(build(size), LIMITS)
        except QueryTooLarge:
            return False
        return True

    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if passes(middle) else (low, middle)
    assert passes(low)
    return build(low)


CHAINS = {
    "not": ("ASK { FILTER(", "!", "true) }"),
    "sum": ("ASK { FILTER(1", "+1", ">1) }"),
    "or": ("ASK { ?x ?y ?z FILTER(?x", "||?x", ") }"),
    "and": ("ASK { ?x ?y ?z FILTER(?x", "&&?x", ") }"),
    "alternative path": ("ASK { ?s <a:p>", "|<a:p>", " ?o }"),
    "inverse path": ("ASK { ?s ", "^<a:p>|", "<a:p> ?o }"),
    "sequence path": ("ASK { ?o ?q ?r . ?s (<a:p>", "/<a:p>", ")* ?o }"),
    "union": ("ASK { {}", "UNION{}", " }"),
    "minus": ("ASK { ?s ?p ?o", " MINUS{}", " }"),
    "filter": ("ASK { ?s ?p ?o", " FILTER(?s)", " }"),
    "optional": ("ASK { ?s ?p ?o", " OPTIONAL { ?s <a:p> ?o }", " }"),
    "patterns": ("ASK { ?s ?p ?o", " . ?s ?p ?o", " }"),
    "items": ("ASK { ?s ?p (1", " 1", ") }"),
    "describe": ("DESCRIBE", " <a:b>", ""),
    "columns": ("SELECT ?x", " (1 AS ?x)", " {}"),
    "conditions": ("ASK {} GROUP BY ?x", " (1)", ""),
    "having": ("SELECT (COUNT(*) AS ?x) {} HAVING (1)", " (1)", ""),
    "subquery": ("ASK { ?s ?p ?o", " {SELECT * {}}", " }"),
    "groups": ("ASK {", "{}", " }"),
    "graphs": ("ASK {", "GRAPH ?g {}", " }"),
    "exists": ("ASK {", "FILTER EXISTS {}", " }"),
    "arguments": ("ASK { FILTER(1 IN (1", ",1", ")) }"),
}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_longest_chain_does_not_kill_the_process(
    engine: Engine, chain: tuple[str, str, str]
) -> None:
    """A query as long as the limits let it be leaves the engine's stack whole, in fair time."""
    before, link, after = chain

    assert engine.ask(largest(lambda count: before + link * count + after)) in (".", "!")


# What stands around a pattern, and around an expression; with what a level of it begins and ends.
AROUND_PATTERN = (
    ("{ ", " }"),
    ("{ ?s ?p ?o FILTER(?s) ", " }"),
    ("?s ?p ?o OPTIONAL { ", " }"),
    ("?s ?p ?o MINUS { ", " }"),
    ("{ ?s ?p ?o } UNION { ", " }"),
    ("GRAPH ?g { ", " }"),
    ("{ SELECT * { ", " } }"),
    ("{ SELECT ?s { ", " } GROUP BY ?s }"),
    ("FILTER EXISTS { ", " }"),
    ("FILTER(STR(!EXISTS { ", " })) "),
    ("BIND(EXISTS { ", " } AS ?x) "),
)
AROUND_EXPRESSION = (
    ("(", ")"),
    ("!(", ")"),
    ("1+(", ")"),
    ("1||2&&(", ")"),
    ("STR(", ")"),
    ("IF(1,1,", ")"),
    ("CONCAT('a',", ")"),
    ("COALESCE(", ")"),
    ("1 IN (", ")"),
    ("REPLACE(", ",'a','b')"),
    ("<f:f>(", ")"),
)
IN_PATTERN = (
    ("?s ?p ?o .", ""),
    ("?s ?p ?o MINUS{?s ?p ?o} ", ""),
    ("BIND(EXISTS{} AS ?y) FILTER(?s) ", ""),
    ("{} UNION ", "{}"),
    ("OPTIONAL{?s <a:p> ?o} ", ""),
)
IN_EXPRESSION = (("1||", "1"), ("?s&&", "1"), ("1+", "1"), ("!", "1"), ("1,", "1"))
Wrappers = list[tuple[str, str]]


def _nested(wrappers: Wrappers, inner: str, depth: int) -> str:
    levels = [wrappers[level % len(wrappers)] for level in range(depth)]
    return (
        "".join(begin for begin, _ in levels) + inner + "".join(end for _, end in reversed(levels))
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    around=st.lists(st.sampled_from(AROUND_PATTERN), min_size=1, max_size=3),
    inside=st.sampled_from(IN_PATTERN),
    length=st.sampled_from([1, 20, 90, 400]),
)
def test_deepest_pattern_does_not_kill_the_process(
    engine: Engine, around: Wrappers, inside: tuple[str, str], length: int
) -> None:
    """However patterns are nested, what passes the limits leaves the engine's stack whole."""
    link, last = inside

    def build(size: int) -> str:
        # First as deep as can be, then with a chain at the bottom.
        depth, count = (size, 1) if size < 200 else (200, size - 200)
        return f"ASK {{ {_nested(around, link * min(count, length) + last, depth)} }}"

    assert "" != engine.ask(largest(build, most=200 + length), seconds=3)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    around=st.lists(st.sampled_from(AROUND_EXPRESSION), min_size=1, max_size=3),
    inside=st.sampled_from(IN_EXPRESSION),
    length=st.sampled_from([1, 100, 1_000]),
)
def test_deepest_expression_does_not_kill_the_process(
    engine: Engine, around: Wrappers, inside: tuple[str, str], length: int
) -> None:
    """However expressions are nested, what passes the limits leaves the engine's stack whole."""
    link, last = inside

    def build(size: int) -> str:
        depth, count = (size, 1) if size < 200 else (200, size - 200)
        inner = _nested(around, link * min(count, length) + last, depth)
        return f"ASK {{ ?s ?p ?o FILTER(COALESCE({inner})) }}"

    assert "" != engine.ask(largest(build, most=200 + length), seconds=3)


BEYOND = {
    "parentheses": "ASK { FILTER(" + "(" * 12_000 + "1" + ")" * 12_000 + ") }",
    "groups": "ASK " + "{" * 9_000 + "}" * 9_000,
    "or": "ASK { FILTER(1" + "||1" * 30_000 + ") }",
    "minus": "ASK { ?s ?p ?o " + "MINUS{}" * 9_000 + "}",
    "hidden in an IRI": "ASK { FILTER((1<(1))||" + "(" * 12_000 + "2" + ")" * 12_000 + ">1) }",
    "hidden in a string": (
        'ASK { VALUES ?x {"""a"} FILTER(' + "(" * 12_000 + "1" + ")" * 12_000 + ') } # \\z """'
    ),
    "hidden in a keyword": "ASK { FILTER(true-1<" + "(" * 12_000 + "1" + ")" * 12_000 + "+(2>1)) }",
    "hidden in names": "PREFIX ex: <a:b> ASK { FILTER(ex:" + "-1" * 20_000 + ") }",
    "hidden behind FILTER": (
        "PREFIX ex: <a:b> ASK { FILTERex:f(?a<" + "(" * 12_000 + "1" + ")" * 12_000 + ">1)) }"
    ),
}


@pytest.mark.parametrize("text", BEYOND.values(), ids=BEYOND)
def test_what_kills_the_engine_is_refused(engine: Engine, text: str) -> None:
    """The engine dies of each of these texts, however it is written; so it never gets them."""
    assert "" == engine.ask(text)
    with pytest.raises((QueryTooLarge, QuerySyntaxError)):
        inspect(text, LIMITS)


# Time


@pytest.mark.parametrize(
    "unit",
    ["(", "{", "[", "1+", "?s ?p ?o . ", "{} UNION ", "ex:a ", "<a:b> ", "'' ", "(1<a", "!(", "1 ",
     "/<a:b>|", "SERVICE <a:b> {} ", "SERVICE{", "# x\n", "ex:a.b ", "<<( ", "{ SELECT * "],
)  # fmt: skip
@pytest.mark.parametrize("start", ["PREFIX ex: <a:b> ASK { ", "PREFIX ex: <a:b> ASK { FILTER(1"])
def test_inspection_takes_linear_time(start: str, unit: str) -> None:
    """A query as long as is taken, of whatever kind, is looked at within two seconds."""
    text = (start + unit * LIMITS.query_bytes)[: LIMITS.query_bytes]

    before = time.process_time()
    with suppress(QueryNotAllowed, QuerySyntaxError, QueryTooLarge):
        inspect(text, LIMITS)

    assert time.process_time() - before < 2


@given(text=st.text())
def test_any_text_has_a_complexity(text: str) -> None:
    """Measuring never fails."""
    assert complexity(text).depth >= 0


# The W3C's queries


def test_w3c_queries_are_taken(shared: Path) -> None:
    """What the engine takes of the W3C's suite, inspection takes too, but for SERVICE."""
    refused = []
    for path in sorted((shared / "conformance" / "w3c-sparql11").rglob("*.rq")):
        text = path.read_text(encoding="utf-8")
        try:
            pyoxigraph.Store().query(text, base_iri="http://example.org/")
            inspect(text, LIMITS)
        except (SyntaxError, RuntimeError, OSError):
            continue
        except (QueryNotAllowed, QuerySyntaxError, QueryTooLarge) as error:
            refused.append((path.name, str(error)))

    assert len(refused) == 10
    assert all("service" in name and "SERVICE" in told for name, told in refused)
