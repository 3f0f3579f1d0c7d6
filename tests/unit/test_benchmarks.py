"""The measurements: data and questions come from a seed alone, and the statistics are right."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from benchmarks.answers import difference, read
from benchmarks.asking import CSV, JSON, NUMBER, TURTLE, Answer, Request
from benchmarks.client import Load
from benchmarks.figures import Spread, percentile, ratios, slope
from benchmarks.goals import GOALS, goal_of
from benchmarks.market import MARKET, Market
from benchmarks.market_queries import KINDS, SHARES, mix, one_of_each
from benchmarks.plot import plot
from benchmarks.report import table_of_goals
from benchmarks.results import Comparison, Measure, Results
from benchmarks.soak.watch import Look, Watch

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.fixture(scope="module")
def market() -> Market:
    """A small market."""
    return Market.of_triples(60_000)


@pytest.fixture(scope="module")
def store(market: Market) -> ox.Store:
    """The small market in a store."""
    store = ox.Store()
    store.bulk_load("".join(market.blocks()), format=ox.RdfFormat.N_TRIPLES)
    return store


class TestMarket:
    def test_same_seed_same_bytes(self, market: Market, tmp_path: Path) -> None:
        """A market is made by its size and seed alone, compressed or not."""
        plain, again, packed = (tmp_path / name for name in ("a.nt", "b.nt", "c.nt.gz"))

        counts = {market.write(path) for path in (plain, again, packed)}

        assert plain.read_bytes() == again.read_bytes() == gzip.decompress(packed.read_bytes())
        assert {plain.read_bytes().count(b"\n")} == counts

    def test_other_seed_other_market(self, market: Market) -> None:
        """Another seed makes other data."""
        other = Market(market.products, seed=market.seed + 1)

        assert list(market.blocks()) != list(other.blocks())

    def test_is_as_large_as_asked(self, market: Market, store: ox.Store) -> None:
        """A market has about the number of triples asked for, and none twice."""
        lines = sum(block.count("\n") for block in market.blocks())

        assert len(store) == lines
        assert 0.93 < lines / 60_000 < 1.07

    def test_product_is_known_without_its_data(self, market: Market, store: ox.Store) -> None:
        """What the questions know of a product is what the data says."""
        product = market.product(market.products - 1)
        query = (
            "PREFIX bsbm: <http://www4.wiwiss.fu-berlin.de/bizer/bsbm/v01/vocabulary/> "
            f"SELECT ?f ?n WHERE {{ <{MARKET}product{product.number}> bsbm:productFeature ?f ; "
            "bsbm:productPropertyNumeric1 ?n }"
        )

        rows = list(store.query(query))  # type: ignore[arg-type]

        assert {f"{MARKET}{each}" for each in product.features} == {row["f"].value for row in rows}
        assert {str(product.numeric1)} == {row["n"].value for row in rows}


class TestQuestions:
    @pytest.mark.parametrize("kind", KINDS)
    def test_kind_has_answers(self, kind: str, market: Market, store: ox.Store) -> None:
        """Every kind of question finds something, nearly always."""
        random = Random(3)
        queries = [KINDS[kind](market, random).numbered(number).query for number in range(20)]

        found = sum(1 for query in queries if list(store.query(query)))  # type: ignore[arg-type]

        assert found >= 10

    @pytest.mark.parametrize("kind", KINDS)
    def test_number_makes_another_query_of_the_same_length(self, kind: str, market: Market) -> None:
        """With each number a question is another one, and as long."""
        request = one_of_each(market)[kind]

        one, two = request.numbered(1).query, request.numbered(999_999_999).query

        assert 1 == request.query.count(NUMBER)
        assert one != two
        assert len(one) == len(two)

    def test_mix_has_its_shares(self, market: Market) -> None:
        """Each mix has 25 questions, and the same seed gives the same ones."""
        questions = mix(market, mixes=3)

        assert 25 == sum(SHARES.values())
        assert 75 == len(questions)
        assert questions == mix(market, mixes=3)
        assert questions != mix(market, mixes=3, seed=9)


class TestFigures:
    def test_spread(self) -> None:
        """A spread has the ends and the middle, also between two values."""
        assert Spread.of([4.0, 1.0, 3.0, 2.0]) == Spread(1.0, 2.5, 4.0)
        assert Spread(0.5, 12.34, 1234.5).written() == "0.50 / 12.3 / 1,234"
        assert Spread(7.0, 7.0, 7.0).written() == "7.00"

    def test_ratios_are_of_the_same_round(self) -> None:
        """Each round is compared with itself; a round that a peer has not is left out."""
        assert (2.0, 0.5) == ratios([10.0, 10.0, 99.0], [5.0, 20.0])

    @pytest.mark.parametrize(
        ("percent", "expected"), [(0, 1), (1, 1), (50, 50), (99, 99), (99.5, 100), (100, 100)]
    )
    def test_percentile(self, percent: float, expected: int) -> None:
        """So many percent of the values are not above the percentile."""
        assert expected == percentile(list(range(100, 0, -1)), percent)

    @pytest.mark.parametrize(
        ("points", "expected"),
        [
            ([], 0.0),
            ([(1.0, 5.0)], 0.0),
            ([(0.0, 5.0), (0.0, 9.0)], 0.0),
            ([(0.0, 100.0), (5.0, 110.0), (10.0, 120.0)], 2.0),
            ([(0.0, 7.0), (1.0, 7.0), (2.0, 900.0), (3.0, 7.0), (4.0, 7.0)], 0.0),
        ],
        ids=["nothing", "one point", "one time", "a line", "one wild point"],
    )
    def test_slope(self, points: list[tuple[float, float]], expected: float) -> None:
        """The slope is that of most pairs of points."""
        assert expected == slope(points)


class TestLoad:
    def load(self, **given: int) -> Load:
        counts = {"answers": 100, "connections": 2, "bytes": 10_000} | given
        counts = {"refused": 0, "broken": 0, "late": 0} | counts
        return Load(**counts, seconds=2.0, p50_milliseconds=1, p99_milliseconds=2, client_share=0.1)

    def test_good_load(self) -> None:
        """Answers that all came in full are without fault, and counted by the second."""
        load = self.load()

        assert "" == load.fault(body_bytes=90)
        assert 50 == load.per_second(body_bytes=90)

    def test_few_answers_count_by_their_bytes(self) -> None:
        """Where answers are few, those under way count by what came of them."""
        load = self.load(answers=3, bytes=10_000)

        assert 2.0 == load.per_second(body_bytes=2_500)
        assert 1.5 == load.per_second()

    @pytest.mark.parametrize(
        ("given", "fault"),
        [
            ({"refused": 1}, "1 of 100 answers were refusals"),
            ({"broken": 2}, "2 connections broke"),
            ({"late": 3}, "3 answers were late"),
            ({"answers": 0, "bytes": 0}, "no answer in 2 s"),
            ({"bytes": 8_000}, "8,000 bytes are too few for 100 answers"),
        ],
        ids=["refused", "broken", "late", "nothing", "cut"],
    )
    def test_bad_load_gets_no_number(self, given: dict[str, int], fault: str) -> None:
        """One answer that is not right is a fault of all."""
        assert fault in self.load(**given).fault(body_bytes=90)


class TestAnswers:
    def answer(self, media_type: str, body: str) -> Answer:
        return Answer(200, media_type, body.encode(), 0.0)

    def rows(self, *values: str) -> str:
        terms = (f'{{"x":{{"type":"literal",{value}}}}}' for value in values)
        return f'{{"head":{{"vars":["x"]}},"results":{{"bindings":[{",".join(terms)}]}}}}'

    @pytest.mark.parametrize(
        ("one", "two"),
        [
            (
                f'"value":"1.50","datatype":"{XSD}decimal"',
                f'"datatype":"{XSD}decimal","value":"1.5"',
            ),
            ('"value":"a","xml:lang":"EN"', '"value":"a","xml:lang":"en"'),
            (f'"value":"a","datatype":"{XSD}string"', '"value":"a"'),
            (f'"value":"1","datatype":"{XSD}boolean"', f'"value":"true","datatype":"{XSD}boolean"'),
        ],
        ids=["number", "language", "string", "boolean"],
    )
    def test_one_value_in_two_spellings(self, one: str, two: str) -> None:
        """Engines spell values in several ways; they are the same."""
        answers = [read(self.answer(JSON, self.rows(each))) for each in (one, two)]

        assert "" == difference(*answers)

    def test_order_does_not_matter_but_number_does(self) -> None:
        """Rows may come in any order, and each as often as expected."""
        first = read(self.answer(CSV, "a,b\r\n1,x\r\n2,y\r\n"))
        turned = read(self.answer(CSV, "a,b\r\n2,y\r\n1,x\r\n"))
        doubled = read(self.answer(CSV, "a,b\r\n1,x\r\n1,x\r\n2,y\r\n"))

        assert "" == difference(first, turned)
        assert difference(first, doubled).startswith("3 rows, not 2; for example too much: ")

    def test_graphs_are_compared_without_their_prefixes(self) -> None:
        """Two ways to write the same triples are the same answer."""
        one = read(self.answer(TURTLE, "PREFIX e: <http://e/> e:a e:b 1.0 , e:c ."))
        two = read(self.answer(TURTLE, "<http://e/a> <http://e/b> <http://e/c> , 1.00 ."))

        assert "" == difference(one, two)
        assert 2 == len(one)

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (Answer(503, CSV, b"later", 0.0), "status 503: b'later'"),
            (Answer(200, "text/html", b"<p>", 0.0), "the answer is text/html"),
        ],
        ids=["refusal", "page"],
    )
    def test_what_is_no_answer(self, answer: Answer, message: str) -> None:
        """A refusal or a page is never taken for rows."""
        with pytest.raises(ValueError, match=message):
            read(answer)


class TestResults:
    def comparison(self, **given: object) -> Comparison:
        goal = GOALS[1]
        values: dict[str, object] = {
            "part": "release",
            "workload": "ASK",
            "setting": "repeated, 1 connection",
            "ours": "ours",
            "against": goal.against,
            "our_values": (10.0, 30.0, 20.0),
            "their_values": (10.0, 10.0, 10.0),
            "goal": goal.key,
            "at_least": goal.limit,
        }
        return Comparison(**values | given)  # type: ignore[arg-type]

    def test_what_is_written_is_read(self, tmp_path: Path) -> None:
        """A file of results holds all of them."""
        measure = Measure("start", "s", "s", (1.0, 2.0), goal="g", at_most=1.0)
        results = Results()
        results.replace("release", [self.comparison()], {"rounds": 3})
        results.replace("start", [measure], {})

        results.write(tmp_path / "results.json")

        assert results == Results.read(tmp_path / "results.json")

    def test_a_part_is_replaced_alone(self) -> None:
        """Measuring one part again leaves the others as they are."""
        results = Results()
        results.replace("release", [self.comparison()], {})
        results.replace("start", [Measure("start", "s", "s", (1.0,))], {})
        results.replace("release", [self.comparison(workload="new")], {})

        assert ["new"] == [each.workload for each in results.comparisons]
        assert ["s"] == [each.name for each in results.measures]

    @pytest.mark.parametrize(
        ("found", "reached"),
        [
            ({}, True),
            ({"at_least": 2.5}, False),
            ({"our_values": ()}, False),
            ({"at_least": None}, None),
        ],
        ids=["reached", "missed", "no number", "no goal"],
    )
    def test_reached_is_told_by_the_median(
        self, found: dict[str, object], reached: bool | None
    ) -> None:
        """A goal is reached by the median of the rounds, and never without a number."""
        assert reached is self.comparison(**found).reached

    def test_table_and_plot_show_the_worst(self) -> None:
        """A row shows the measurement that is furthest from its goal."""
        results = Results()
        bad = self.comparison(setting="repeated, 32 connections", our_values=(1.0, 3.0, 2.0))
        results.replace("release", [self.comparison(), bad], {})

        rows = [row for row in table_of_goals(results).splitlines() if "repeated ASK" in row]
        drawing = ElementTree.fromstring(plot(results))  # our own

        assert len(rows) == 1
        assert "0.10 / 0.20 / 0.30 (ASK, repeated, 32 connections) | 1 of 2" in rows[0]
        assert 2 == sum(1 for each in drawing.iter() if each.tag.endswith("circle"))


class TestWatch:
    def watch(self, *looks: tuple[int, int, float]) -> Watch:
        return Watch(1, [Look(float(at), *look) for at, look in enumerate(looks)])

    def test_flat(self) -> None:
        """Memory that goes up and down is flat, and what was there at first is no leak."""
        watch = self.watch((5, 50, 100.0), (5, 50, 104.0), (4, 44, 99.0), (5, 50, 101.0))

        assert watch.is_flat
        assert (0, 0) == (watch.leaked_processes, watch.leaked_descriptors)

    def test_growing(self) -> None:
        """Memory that grows from look to look is not flat; more processes are a leak."""
        watch = self.watch((5, 50, 100.0), (6, 60, 120.0), (7, 70, 140.0))

        assert not watch.is_flat
        assert 20.0 == watch.megabytes_a_minute
        assert (2, 20) == (watch.leaked_processes, watch.leaked_descriptors)


def test_goals_are_told_apart() -> None:
    """Every goal has a key of its own, and each comparison belongs to one at most."""
    keys = Counter(goal.key for goal in GOALS)
    shared = [
        (one.key, two.key)
        for one in GOALS
        for two in GOALS
        if one is not two
        and one.against == two.against != ""
        and set(one.workloads) & set(two.workloads)
        and one.mode == two.mode
        and None in (one.connections, two.connections)
    ]

    assert {1} == set(keys.values())
    assert [] == shared
    assert goal_of("ASK", "rdflib-endpoint", mode="unique", connections=32) is not None
    assert goal_of("ASK", "rdflib-endpoint", mode="repeated", connections=32) is None


def test_request_keeps_what_the_endpoint_asks_for() -> None:
    """A query is added to the parameters that an endpoint has already."""
    request = Request("ASK { }", JSON)

    assert "/sparql?query=ASK%20%7B%20%7D" == request.path("http://h:1/sparql")
    assert "/s?default-graph-uri=urn:d&query=ASK%20%7B%20%7D" == request.path(
        "http://h:1/s?default-graph-uri=urn:d"
    )


def test_modules_are_small() -> None:
    """A module of the measurements has at most 300 lines."""
    large = [
        path.name
        for path in BENCHMARKS.rglob("*.py")
        if len(path.read_text(encoding="utf-8").splitlines()) > 300
    ]

    assert [] == large
