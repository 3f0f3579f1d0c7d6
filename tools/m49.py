"""Writes the areas of the UN's M49 list, and the links from them, as Turtle from one table."""

from __future__ import annotations

import argparse
import csv
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rdflib import Literal

from miwdap_kg.errors import AuthoringError
from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.workshop.layout import format_text

__all__ = ["Area", "Link", "Target", "areas_text", "links_text", "main", "read"]

DATA: Final = Path(__file__).parents[1] / "data"
WORLD: Final = "001"
GROUPS: Final = ("ldc", "lldc", "sids")
LABELS: Final = {"en": "name_en", "ja": "name_ja"}
EXACT, CLOSE = "skos:exactMatch", "skos:closeMatch"

_COUNTRY_CODES: Final = "datasets/country-codes@caa72d1:data/country-codes.csv"
_UN_CODES: Final = "UNStats/LOD4Stats@0ae578b:sdg-data/sdg-codes.ttl"


@dataclass(frozen=True, slots=True)
class Target:
    """A dataset that the table links to: its column, its name in keys, where its IRIs were seen."""

    column: str
    base: str
    slug: str
    method: str
    seen_at: str


TARGETS: Final = (
    Target(
        "un_lod_iri",
        "http://metadata.un.org/sdg/codes/geoArea/",
        "un-geoarea",
        "same-code",
        _UN_CODES,
    ),
    Target(
        "omg_lcc_iri",
        "https://www.omg.org/spec/LCC/Countries/UN-M49-RegionCodes/",
        "lcc-region",
        "same-code",
        "edmcouncil/idmp@9d8e8fd:LCC/Countries/UN-M49-RegionCodes.rdf",
    ),
    Target(
        "eu_country_iri",
        "http://publications.europa.eu/resource/authority/country/",
        "eu-country",
        "same-code",
        "HowTheyVote/howtheyvote@3bbd3cd:backend/howtheyvote/data/countries.json",
    ),
    Target(
        "wikidata_iri",
        "http://www.wikidata.org/entity/",
        "wikidata",
        "published-mapping",
        f"{_COUNTRY_CODES} + {_UN_CODES}",
    ),
    Target(
        "geonames_iri",
        "https://sws.geonames.org/",
        "geonames",
        "published-mapping",
        f"{_COUNTRY_CODES} + {_UN_CODES}",
    ),
)

UN_ITEMS: Final = {
    "010": "http://www.wikidata.org/entity/Q21590062",
    "732": "http://www.wikidata.org/entity/Q6250",
}
"""The areas for which the UN matches its own code to another Wikidata item than the table does.

The UN's item is then the exact match, and the table's a close one, each with a note.
"""

_AREAS_HEAD: Final = """\
# The areas of the United Nations' M49 standard: the world, and below each area its parts by name.
#
# Written by tools/m49.py from a table of facts; do not edit.
# Codes and levels: un-m49 (MIT). Names: Unicode CLDR (Unicode-3.0). ISO codes: country-codes
# (PDDL). A country is in a group where the M49 list marks it; groups.ttl describes the groups.
# The groupings are the UN's, for statistics; they say nothing of the status of any area.
"""
_LINKS_HEAD: Final = """\
# Links from the areas of the M49 standard to the same areas in other datasets.
#
# Written by tools/m49.py from a table of facts; do not edit. Each link stands as a plain statement
# and as a miw:Link, which says how it was found. Where the UN matches its own code to another
# Wikidata item than country-codes does, the UN's is the exact match and the other a close one.
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A link from an area to the same or nearly the same area in another dataset."""

    predicate: str
    iri: str
    target: Target
    seen_at: str
    note: str | None = None

    @property
    def slug(self) -> str:
        """Return what the key of this link says of where it leads.

        >>> Link(EXACT, f"{TARGETS[1].base}South-easternAsia", TARGETS[1], "").slug
        'lcc-region-south-eastern-asia'
        """
        name = self.iri.removeprefix(self.target.base).rstrip("/")
        return f"{self.target.slug}-{re.sub('(?<=[a-z])(?=[A-Z])', '-', name).lower()}"


@dataclass(frozen=True, slots=True)
class Area:
    """A row of the table."""

    code: str
    level: str
    parent: str
    names: Mapping[str, str]
    alpha_2: str
    alpha_3: str
    groups: tuple[str, ...]
    links: tuple[Link, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write both files, or with `--check` only name those that differ; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="tools/m49.py",
        description="Write reference/m49.ttl and links/m49.ttl from a table of the M49 areas.",
        epilog="Example: .venv/bin/python tools/m49.py --check areas.csv",
    )
    parser.add_argument(
        "table",
        type=Path,
        metavar="CSV",
        help="a row for each area, with the columns m49, level, parent_m49, name_en, name_ja, "
        "iso3166_alpha2, iso3166_alpha3, "
        f"{', '.join(each.column for each in TARGETS)}, {', '.join(GROUPS)}",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if needed")
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="FOLDER", help="where they are (default: data)"
    )
    options = parser.parse_args(arguments)
    try:
        areas = read(options.table)
        files = {
            options.data / "reference" / "m49.ttl": areas_text(areas),
            options.data / "links" / "m49.ttl": links_text(areas),
        }
        stale = [path for path, text in files.items() if _differs(path, text)]
        for path in [] if options.check else stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[path].encode("utf-8"))
            sys.stdout.write(f"{path}: written\n")
    except AuthoringError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}.\n")
        return 2
    if options.check:
        for path in stale:
            sys.stderr.write(f"{path} is not what the table gives. Run this without --check.\n")
    return int(options.check and bool(stale))


def read(table: Path) -> list[Area]:
    """Return the areas of a table, each below the area it is part of, in the order of names.

    Raises:
        AuthoringError: a column is missing, or an area is there twice or part of none.
    """
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        areas = [_area(row) for row in rows]
    except KeyError as error:
        raise AuthoringError(table, f"has no column {error}.", line=1) from error
    codes = [area.code for area in areas]
    for line, area in enumerate(areas, start=2):
        if codes.count(area.code) > 1:
            raise AuthoringError(table, f"the code {area.code} comes twice.", line=line)
    ordered = [each for each in areas if each.code == WORLD]
    ordered += _parts_of(WORLD, areas)
    for line, area in enumerate(areas, start=2):
        if area not in ordered:
            problem = f"following parent_m49 from {area.code} does not lead to the world."
            raise AuthoringError(table, problem, line=line)
    return ordered


def areas_text(areas: Sequence[Area]) -> str:
    """Return the description of *areas* as Turtle, with a heading above the parts of each area."""
    by_code = {area.code: area for area in areas}
    parts = [_AREAS_HEAD + _prefixes("miw", "id", "dcterms", "skos")]
    heading = ""
    for area in areas:
        above = _heading(area, by_code)
        if above not in (heading, ""):
            parts.append(f"# {above}\n")
        heading = above
        parts.append(_description(area))
    return format_text("\n".join(parts), path="m49.ttl")


def links_text(areas: Sequence[Area]) -> str:
    """Return the links of *areas* as Turtle."""
    parts = [_LINKS_HEAD + _prefixes("miw", "id", "link", "skos")]
    for area in (each for each in areas if each.links):
        place = f"id:place-{area.code}"
        parts.append(f"# {area.names['en']}\n")
        lines = "".join(f"    {link.predicate} <{link.iri}> ;\n" for link in area.links)
        parts.append(f"{place}\n{lines}.\n")
        parts.extend(_link(place, link) for link in area.links)
    return format_text("\n".join(parts), path="m49.ttl")


def _area(row: Mapping[str, str]) -> Area:
    return Area(
        code=row["m49"],
        level=row["level"],
        parent=row["parent_m49"],
        names={language: row[column] for language, column in LABELS.items()},
        alpha_2=row["iso3166_alpha2"],
        alpha_3=row["iso3166_alpha3"],
        groups=tuple(group for group in GROUPS if row[group] == "1"),
        links=tuple(
            link
            for target in TARGETS
            if row[target.column]
            for link in _links(row["m49"], target, row[target.column])
        ),
    )


def _links(code: str, target: Target, iri: str) -> Iterator[Link]:
    if target.slug != "wikidata" or code not in UN_ITEMS:
        yield Link(EXACT, iri, target, target.seen_at)
        return
    theirs, ours = (each.removeprefix(target.base) for each in (UN_ITEMS[code], iri))
    note = f"The UN matches its own code to this item; country-codes has {ours} instead."
    yield Link(EXACT, UN_ITEMS[code], target, _UN_CODES, note)
    note = f"country-codes gives this item; the UN matches its own code to {theirs} instead."
    yield Link(CLOSE, iri, target, _COUNTRY_CODES, note)


def _parts_of(code: str, areas: Sequence[Area]) -> Iterator[Area]:
    for area in sorted((each for each in areas if each.parent == code), key=_by_name):
        yield area
        yield from _parts_of(area.code, areas)


def _by_name(area: Area) -> tuple[bool, str]:
    """Sort regions before countries, and letters with accents like those without."""
    plain = unicodedata.normalize("NFD", area.names["en"])
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return (not _has_parts(area), letters.casefold())


def _has_parts(area: Area) -> bool:
    return area.level != "country-or-area"


def _heading(area: Area, by_code: Mapping[str, Area]) -> str:
    """Return the way down to *area*, or to what it is part of when it has no parts itself."""
    names: list[str] = []
    step = area if _has_parts(area) else by_code[area.parent]
    while step.code != WORLD:
        names.insert(0, step.names["en"])
        step = by_code[step.parent]
    if not names and not _has_parts(area):
        return "In no region"
    return " > ".join(names)


def _description(area: Area) -> str:
    codes = {"miw:iso3166Alpha2": area.alpha_2, "miw:iso3166Alpha3": area.alpha_3}
    lines = [
        f"id:place-{area.code}",
        "a miw:Place ;",
        *(f"skos:prefLabel {Literal(name, lang).n3()} ;" for lang, name in area.names.items()),
        f'skos:notation "{area.code}" ;',
        f'miw:areaLevel "{area.level}" ;',
        *(f'{predicate} "{code}" ;' for predicate, code in codes.items() if code),
        *(f"miw:inCountryGroup id:group-{group} ;" for group in area.groups),
        *([f"dcterms:isPartOf id:place-{area.parent} ;"] if area.parent else []),
        ".\n",
    ]
    return "\n".join(lines)


def _link(place: str, link: Link) -> str:
    lines = [
        f"link:{place.removeprefix('id:')}-{link.slug}",
        "a miw:Link ;",
        f"miw:subject {place} ;",
        f"miw:predicate {link.predicate} ;",
        f"miw:object <{link.iri}> ;",
        f'miw:method "{link.target.method}" ;',
        'miw:confidence "verified" ;',
        f'miw:seenAt "{link.seen_at}" ;',
        *([f"skos:note {Literal(link.note, 'en').n3()} ;"] if link.note else []),
        ".\n",
    ]
    return "\n".join(lines)


def _prefixes(*names: str) -> str:
    return "".join(f"@prefix {name}: <{NAMESPACES[name]}> .\n" for name in names)


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_bytes() != text.encode("utf-8")


if __name__ == "__main__":
    sys.exit(main())
