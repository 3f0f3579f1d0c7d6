"""Which services may be asked: where a SERVICE clause hides, what is allowed, and by which way."""

from __future__ import annotations

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miwdap_kg.errors import (
    ConfigurationError,
    QueryEvaluationError,
    QueryNotAllowed,
    QuerySyntaxError,
)
from miwdap_kg.execution.addresses import is_loopback, is_public
from miwdap_kg.execution.inspection import QueryLimits, inspect
from miwdap_kg.execution.service import Address, ServicePolicy, ServicePrefix

LIMITS = QueryLimits()
GATEWAY = "http://127.0.0.1:4711/secret"
POLICY = ServicePolicy(("http://e.org/", "https://a.example/sparql"), GATEWAY)
PREFIX = "PREFIX ex: <http://e.org/>\n"
CLAUSE = "<http://e.org/sparql> { ?a ?b ?c }"


def run_text(text: str, policy: ServicePolicy = POLICY) -> str:
    return inspect(text, LIMITS, policy).text


# Where a clause hides

PLAIN = {
    "plain": f"SELECT * {{ SERVICE {CLAUSE} }}",
    "lower case": f"SELECT * {{ service {CLAUSE} }}",
    "mixed case": f"SELECT * {{ sErViCe {CLAUSE} }}",
    "silent": f"SELECT * {{ SERVICE SILENT {CLAUSE} }}",
    "new line": f"SELECT * {{ SERVICE\n\n{CLAUSE} }}",
    "comment between": f"SELECT * {{ SERVICE # here\n{CLAUSE} }}",
    "no space": f"SELECT * {{ SERVICE{CLAUSE} }}",
    "in a subquery": f"SELECT * {{ {{ SELECT * {{ SERVICE {CLAUSE} }} }} }}",
    "in EXISTS": f"SELECT * {{ FILTER EXISTS {{ SERVICE {CLAUSE} }} }}",
    "in the projection": f"SELECT (EXISTS {{ SERVICE {CLAUSE} }} AS ?x) {{}}",
    "after less-than": f"SELECT * {{ FILTER(1 < 2) SERVICE {CLAUSE} }}",
    "between less and greater": f"SELECT * {{ FILTER(?a<?b) SERVICE {CLAUSE} FILTER(?c>?d) }}",
    "after a number": f"SELECT * {{ ?s ?p 1SERVICE {CLAUSE} }}",
    "after a decimal": f"SELECT * {{ ?s ?p 1.5SERVICE {CLAUSE} }}",
    "after a double": f"SELECT * {{ ?s ?p 1e5SERVICE {CLAUSE} }}",
    "after a full stop": f"SELECT * {{ ?s ?p true.SERVICE {CLAUSE} }}",
    "name": f"{PREFIX}SELECT * {{ SERVICE ex:sparql {{ ?a ?b ?c }} }}",
    "name with a glued prefix": "PREFIXex:<http://e.org/>ASK{SERVICE ex:sparql { ?a ?b ?c }}",
    "comment after less-than": (
        f'SELECT * {{ ?a ?p ?o FILTER(?a <#> """\n ?b) SERVICE {CLAUSE} #"""\n }}'
    ),
    "string after less-than": (
        f"SELECT * {{ ?a ?p ?o FILTER(?a <'>\"\"\"' ) SERVICE {CLAUSE} #\"\"\"\n }}"
    ),
    "comment in an escaped IRI": f"SELECT * {{ ?s ?p <http://e.org/\\u0041#> SERVICE {CLAUSE} }}",
    "comment in an oddly escaped IRI": (
        f"SELECT * {{ ?s ?p <http://e.org/\\u+041#> SERVICE {CLAUSE} }}"
    ),
    "unclosed long string": f'SELECT * {{ VALUES ?x {{"""abc"}} SERVICE {CLAUSE} }}',
    "long string with a wrong escape": (
        f'SELECT * {{ VALUES ?x {{"""a"}} SERVICE {CLAUSE} # \\z """\n}}'
    ),
    "long string with half a character": (
        f"SELECT * {{ VALUES ?x {{'''a'}} SERVICE {CLAUSE} # \\uD800 '''\n}}"
    ),
}  # fmt: skip
UNCLEAR = {
    "variable": "SELECT * { SERVICE ?x { ?a ?b ?c } }",
    "silent variable": "SELECT * { SERVICE SILENT $x { ?a ?b ?c } }",
    "variable in a subquery": "ASK { { SELECT ?x { SERVICE ?x { ?a ?b ?c } } } }",
    "after a boolean": f"SELECT * {{ ?s ?p trueSERVICE {CLAUSE} }}",
    "glued SILENT": f"SELECT * {{ SERVICESILENT {CLAUSE} }}",
    "glued SILENT and empty prefix": (
        "PREFIX : <http://e.org/>\nSELECT * { SERVICE SILENT:x { ?a ?b ?c } }"
    ),
    "glued empty prefix": "PREFIX : <http://e.org/>\nSELECT * { SERVICE:x { ?a ?b ?c } }",
    "glued name that is declared": (
        f"PREFIX SERVICEex: <a:b>\n{PREFIX}SELECT * {{ SERVICEex:x {{ ?a ?b ?c }} }}"
    ),
    "nested": f"SELECT * {{ SERVICE <http://e.org/a> {{ SERVICE {CLAUSE} }} }}",
    "nested and silent": (
        f"ASK {{ SERVICE <http://e.org/a> {{ {{ }} UNION {{ SERVICE SILENT {CLAUSE} }} }} }}"
    ),
    "nested variable": "ASK { SERVICE <http://e.org/a> { ?a ?b ?c SERVICE ?c { } } }",
}
MISREAD = {
    "glued name": f"{PREFIX}SELECT * {{ SERVICEex:x {{ ?a ?b ?c }} }}",
    "name with two dots": f"{PREFIX}SELECT * {{ ?s ?p ex:a.b.SERVICE {CLAUSE} }}",
    "name of no IRI": (f"PREFIX ex: <http://e.org:80>\nSELECT * {{ ?s ?p ex:SERVICE {CLAUSE} }}"),
    "name of no IRI, glued": (
        f"{PREFIX}PREFIX b: <http://e.org/#>\nSELECT * {{ ?s ?p b:SERVICEex:a\\#b {{ ?a ?b ?c }} }}"
    ),
    "name with a character of no IRI": (
        f"{PREFIX}PREFIX \ufffd: <http://e.org/>\nASK {{ ?s ?p ex:SERVICE\ufffd:b {{ ?a ?b ?c }} }}"
    ),
}
HIDDEN = {**PLAIN, **UNCLEAR, **MISREAD}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_service_is_found_and_refused(text: str) -> None:
    """A SERVICE clause is found wherever it hides, and refused where none is allowed."""
    with pytest.raises((QueryNotAllowed, QuerySyntaxError)):
        inspect(text, LIMITS)


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_hidden_service_is_one_for_the_engine(text: str) -> None:
    """The engine takes each of these texts for a query, so that each would reach another server."""
    harmless = text.replace("http://e.org/", "http://127.0.0.1:9/")
    harmless = harmless.replace("http://e.org:80", "http://127.0.0.1:80")

    try:
        pyoxigraph.Store().query(harmless)
        is_query = True
    except (OSError, RuntimeError):
        is_query = True
    except SyntaxError:
        is_query = False

    assert is_query


@pytest.mark.parametrize("text", [*UNCLEAR.values(), *MISREAD.values()], ids=UNCLEAR | MISREAD)
def test_service_that_is_not_clear_is_always_refused(text: str) -> None:
    """Even where services are allowed, it must be plain which one is asked."""
    with pytest.raises((QueryNotAllowed, QuerySyntaxError)):
        run_text(text)


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_allowed_service_is_asked_through_the_gateway(text: str) -> None:
    """Of an allowed clause, the engine gets the gateway's address in place of the service's."""
    to_run = run_text(text)

    way = f"<{GATEWAY}?iri=http%3A%2F%2Fe.org%2Fsparql>"
    assert to_run in (
        text.replace("<http://e.org/sparql>", way),
        text.replace("SERVICE ex:sparql", f"SERVICE {way}"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service { ?service ?p ?o }",
        "SELECT * { ?s ?p 'SERVICE <http://e.org/> {}' }",
        'SELECT * { ?s ?p """\nSERVICE <http://e.org/> {}\n""" }',
        "SELECT * {} # SERVICE <http://e.org/> {}",
        "SELECT * { ?s <http://e.org/SERVICE> ?o }",
        "PREFIX service: <http://e.org/>\nSELECT * { ?s service:kind service:SERVICE }",
        "PREFIX service: <http://e.org/>\nSELECT * { GRAPH service:g { ?s ?p ?o } }",
        "PREFIX service: <http://e.org/>\nASK FROM service:g { ?s ?p ?o }",
        f"{PREFIX}SELECT * {{ ?s ex:SERVICE ?o {{ ?a ?b ?c }} }}",
        f"{PREFIX}SELECT * {{ ?s ?p _:service ; ex:p 'x'@service }}",
        "SELECT * { ?s <http://e.org/#p> 'a service' FILTER(?s != <http://e.org/#s>) }",
        "SELECT * { VALUES ?x { 'service' <http://e.org/#s> } }",
    ],
)
@pytest.mark.parametrize("policy", [ServicePolicy(), POLICY], ids=["refused", "allowed"])
def test_the_mere_word_service_is_no_clause(text: str, policy: ServicePolicy) -> None:
    """Variables, strings, comments, IRIs and names may hold the word."""
    assert text == run_text(text, policy)


# What is allowed


def test_two_services_are_both_rewritten() -> None:
    """Each clause has its own service; what is no clause stays as it is."""
    text = (
        f"{PREFIX}BASE <http://e.org/b/>\nSELECT * {{ ?s <http://e.org/a> 'SERVICE' "
        "SERVICE <c?d=e&f#g> { ?s ex:p <http://e.org/a> } SERVICE SILENT ex:h { ?a ?b ?c } }"
    )

    with pytest.raises(QueryNotAllowed):
        run_text(text)

    assert run_text(text.replace("#g", "")) == (
        f"{PREFIX}BASE <http://e.org/b/>\nSELECT * {{ ?s <http://e.org/a> 'SERVICE' "
        f"SERVICE <{GATEWAY}?iri=http%3A%2F%2Fe.org%2Fb%2Fc%3Fd%3De%26f> "
        f"{{ ?s ex:p <http://e.org/a> }} SERVICE SILENT <{GATEWAY}?iri=http%3A%2F%2Fe.org%2Fh> "
        "{ ?a ?b ?c } }"
    )


@pytest.mark.parametrize(
    ("text", "policy", "message"),
    [
        (
            f"ASK {{ SERVICE {CLAUSE} }}",
            ServicePolicy(),
            "The query has a SERVICE clause, which would make this endpoint ask another server. "
            "Run it in a federation engine of your own, or load both dumps into one store.",
        ),
        (
            f"ASK {{ SERVICE {CLAUSE} }}",
            ServicePolicy(("http://e.org/",)),
            "The query has a SERVICE clause, which would make this endpoint ask another server. "
            "Run it in a federation engine of your own, or load both dumps into one store.",
        ),
        (
            "ASK { SERVICE <http://f.org/sparql> { } }",
            POLICY,
            "SERVICE <http://f.org/sparql> is none of those that this endpoint may ask: "
            "http://e.org/, https://a.example/sparql. "
            "Run the query in a federation engine of your own.",
        ),
        (
            "ASK { SERVICE SILENT ?x { } }",
            POLICY,
            "SERVICE ?x leaves it to the data whom to ask, which is never done here. "
            "Name the service by its IRI.",
        ),
        (
            "ASK { SERVICE <http://e.org/a> { SERVICE <http://e.org/b> { } } }",
            POLICY,
            "A SERVICE clause stands inside another one. This endpoint would have to vouch for "
            "what the other server asks. Ask each service in a clause of its own.",
        ),
        (
            "ASK { ?s ?p trueSERVICE <http://e.org/a> { } }",
            POLICY,
            "It is not clear which service the query asks. Write SERVICE as a word of its own, "
            "and the service as an IRI in angle brackets behind it.",
        ),
    ],
    ids=["none allowed", "no gateway", "another", "variable", "nested", "unclear"],
)
def test_refusal_says_why_and_what_to_do(text: str, policy: ServicePolicy, message: str) -> None:
    """A clause that is refused is told with its reason and another way."""
    with pytest.raises(QueryNotAllowed) as caught:
        run_text(text, policy)

    assert message == str(caught.value)


@pytest.mark.parametrize(
    ("prefix", "iri", "fits"),
    [
        ("https://a.example", "https://a.example", True),
        ("https://a.example", "https://a.example/sparql?query=x", True),
        ("https://a.example/", "https://A.EXAMPLE:443/sparql", True),
        ("https://a.example:443", "https://a.example/sparql", True),
        ("https://a.example/sparql", "https://a.example/sparql", True),
        ("https://a.example/sparql", "https://a.example/sparql?x=/../y", True),
        ("https://a.example/sparql", "https://a.example/sparql/", True),
        ("https://a.example/sparql/", "https://a.example/sparql/b", True),
        ("http://[2001:db8::1]:80/x", "http://[2001:db8::1]/x", True),
        ("https://a.example/sparql/", "https://a.example/sparql", False),
        ("https://a.example/sparql", "https://a.example/sparql2", False),
        ("https://a.example/sparql", "https://a.example/", False),
        ("https://a.example/sparql", "https://a.example.evil.example/sparql", False),
        ("https://a.example/sparql", "https://a.example@evil.example/sparql", False),
        ("https://a.example", "https://user:password@a.example/", False),
        ("https://a.example", "https://a.example./", False),
        ("https://a.example", "https://b.a.example/", False),
        ("https://a.example", "http://a.example/", False),
        ("https://a.example", "https://a.example:8443/", False),
        ("https://a.example/sparql", "https://a.example/sparql/../admin", False),
        ("https://a.example/sparql", "https://a.example/sparql/%2E%2e/admin", False),
        ("https://a.example/sparql", "https://a.example/./sparql", False),
        ("https://a.example/sparql", "https://a.example\\@evil.example/sparql", False),
        ("https://a.example", "https://a.example/#fragment", False),
        ("https://a.example", "https://a.example/a b", False),
        ("https://a.example", "//a.example/", False),
        ("https://a.example", "https:a.example", False),
        ("https://a.example", "urn:https://a.example/", False),
        ("https://a.example", "https://a.example:99999/", False),
        ("https://a.example", "https://[a.example/", False),
        ("https://a.example", "https://a\uff0eexample/", False),
    ],
)
def test_prefix_fits_whole_parts_alone(prefix: str, iri: str, fits: bool) -> None:
    """A prefix means its scheme, host and port, and whole steps of the path."""
    assert fits == ServicePrefix.of(prefix).fits(iri)


@pytest.mark.parametrize(
    "written",
    ["", "a.example", "ftp://a.example", "https://", "https:///x", "https://u:p@a.example",
     "https://a.example/?x=1", "https://a.example/#x", "https://a.example/../x", "https://ä.example"],
)  # fmt: skip
def test_prefix_that_is_none_is_refused(written: str) -> None:
    """A prefix needs http or https and a host, and has no password, query or fragment."""
    with pytest.raises(ConfigurationError) as caught:
        ServicePolicy((written,))

    assert str(caught.value) == (
        f"'{written}' is no prefix of services that may be asked. Write one such as "
        "https://example.org/sparql, with http or https, a host, and a path at most."
    )


@given(text=st.text(alphabet="htps:/@#?.%2e\\[]aA1 \t\n", max_size=40))
def test_any_address_is_read_or_none(text: str) -> None:
    """Reading an address never fails, and never makes up a host."""
    address = Address.of(f"http://{text}")

    assert address is None or address.host.lower() in text.lower()


def test_address_is_written_in_ascii() -> None:
    """An IRI is sent as the URI that it stands for."""
    address = Address.of("http://e.org:8080/検索?q=東京%20x&y='z'")

    assert address is not None
    assert "e.org:8080" == address.authority
    assert "/%E6%A4%9C%E7%B4%A2?q=%E6%9D%B1%E4%BA%AC%20x&y='z'" == address.target


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("127.255.255.254", False),
        ("168.63.129.16", False),
        ("169.254.169.254", False),
        ("172.16.0.1", False),
        ("172.31.255.255", False),
        ("192.0.0.1", False),
        ("192.0.2.1", False),
        ("192.88.99.1", False),
        ("192.168.0.1", False),
        ("198.18.0.1", False),
        ("203.0.113.1", False),
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::127.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", False),
        ("::ffff:0:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::a00:1", False),
        ("100::1", False),
        ("2001::1", False),
        ("2001:db8::1", False),
        ("2002:7f00:1::", False),
        ("fc00::1", False),
        ("fd12:3456::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    """Only a single address of the public network is one that is asked."""
    assert public == is_public(address)


def test_loopback_addresses() -> None:
    """This machine is known by its own addresses."""
    assert ["127.0.0.1", "127.9.9.9", "::1"] == [
        each for each in ("127.0.0.1", "127.9.9.9", "::1", "10.0.0.1", "x") if is_loopback(each)
    ]


# What fails


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (
            f"Error 502 Bad Gateway returned by {GATEWAY}?iri=http%3A%2F%2Fe.org%2F "
            "with payload:\nSERVICE <http://e.org/> gave no answer: it took too long.",
            "SERVICE <http://e.org/> gave no answer: it took too long.",
        ),
        (
            f"Something returned by <{GATEWAY}?iri=http%3A%2F%2Fe.org%2F>: text/html",
            "Something returned by <http://e.org/>: text/html",
        ),
        ("Unexpected char", "Unexpected char (It asks SERVICE <http://e.org/sparql>.)"),
    ],
)
@pytest.mark.parametrize("kind", [OSError, QueryEvaluationError])
def test_failure_names_the_service_and_not_the_gateway(
    kind: type[Exception], problem: str, told: str
) -> None:
    """What the engine says of the gateway is told as of the service."""
    text = PLAIN["plain"]

    with (
        pytest.raises(QueryEvaluationError) as caught,
        POLICY.explained(text, run_text(text)),
    ):
        raise kind(problem)

    assert f"The engine could not evaluate the query: {told}" == str(caught.value)
    assert "secret" not in str(caught.value)


def test_failure_of_the_output_stays_what_it_is() -> None:
    """A pipe that nobody reads is no matter of the service."""
    text = PLAIN["plain"]

    with pytest.raises(BrokenPipeError), POLICY.explained(text, run_text(text)):
        raise BrokenPipeError(32, "Broken pipe")


def test_syntax_error_is_told_of_the_text_that_was_asked() -> None:
    """Line and column are those of the query before its service was replaced."""
    text = f"ASK {{ SERVICE {CLAUSE} }} LIMIT ten"
    run = run_text(text)

    with pytest.raises(QuerySyntaxError) as caught, POLICY.explained(text, run):
        raise QuerySyntaxError("wrong", line=9, column=9)

    assert (1, text.index("ten") + 1) == (caught.value.line, caught.value.column)
