"""Writes the data of a made-up market, products, offers and reviews, from one seed.

The terms are those of the Berlin SPARQL Benchmark; the generator and all that it makes up are ours.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import IO, Final, cast

__all__ = ["BSBM", "COUNTRIES", "FIRST_DAY", "LANGUAGES", "MARKET", "Market", "Product", "day"]

BSBM: Final = "http://www4.wiwiss.fu-berlin.de/bizer/bsbm/v01/vocabulary/"
MARKET: Final = "http://market.example/"
FIRST_DAY: Final = date(2020, 5, 1)
COUNTRIES: Final = ("JP", "US", "VN", "KE")
LANGUAGES: Final = ("en", "ja", "de", "fr")

_RDF_TYPE: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_LABEL: Final = "<http://www.w3.org/2000/01/rdf-schema#label>"
_COMMENT: Final = "<http://www.w3.org/2000/01/rdf-schema#comment>"
_SUBCLASS: Final = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
_PUBLISHER: Final = "<http://purl.org/dc/elements/1.1/publisher>"
_DATE: Final = "<http://purl.org/dc/elements/1.1/date>"
_TITLE: Final = "<http://purl.org/dc/elements/1.1/title>"
_NAME: Final = "<http://xmlns.com/foaf/0.1/name>"
_HOMEPAGE: Final = "<http://xmlns.com/foaf/0.1/homepage>"
_MAIL: Final = "<http://xmlns.com/foaf/0.1/mbox_sha1sum>"
_PERSON: Final = "<http://xmlns.com/foaf/0.1/Person>"
_REV: Final = "http://purl.org/stuff/rev#"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"

_TRIPLES_EACH: Final = 336
_PRODUCTS_OF_A_TYPE: Final = 45
_FEATURES_OF_A_TYPE: Final = 30
# A product has many features in common with its like, and few with all others.
_FEATURES_EACH: Final = (8, 10, 2)
_SYLLABLES: Final = (
    "ka mi to ra ne so lu ve ni do ba re shi mo ta qui sen or an el ti gu pa".split()
)
_KANA: Final = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ"


@dataclass(frozen=True, slots=True)
class Product:
    """What queries need to know of a product: its number, its types, its features, a measure."""

    number: int
    types: tuple[int, ...]
    features: tuple[str, ...]
    numeric1: int


@dataclass(frozen=True, slots=True)
class Market:
    """A market with so many products; the same seed makes the same one."""

    products: int
    seed: int = 20200501

    @classmethod
    def of_triples(cls, triples: int, *, seed: int = 20200501) -> Market:
        """Return the market that has about so many triples."""
        return cls(max(10, triples // _TRIPLES_EACH), seed)

    @property
    def leaves(self) -> int:
        """The number of product types that have no narrower one."""
        return max(4, self.products // _PRODUCTS_OF_A_TYPE)

    @property
    def vendors(self) -> int:
        """The number of vendors."""
        return max(8, self.products // 100)

    @property
    def producers(self) -> int:
        """The number of producers."""
        return max(4, self.products // 50)

    @property
    def reviewers(self) -> int:
        """The number of people who review."""
        return max(10, self.products // 2)

    def product(self, number: int) -> Product:
        """Return what queries need to know of a product."""
        return self._start(number)[0]

    def write(self, target: Path) -> int:
        """Write all as N-Triples, compressed when the name ends with `.gz`; return how many."""
        count = 0
        with _open(target) as file:
            for block in self.blocks():
                count += block.count("\n")
                file.write(block.encode())
        return count

    def blocks(self) -> Iterator[str]:
        """Yield the triples, some at a time, as lines of N-Triples."""
        random = Random(f"{self.seed} market")
        words = _words(random)
        yield from self._types(random, words)
        yield from self._companies(random, words)
        for number in range(self.reviewers):
            yield self._reviewer(number, random, words)
        for number in range(self.products):
            yield from self._product(number, words)

    def _start(self, number: int) -> tuple[Product, Random]:
        # The first draws are the product's own, so that a query can know them without the rest.
        random = Random(f"{self.seed} product {number}")
        leaf = number % self.leaves
        types = (2 + self._inner + leaf, 2 + leaf % self._inner, 1)
        features = []
        for kind, count in zip(types, _FEATURES_EACH, strict=True):
            chosen = random.sample(range(_FEATURES_OF_A_TYPE), count)
            features += [f"feature{kind}-{each}" for each in sorted(chosen)]
        return Product(number, types, tuple(features), random.randrange(1, 2001)), random

    @property
    def _inner(self) -> int:
        return max(2, self.leaves // 8)

    def _types(self, random: Random, words: _Words) -> Iterator[str]:
        for kind in range(1, 2 + self._inner + self.leaves):
            node = f"<{MARKET}type{kind}>"
            lines = [
                f"{node} {_RDF_TYPE} <{BSBM}ProductType> .\n",
                f'{node} {_LABEL} "{words.some(random, 1, 2)}"@en .\n',
            ]
            if kind > 1:
                leaf = kind - 2 - self._inner
                parent = 1 if leaf < 0 else 2 + leaf % self._inner
                lines.append(f"{node} {_SUBCLASS} <{MARKET}type{parent}> .\n")
            for each in range(_FEATURES_OF_A_TYPE):
                feature = f"<{MARKET}feature{kind}-{each}>"
                lines.append(f"{feature} {_RDF_TYPE} <{BSBM}ProductFeature> .\n")
                lines.append(f'{feature} {_LABEL} "{words.some(random, 1, 3)}"@en .\n')
            yield "".join(lines)

    def _companies(self, random: Random, words: _Words) -> Iterator[str]:
        for kind, count in (("Producer", self.producers), ("Vendor", self.vendors)):
            for number in range(count):
                node = f"<{MARKET}{kind.lower()}{number}>"
                country = COUNTRIES[number % len(COUNTRIES)]
                yield (
                    f"{node} {_RDF_TYPE} <{BSBM}{kind}> .\n"
                    f'{node} {_LABEL} "{words.some(random, 1, 2)}"@en .\n'
                    f'{node} {_COMMENT} "{words.some(random, 10, 25)}"@en .\n'
                    f"{node} {_HOMEPAGE} <http://www.{kind.lower()}{number}.example/> .\n"
                    f"{node} <{BSBM}country> <{MARKET}country/{country}> .\n"
                )

    def _reviewer(self, number: int, random: Random, words: _Words) -> str:
        node = f"<{MARKET}reviewer{number}>"
        country = COUNTRIES[random.randrange(len(COUNTRIES))]
        return (
            f"{node} {_RDF_TYPE} {_PERSON} .\n"
            f'{node} {_NAME} "{words.some(random, 2, 2)}" .\n'
            f'{node} {_MAIL} "{random.getrandbits(160):040x}" .\n'
            f"{node} <{BSBM}country> <{MARKET}country/{country}> .\n"
            f'{node} {_DATE} "{day(random.randrange(700))}"^^<{_XSD}date> .\n'
        )

    def _product(self, number: int, words: _Words) -> Iterator[str]:
        product, random = self._start(number)
        node = f"<{MARKET}product{number}>"
        producer = f"<{MARKET}producer{random.randrange(self.producers)}>"
        lines = [
            f"{node} {_RDF_TYPE} <{BSBM}Product> .\n",
            f'{node} {_LABEL} "{words.some(random, 2, 3)}" .\n',
            f'{node} {_COMMENT} "{words.some(random, 15, 40)}"@en .\n',
            f"{node} <{BSBM}producer> {producer} .\n",
            f"{node} {_PUBLISHER} {producer} .\n",
            f'{node} {_DATE} "{day(random.randrange(700))}"^^<{_XSD}date> .\n',
        ]
        lines += [f"{node} {_RDF_TYPE} <{MARKET}type{kind}> .\n" for kind in product.types]
        lines += [f"{node} <{BSBM}productFeature> <{MARKET}{it}> .\n" for it in product.features]
        numerics = (product.numeric1, random.randrange(1, 2001), random.randrange(1, 2001))
        for position, value in enumerate(numerics, 1):
            name = f"<{BSBM}productPropertyNumeric{position}>"
            lines.append(f'{node} {name} "{value}"^^<{_XSD}integer> .\n')
        for position in (1, 2, 3, *((4,) if random.random() < 0.5 else ())):
            name = f"<{BSBM}productPropertyTextual{position}>"
            lines.append(f'{node} {name} "{words.some(random, 3, 12)}" .\n')
        yield "".join(lines)
        yield from (self._offer(product, each, random) for each in range(random.randint(10, 30)))
        yield from (
            self._review(product, each, random, words) for each in range(random.randint(2, 18))
        )

    def _offer(self, product: Product, number: int, random: Random) -> str:
        node = f"<{MARKET}offer{product.number}-{number}>"
        vendor = f"<{MARKET}vendor{random.randrange(self.vendors)}>"
        begin = random.randrange(700)
        price = f"{random.randrange(500, 1_000_000) / 100:.2f}"
        return (
            f"{node} {_RDF_TYPE} <{BSBM}Offer> .\n"
            f"{node} <{BSBM}product> <{MARKET}product{product.number}> .\n"
            f"{node} <{BSBM}vendor> {vendor} .\n"
            f'{node} <{BSBM}price> "{price}"^^<{_XSD}double> .\n'
            f'{node} <{BSBM}validFrom> "{day(begin)}"^^<{_XSD}date> .\n'
            f'{node} <{BSBM}validTo> "{day(begin + random.randrange(7, 90))}"^^<{_XSD}date> .\n'
            f'{node} <{BSBM}deliveryDays> "{random.randrange(1, 15)}"^^<{_XSD}integer> .\n'
            f"{node} <{BSBM}offerWebpage> <http://www.offers.example/{product.number}/{number}> .\n"
            f"{node} {_PUBLISHER} {vendor} .\n"
            f'{node} {_DATE} "{day(begin)}"^^<{_XSD}date> .\n'
        )

    def _review(self, product: Product, number: int, random: Random, words: _Words) -> str:
        node = f"<{MARKET}review{product.number}-{number}>"
        reviewer = f"<{MARKET}reviewer{random.randrange(self.reviewers)}>"
        language = LANGUAGES[random.randrange(len(LANGUAGES))]
        text = words.some(random, 20, 60, language)
        when = day(random.randrange(700))
        ratings = (
            f'{node} <{BSBM}rating{each}> "{random.randrange(1, 11)}"^^<{_XSD}integer> .\n'
            for each in (1, 2, 3, 4)
            if random.random() < 0.7
        )
        return (
            f"{node} {_RDF_TYPE} <{_REV}Review> .\n"
            f"{node} <{BSBM}reviewFor> <{MARKET}product{product.number}> .\n"
            f"{node} <{_REV}reviewer> {reviewer} .\n"
            f'{node} {_TITLE} "{words.some(random, 3, 8, language)}"@{language} .\n'
            f'{node} <{_REV}text> "{text}"@{language} .\n'
            f'{node} <{BSBM}reviewDate> "{when}"^^<{_XSD}date> .\n'
            f'{node} {_DATE} "{when}"^^<{_XSD}date> .\n' + "".join(ratings)
        )


def day(number: int) -> str:
    """Return a day so many days after the first."""
    return _DAYS[number] if number < len(_DAYS) else str(FIRST_DAY + timedelta(number))


@dataclass(frozen=True, slots=True)
class _Words:
    latin: tuple[str, ...]
    kana: tuple[str, ...]

    def some(self, random: Random, least: int, most: int, language: str = "en") -> str:
        count = random.randint(least, most)
        if language == "ja":
            return "".join(random.choices(self.kana, k=count))
        return " ".join(random.choices(self.latin, k=count))


_DAYS: Final = tuple(str(FIRST_DAY + timedelta(number)) for number in range(800))


def _words(random: Random) -> _Words:
    latin = ("".join(random.choices(_SYLLABLES, k=random.randint(2, 4))) for _ in range(2_000))
    kana = ("".join(random.choices(_KANA, k=random.randint(2, 5))) for _ in range(2_000))
    return _Words(tuple(latin), tuple(kana))


@contextmanager
def _open(target: Path) -> Iterator[IO[bytes]]:
    with target.open("wb", buffering=1 << 20) as file:
        if not target.name.endswith(".gz"):
            yield file
            return
        # Without a time or a name in it, so that the same seed makes the same bytes.
        with gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed:
            yield cast(IO[bytes], packed)
