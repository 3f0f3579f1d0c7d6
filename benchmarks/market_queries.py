"""The questions of a shopper in the made-up market, in the mix of the Berlin SPARQL Benchmark.

The mix is that of its use case “explore”: 25 questions of eleven kinds, each as often as there; the
texts are ours. Every question has a number in it that changes, so that no two are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from benchmarks.asking import JSON, NUMBER, TURTLE, Request
from benchmarks.market import BSBM, COUNTRIES, MARKET, Market, Product, day

__all__ = ["KINDS", "SHARES", "mix", "one_of_each"]

_PREFIXES: Final = f"""\
PREFIX bsbm: <{BSBM}>
PREFIX dc: <http://purl.org/dc/elements/1.1/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX rev: <http://purl.org/stuff/rev#>
PREFIX schema: <http://schema.org/>
"""
_NONE: Final = f"<{MARKET}none-{NUMBER}>"

SHARES: Final[Mapping[str, int]] = {
    "find": 1,
    "details": 6,
    "without": 1,
    "either": 1,
    "similar": 2,
    "overview": 4,
    "reviews": 2,
    "reviewer": 4,
    "cheap": 2,
    "offer": 1,
    "export": 1,
}
"""How often each kind of question is in one mix."""


def mix(market: Market, *, mixes: int, seed: int = 1) -> list[Request]:
    """Return the questions of so many mixes, each mix in an order of its own."""
    random = Random(f"{seed} mix")
    found = []
    for _ in range(mixes):
        names = [name for name, share in SHARES.items() for _ in range(share)]
        random.shuffle(names)
        found += [KINDS[name](market, random) for name in names]
    return found


def one_of_each(market: Market, *, seed: int = 2) -> dict[str, Request]:
    """Return one question of each kind."""
    random = Random(f"{seed} each")
    return {name: kind(market, random) for name, kind in KINDS.items()}


def _a_product(market: Market, random: Random) -> Product:
    return market.product(random.randrange(market.products))


def _product(product: Product) -> str:
    return f"<{MARKET}product{product.number}>"


def _features(product: Product, random: Random, count: int) -> list[str]:
    # Those of the wider type, which more products have.
    return [f"<{MARKET}{each}>" for each in random.sample(product.features[8:18], count)]


def _country(random: Random) -> str:
    return f"<{MARKET}country/{random.choice(COUNTRIES)}>"


def _a_day(random: Random) -> str:
    return f'"{day(random.randrange(100, 400))}"^^<http://www.w3.org/2001/XMLSchema#date>'


def _select(body: str) -> Request:
    return Request(_PREFIXES + "SELECT " + body, JSON)


def _construct(body: str) -> Request:
    return Request(_PREFIXES + "CONSTRUCT " + body, TURTLE)


def _find(market: Market, random: Random) -> Request:
    product = _a_product(market, random)
    one, two = _features(product, random, 2)
    return _select(
        f"DISTINCT ?product ?label WHERE {{ ?product a <{MARKET}type{product.types[1]}> ; "
        f"rdfs:label ?label ; bsbm:productFeature {one} , {two} ; "
        f"bsbm:productPropertyNumeric1 ?value . "
        f"FILTER (?value > {product.numeric1 // 2} && ?product != {_NONE}) }} "
        "ORDER BY ?label ?product LIMIT 10"
    )


def _details(market: Market, random: Random) -> Request:
    product = _product(_a_product(market, random))
    return _select(
        "?label ?comment ?producer ?feature ?text1 ?text2 ?number1 ?number2 ?text4 WHERE { "
        f"{product} rdfs:label ?label ; rdfs:comment ?comment ; bsbm:producer ?p ; "
        "dc:publisher ?p ; bsbm:productFeature ?f ; bsbm:productPropertyTextual1 ?text1 ; "
        "bsbm:productPropertyTextual2 ?text2 ; bsbm:productPropertyNumeric1 ?number1 ; "
        "bsbm:productPropertyNumeric2 ?number2 . ?p rdfs:label ?producer . "
        "?f rdfs:label ?feature . "
        f"OPTIONAL {{ {product} bsbm:productPropertyTextual4 ?text4 }} "
        f"FILTER (?f != {_NONE}) }}"
    )


def _without(market: Market, random: Random) -> Request:
    product = _a_product(market, random)
    wanted, unwanted = _features(product, random, 2)
    return _select(
        f"?product ?label WHERE {{ ?product a <{MARKET}type{product.types[1]}> ; "
        f"rdfs:label ?label ; bsbm:productFeature {wanted} ; "
        "bsbm:productPropertyNumeric1 ?one ; bsbm:productPropertyNumeric3 ?three . "
        f"FILTER (?one > {random.randrange(1, 500)} && ?three < {random.randrange(1200, 2000)}) "
        f"FILTER NOT EXISTS {{ ?product bsbm:productFeature {unwanted} }} "
        f"FILTER (?product != {_NONE}) }} ORDER BY ?label ?product LIMIT 10"
    )


def _either(market: Market, random: Random) -> Request:
    product = _a_product(market, random)
    both, one, two = _features(product, random, 3)
    kind = f"<{MARKET}type{product.types[1]}>"
    half = (
        "{{ ?product a {kind} ; rdfs:label ?label ; bsbm:productFeature {both} , {one} ; "
        "bsbm:productPropertyNumeric{which} ?value . FILTER (?value > {least}) }}"
    )
    first = half.format(kind=kind, both=both, one=one, which=1, least=random.randrange(1, 900))
    second = half.format(kind=kind, both=both, one=two, which=2, least=random.randrange(1, 900))
    return _select(
        f"DISTINCT ?product ?label WHERE {{ {first} UNION {second} "
        f"FILTER (?product != {_NONE}) }} ORDER BY ?label ?product OFFSET 5 LIMIT 10"
    )


def _similar(market: Market, random: Random) -> Request:
    product = _product(_a_product(market, random))
    return _select(
        f"DISTINCT ?product ?label WHERE {{ {product} bsbm:productFeature ?feature ; "
        "bsbm:productPropertyNumeric1 ?own1 ; bsbm:productPropertyNumeric2 ?own2 . "
        "?product bsbm:productFeature ?feature ; rdfs:label ?label ; "
        "bsbm:productPropertyNumeric1 ?one ; bsbm:productPropertyNumeric2 ?two . "
        "FILTER (?one > ?own1 - 120 && ?one < ?own1 + 120) "
        "FILTER (?two > ?own2 - 170 && ?two < ?own2 + 170) "
        f"FILTER (?product != {product} && ?product != {_NONE}) }} "
        "ORDER BY ?label ?product LIMIT 5"
    )


def _overview(market: Market, random: Random) -> Request:
    product = _product(_a_product(market, random))
    return _select(
        "?label ?offer ?price ?vendor ?review ?title ?reviewer ?rating1 ?rating2 WHERE { "
        f"{product} rdfs:label ?label . "
        f"OPTIONAL {{ ?offer bsbm:product {product} ; bsbm:price ?price ; bsbm:vendor ?v ; "
        f"bsbm:validTo ?end . ?v rdfs:label ?vendor ; bsbm:country {_country(random)} . "
        f"FILTER (?end > {_a_day(random)}) }} "
        f"OPTIONAL {{ ?review bsbm:reviewFor {product} ; rev:reviewer ?person ; dc:title ?title . "
        "?person foaf:name ?reviewer . OPTIONAL { ?review bsbm:rating1 ?rating1 } "
        "OPTIONAL { ?review bsbm:rating2 ?rating2 } } "
        f"FILTER (?label != STR({_NONE})) }}"
    )


def _reviews(market: Market, random: Random) -> Request:
    product = _product(_a_product(market, random))
    return _select(
        f"?title ?text ?date ?review ?name ?rating1 ?rating2 WHERE {{ "
        f"?review bsbm:reviewFor {product} ; dc:title ?title ; rev:text ?text ; "
        "bsbm:reviewDate ?date ; rev:reviewer ?reviewer . ?reviewer foaf:name ?name . "
        'FILTER (LANGMATCHES(LANG(?text), "en")) '
        "OPTIONAL { ?review bsbm:rating1 ?rating1 } OPTIONAL { ?review bsbm:rating2 ?rating2 } "
        f"FILTER (?review != {_NONE}) }} ORDER BY DESC(?date) ?review LIMIT 20"
    )


def _reviewer(market: Market, random: Random) -> Request:
    review = f"<{MARKET}review{random.randrange(market.products)}-{random.randrange(2)}>"
    return _construct(
        f"{{ ?person ?property ?value }} WHERE {{ {review} rev:reviewer ?person . "
        f"?person ?property ?value . FILTER (?person != {_NONE}) }}"
    )


def _cheap(market: Market, random: Random) -> Request:
    product = _product(_a_product(market, random))
    return _select(
        f"DISTINCT ?offer ?price WHERE {{ ?offer bsbm:product {product} ; bsbm:vendor ?vendor ; "
        "dc:publisher ?vendor ; bsbm:deliveryDays ?days ; bsbm:price ?price ; "
        f"bsbm:validTo ?end . ?vendor bsbm:country {_country(random)} . "
        f"FILTER (?days <= 7 && ?end > {_a_day(random)} && ?offer != {_NONE}) }} "
        "ORDER BY ?price ?offer LIMIT 10"
    )


def _offer_iri(market: Market, random: Random) -> str:
    return f"<{MARKET}offer{random.randrange(market.products)}-{random.randrange(10)}>"


def _offer(market: Market, random: Random) -> Request:
    offer = _offer_iri(market, random)
    return _select(
        f"?property ?value ?of WHERE {{ {{ {offer} ?property ?value }} "
        f"UNION {{ ?of ?property {offer} }} FILTER (?property != {_NONE}) }}"
    )


def _export(market: Market, random: Random) -> Request:
    offer = _offer_iri(market, random)
    return _construct(
        f"{{ {offer} schema:itemOffered ?product ; schema:seller ?vendor ; schema:price ?price ; "
        "schema:availabilityEnds ?end ; schema:name ?label . ?vendor schema:name ?name ; "
        f"schema:url ?page }} WHERE {{ {offer} bsbm:product ?product ; bsbm:vendor ?vendor ; "
        "bsbm:price ?price ; bsbm:validTo ?end . ?product rdfs:label ?label . "
        "?vendor rdfs:label ?name ; foaf:homepage ?page . "
        f"FILTER (?product != {_NONE}) }}"
    )


KINDS: Final[Mapping[str, Callable[[Market, Random], Request]]] = {
    "find": _find,
    "details": _details,
    "without": _without,
    "either": _either,
    "similar": _similar,
    "overview": _overview,
    "reviews": _reviews,
    "reviewer": _reviewer,
    "cheap": _cheap,
    "offer": _offer,
    "export": _export,
}
"""What makes each kind of question, with parameters drawn from the market."""
