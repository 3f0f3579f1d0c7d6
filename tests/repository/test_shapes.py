"""Each rule is named, speaks two languages, and fires on its invalid example and on no other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import pyshacl
import pytest
from rdflib import RDF, RDFS, SH, BNode, Graph, Literal, URIRef
from rdflib.namespace import OWL

from miwdap_kg.namespaces import NAMESPACES, expand, shorten
from miwdap_kg.workshop.dataset import read_rdf
from miwdap_kg.workshop.validation import Check, Result, ShapeLibrary, validate

SHAPES = Path(__file__).parents[2] / "shapes"
ONTOLOGY = SHAPES.parent / "ontology" / "miwdap.ttl"
SHAPE = NAMESPACES["shape"]
LANGUAGES = {"en", "ja"}

# Classes whose things nobody looks up by a name: quoted passages, three fixed words, and what
# stands beside a statement.
NOT_LOOKED_UP = {"miw:Passage", "miw:Reliability", "miw:Link", "miw:Judgement"}


@cache
def library() -> ShapeLibrary:
    """The rules, read once for all tests of a worker."""
    return ShapeLibrary.read(SHAPES)


@cache
def checks() -> dict[str, Check]:
    """The rules over named graphs, by name."""
    return {check.name: check for check in library().checks}


@cache
def shape_rules() -> dict[str, URIRef]:
    """The rules of SHACL, by name: all shapes that have a message."""
    return {
        str(shape).removeprefix(SHAPE): URIRef(shape)
        for shape in library().graph.subjects(SH.message, unique=True)
    }


@cache
def class_tree() -> Graph:
    """What the ontology says about sub-classes, which the data carries in a release."""
    tree = Graph()
    for triple in Graph().parse(ONTOLOGY).triples((None, RDFS.subClassOf, None)):
        tree.add(triple)
    return tree


def examples(kind: str) -> list[Path]:
    """The files of a kind of example, valid or invalid."""
    return sorted((SHAPES / "examples").glob(f"*/{kind}*"))


def name_of(path: Path) -> str:
    """The example as `rule/file`."""
    return f"{path.parent.name}/{path.name}"


def expected_focus_nodes(path: Path) -> set[str]:
    """The things on which an invalid example says that its rule fires."""
    head = path.read_text(encoding="utf-8").split("@prefix", 1)[0]
    return {expand(name) for name in re.findall(r"^# fires on: (.+)$", head, re.MULTILINE)}


@cache
def results(path: Path) -> tuple[Result, ...]:
    """What the rules say of an example: all shapes of a graph, the one check of a dataset."""
    if path.suffix == ".trig":
        only = ShapeLibrary(Graph(), (checks()[path.parent.name],))
        return validate(read_rdf(path), only).results
    graph = read_rdf(path).default_graph
    return validate(graph, library(), ontology=class_tree()).results


def texts(shape: URIRef, predicate: URIRef) -> dict[str, str]:
    """The texts of a shape by language; two texts of one language are an error."""
    found = list(library().graph.objects(shape, predicate))
    by_language = {str(each.language): str(each) for each in found if isinstance(each, Literal)}

    assert len(by_language) == len(found)
    return by_language


def messages(rule: str) -> Mapping[str, str]:
    """What a rule says, by language, with its placeholders."""
    return checks()[rule].messages if rule in checks() else texts(shape_rules()[rule], SH.message)


def severity(rule: str) -> str:
    """How grave it is to break a rule: violation, warning or info."""
    if rule in checks():
        return checks()[rule].severity
    return str(library().graph.value(shape_rules()[rule], SH.severity)).rpartition("#")[2].lower()


def filled(message: str, result: Result) -> str:
    """A message with the things of a result in the places of its placeholders."""
    things = {
        "focus": result.focus_node,
        "path": result.path,
        "value": result.value,
        "graph": result.graph,
    }

    def word(match: re.Match[str]) -> str:
        thing = things[match[1]]
        assert thing is not None, f"the check does not project ?{match[1]}"
        return shorten(thing) if "://" in thing else thing

    return re.sub(r"\{\?(\w+)\}", word, message)


def test_each_rule_has_examples_and_each_example_a_rule() -> None:
    """No rule is without a valid and an invalid example, and no example without its rule."""
    rules = {*shape_rules(), *checks()}

    assert rules == {path.parent.name for path in examples("valid")}
    assert rules == {path.parent.name for path in examples("invalid")}
    assert len(rules) == len(shape_rules()) + len(checks())


@pytest.mark.parametrize("rule", sorted(shape_rules()))
def test_a_rule_has_a_name_a_message_and_a_severity(rule: str) -> None:
    """A rule is an IRI with a name and a message in both languages and one stated severity."""
    shape = shape_rules()[rule]

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule)
    assert texts(shape, SH.name).keys() == LANGUAGES
    assert texts(shape, SH.message).keys() == LANGUAGES
    assert len(list(library().graph.objects(shape, SH.severity))) == 1


@pytest.mark.parametrize("path", examples("valid"), ids=name_of)
def test_a_valid_example_breaks_no_rule(path: Path) -> None:
    """What is right is not reported."""
    assert () == results(path)


@pytest.mark.parametrize("path", examples("invalid"), ids=name_of)
def test_an_invalid_example_breaks_its_rule_and_no_other(path: Path) -> None:
    """The rule fires on the things that the example names, and no other rule fires."""
    found = results(path)

    assert {(path.parent.name, severity(path.parent.name))} == {
        (result.rule, result.severity) for result in found
    }
    # A blank node has no name by which an example could expect it.
    assert expected_focus_nodes(path) == {
        result.focus_node for result in found if ":" in result.focus_node
    }


@pytest.mark.parametrize("path", examples("invalid"), ids=name_of)
def test_a_result_says_in_both_languages_what_to_do(path: Path) -> None:
    """Each result carries the rule's own message in English and in Japanese, filled in."""
    declared = messages(path.parent.name)

    for result in results(path):
        assert {each: filled(declared[each], result) for each in LANGUAGES} == result.messages


@pytest.mark.parametrize("path", [*examples("valid"), *examples("invalid")], ids=name_of)
def test_an_example_begins_with_a_sentence(path: Path) -> None:
    """The first line of an example says what is right or wrong; an invalid one names where."""
    first = path.read_text(encoding="utf-8").splitlines()[0]

    assert re.fullmatch(r"# [A-Z].+\.", first)
    assert bool(expected_focus_nodes(path)) == path.name.startswith("invalid")
    assert path.suffix == (".trig" if path.parent.name in checks() else ".ttl")


def test_shapes_are_named() -> None:
    """No shape is anonymous: blank nodes hold lists and paths only."""
    graph = library().graph
    shapes = {
        *graph.subjects(RDF.type, SH.NodeShape),
        *graph.subjects(RDF.type, SH.PropertyShape),
        *graph.subjects(SH.path),
        *graph.objects(None, SH.property),
        *graph.objects(None, SH["not"]),
        *graph.objects(None, SH.qualifiedValueShape),
        *graph.objects(None, SH.sparql),
        *graph.objects(None, SH.declare),
        *(
            member
            for each in (SH["or"], SH.xone, SH["and"])
            for members in graph.objects(None, each)
            for member in graph.items(members)
        ),
    }

    assert [] == sorted(shape for shape in shapes if isinstance(shape, BNode))


def test_shapes_are_well_formed() -> None:
    """The shapes conform to the shapes of shapes (SHACL, appendix C)."""
    shapes_of_shapes = files("pyshacl") / "assets" / "shacl-shacl.ttl"
    conforms, _, text = pyshacl.validate(
        library().graph,
        shacl_graph=Graph().parse(data=shapes_of_shapes.read_text(encoding="utf-8")),
        inference="none",
        max_validation_depth=60,
    )

    assert conforms, text


def test_all_that_people_look_up_has_labels() -> None:
    """The rules about labels look at each class of the ontology whose things have a name."""
    ontology = Graph().parse(ONTOLOGY)
    classes = {shorten(str(each)) for each in ontology.subjects(RDF.type, OWL.Class)}
    ours = {name for name in classes if name.startswith("miw:")}
    targets = library().graph.objects(URIRef(f"{SHAPE}thing"), SH.targetClass)

    assert ours - NOT_LOOKED_UP <= {shorten(str(each)) for each in targets}


def test_a_prefix_of_a_query_is_the_one_prefix() -> None:
    """The prefixes that the shapes declare for their SPARQL are those of the project's table."""
    graph = library().graph
    declared = {
        str(graph.value(each, SH.prefix)): str(graph.value(each, SH.namespace))
        for each in graph.objects(None, SH.declare)
    }

    assert declared == {name: NAMESPACES[name] for name in declared}
