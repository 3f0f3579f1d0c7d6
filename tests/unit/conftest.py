"""A small text of its own, with everything a release is made from, for the tests of the core."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.workshop.build import build

LETTER = """\
Example letter of 22 November 2026

The example plan has one principle.
Principle 1: Promotion of examples
The example plan is for everybody.
"""

TEXT = {
    "data/letter.trig": """\
@prefix miw: <https://w3id.org/miwdap/def#> .
@prefix id: <https://w3id.org/miwdap/id/> .
@prefix passage: <https://w3id.org/miwdap/passage/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

id:example-letter
    a miw:SourceDocument ;
    skos:prefLabel "Example letter"@en , "手紙の例"@ja ;
    miw:reliability miw:PrimarySource ;
    miw:textSha256 "{sha256}" ;
.

passage:example-letter-1 miw:quote "The example plan has one principle." ; {position-1} .
passage:example-letter-1 {
    id:example-plan
        a miw:Plan ;
        miw:hasPrinciple id:example-principle ;
        miw:amount "1.50"^^xsd:decimal , "01"^^xsd:integer ;
    .
}

passage:example-letter-2 miw:quote "Principle 1: Promotion of examples" ; {position-2} .
passage:example-letter-2 {
    id:example-plan miw:hasPrinciple id:example-principle .
    id:example-principle
        a miw:Principle ;
        skos:prefLabel "Promotion of examples"@en ;
        miw:ordinal 1 ;
    .
}

passage:example-letter-10 miw:quote "The example plan is for everybody." ; {position-10} .
passage:example-letter-10 { id:example-plan miw:purpose "for everybody"@en . }
""",
    "data/translation.ttl": """\
@prefix id: <https://w3id.org/miwdap/id/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

id:example-plan skos:prefLabel "Example plan"@en .
id:example-principle skos:prefLabel "例の推進"@ja .
""",
    "data/interpretation.ttl": """\
@prefix miw: <https://w3id.org/miwdap/def#> .
@prefix id: <https://w3id.org/miwdap/id/> .

id:example-plan miw:contributesTo id:sdg-9 .
""",
    "data/catalog.ttl": """\
@prefix dcat: <http://www.w3.org/ns/dcat#> .

<https://w3id.org/miwdap/dataset>
    a dcat:Dataset ;
    dcat:version "2026-11-22" ;
.
""",
    "data/reference/places.ttl": """\
@prefix miw: <https://w3id.org/miwdap/def#> .
@prefix id: <https://w3id.org/miwdap/id/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

id:place-392
    a miw:Place ;
    skos:prefLabel "Japan"@en ;
    skos:notation "392" ;
    skos:broader id:place-142 ;
.
id:place-142
    a miw:Place ;
    skos:prefLabel "Asia"@en ;
    skos:notation "142" ;
.
id:place-example-town
    a miw:Place ;
    skos:prefLabel "Example town"@en ;
.
""",
    "ontology/example.ttl": """\
@prefix miw: <https://w3id.org/miwdap/def#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .

miw:Plan a owl:Class .
""",
    "shapes/principle.ttl": """\
@prefix miw: <https://w3id.org/miwdap/def#> .
@prefix shape: <https://w3id.org/miwdap/shapes#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

shape:Principle
    a sh:NodeShape ;
    sh:targetClass miw:Principle ;
    sh:property shape:principle-label , shape:principle-ordinal ;
.
shape:principle-label
    a sh:PropertyShape ;
    sh:path skos:prefLabel ;
    sh:minCount 2 ;
    sh:message "A principle has a label in English and one in Japanese."@en ,
        "原則には英語と日本語の名称が必要です。"@ja ;
.
shape:principle-ordinal
    a sh:PropertyShape ;
    sh:path miw:ordinal ;
    sh:minCount 1 ;
    sh:severity sh:Warning ;
    sh:message "A principle should have its number."@en , "原則には番号が望まれます。"@ja ;
.
""",
    "shapes/checks/plan-in-a-passage.rq": """\
#+ summary: What a plan has stands in a passage
#+ summary_ja: 計画の内容は引用箇所のグラフにある
#+ severity: violation
#+ message: "{?focus} has a purpose in {?graph}; only a passage may say so."
#+ message_ja: "{?focus} の目的が {?graph} にあります。引用箇所だけに書けます。"
PREFIX miw: <https://w3id.org/miwdap/def#>
SELECT ?focus ?graph WHERE {
  GRAPH ?graph { ?focus miw:purpose ?purpose }
  FILTER(!STRSTARTS(STR(?graph), "https://w3id.org/miwdap/passage/"))
}
ORDER BY ?focus ?graph
""",
    "queries/plans/plan-principles.rq": """\
#+ summary: The principles of a plan
#+ summary_ja: 計画の原則
#+ tags: [principles]
#+ parameters:
#+   - {name: plan, type: iri, class: miw:Plan, example: id:example-plan}
#+   - {name: ordinal, type: integer, example: 1}
PREFIX miw: <https://w3id.org/miwdap/def#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?plan ?ordinal ?label
WHERE {
  ?plan miw:hasPrinciple ?principle .
  ?principle miw:ordinal ?ordinal ; skos:prefLabel ?label .
  FILTER(LANG(?label) = "en")
}
ORDER BY ?plan ?ordinal
""",
}


def _position(number: int) -> str:
    quote = {
        1: "The example plan has one principle.",
        2: "Principle 1: Promotion of examples",
        10: "The example plan is for everybody.",
    }[number]
    start = LETTER.index(quote)
    line = LETTER.count("\n", 0, start) + 1
    return f"miw:start {start} ; miw:end {start + len(quote)} ; miw:line {line}"


def _write(folder: Path) -> Path:
    for name, content in TEXT.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for number in (1, 2, 10):
            content = content.replace(f"{{position-{number}}}", _position(number))
        digest = hashlib.sha256(LETTER.encode()).hexdigest()
        path.write_text(content.replace("{sha256}", digest), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def letter() -> bytes:
    """The text of the one document of the small text."""
    return LETTER.encode()


@pytest.fixture
def small_text(tmp_path: Path) -> Path:
    """The folder of the small text; a test may change it."""
    return _write(tmp_path / "text")


@pytest.fixture(scope="session")
def small_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of the small text; a test must not change it."""
    folder = tmp_path_factory.mktemp("small")
    return build(_write(folder / "text"), folder / "release").folder


@pytest.fixture
def release_copy(small_release: Path, tmp_path: Path) -> Path:
    """A copy of the small release; a test may change it."""
    return Path(shutil.copytree(small_release, tmp_path / "release"))


@pytest.fixture(scope="session")
def small_graph(small_release: Path) -> KnowledgeGraph:
    """The graph of the small release."""
    return KnowledgeGraph.open(small_release)


def rewrite(folder: Path, name: str, old: str, new: str) -> Path:
    """Replace *old*, which must be there, in a file of the text."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path
