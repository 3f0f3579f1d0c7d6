"""The house: each module imports only from lower floors, is small, and says what it is."""

from __future__ import annotations

import ast
import fnmatch
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import miwdap_kg

PACKAGE = Path(miwdap_kg.__file__).parent

# From the ground up; a module imports from lower floors, or from its own package.
FLOORS = (
    ("errors", "lexer"),
    ("sparql",),
    ("namespaces", "formats", "grammar", "described_limits", "mends*"),
    ("settings", "queries", "text", "solutions", "diagnosis", "rdf_files",
     "contents"),
    ("store", "release", "service_description", "engine"),
    ("execution*", "current_release", "data_source"),
    ("workshop.dataset", "workshop.derivation", "workshop.evidence", "workshop.terms",
     "workshop.tokens", "workshop.statements", "workshop.blank_nodes", "workshop.reading_order",
     "workshop.turtle", "workshop.authored", "workshop.layout", "workshop", "graph_store"),
    ("workshop.validation", "workshop.report", "disk_store", "disk_loader", "push"),
    ("workshop.build", "knowledge_graph"),
    ("web", "web.*"),
    ("web.app", "web.server"),
    ("cli", "cli.*"),
    ("__main__",),
)  # fmt: skip

# The two wings, which share only what is below both of them.
WORKSHOP, SHOP = "workshop", "web"


def module_name(path: Path) -> str:
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    name: path
    for path in sorted(PACKAGE.rglob("*.py"))
    if not path.is_relative_to(PACKAGE / "_text") and (name := module_name(path))
}


def floor_of(name: str) -> int:
    """Return the floor of a module; the exact name counts before a pattern."""
    for patterns in ((name,), None):
        for floor, entries in enumerate(FLOORS):
            for entry in entries:
                if entry == name if patterns else fnmatch.fnmatchcase(name, entry):
                    return floor
    raise LookupError(f"{name} stands on no floor; give it one in FLOORS")


def imports_of(name: str) -> Iterator[tuple[str, int]]:
    """Yield each module of ours that a module imports, wherever it does, with the line."""
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively in line {node.lineno}"
            base = (node.module or "").removeprefix("miwdap_kg").removeprefix(".")
            if node.module and node.module.split(".")[0] == "miwdap_kg":
                for alias in node.names:
                    whole = f"{base}.{alias.name}".removeprefix(".")
                    yield whole if whole in MODULES else base, node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "miwdap_kg":
                    yield alias.name.removeprefix("miwdap_kg").removeprefix("."), node.lineno


def package_of(name: str) -> str:
    return name.split(".")[0]


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_down(name: str) -> None:
    """A module imports from lower floors, or from beside it in its own package."""
    upward = [
        f"{name} (floor {floor_of(name)}) imports {other} (floor {floor_of(other)}) in line {line}"
        for other, line in imports_of(name)
        if other
        and not floor_of(other) < floor_of(name)
        and not (package_of(other) == package_of(name) and floor_of(other) == floor_of(name))
    ]

    assert [] == upward


@pytest.mark.parametrize("name", [each for each in MODULES if package_of(each) == SHOP])
def test_shop_does_not_enter_the_workshop(name: str) -> None:
    """What serves a release knows nothing of how one is made."""
    crossing = [other for other, _ in imports_of(name) if package_of(other) == WORKSHOP]

    assert [] == crossing


@pytest.mark.parametrize("name", [each for each in MODULES if package_of(each) == WORKSHOP])
def test_workshop_does_not_enter_the_shop(name: str) -> None:
    """What makes a release knows nothing of how one is served."""
    crossing = [other for other, _ in imports_of(name) if package_of(other) == SHOP]

    assert [] == crossing


def test_every_floor_is_lived_on() -> None:
    """The table names no module that there is not."""
    empty = [
        entry
        for entries in FLOORS
        for entry in entries
        if not any(fnmatch.fnmatchcase(name, entry) for name in MODULES)
    ]

    assert [] == empty


@pytest.mark.parametrize(
    "module",
    [
        "miwdap_kg.web.app",
        "miwdap_kg.knowledge_graph",
        "miwdap_kg.current_release",
        "miwdap_kg.cli",
    ],
)
def test_serving_loads_nothing_of_the_workshop(module: str) -> None:
    """Importing a face of the shop loads neither rdflib nor pySHACL nor the workshop."""
    program = (
        f"import sys, {module}\n"
        "heavy = ('rdflib', 'pyshacl', 'owlrl', 'miwdap_kg.workshop')\n"
        "print(sorted(name for name in sys.modules if name.startswith(heavy)))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert "[]\n" == done.stdout


@pytest.mark.parametrize("name", MODULES)
def test_import_reads_no_file_and_starts_nothing(name: str) -> None:
    """At its top a module only defines: no loops over files, no output, no network."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    doing = [
        ast.unparse(node)
        for node in tree.body
        if isinstance(node, ast.Expr | ast.For | ast.While | ast.With | ast.Try)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]

    assert [] == doing


def reads_environment(tree: ast.Module) -> list[int]:
    """Return the lines that read the environment."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"))
        or (isinstance(node, ast.Name) and node.id in ("environ", "getenv"))
        or (isinstance(node, ast.ImportFrom) and node.module == "os"
            and any(alias.name in ("environ", "getenv") for alias in node.names))
    ]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_only_settings_read_the_environment(name: str) -> None:
    """Settings are an argument; one module alone looks at the environment."""
    found = reads_environment(ast.parse(MODULES[name].read_text(encoding="utf-8")))

    assert (name == "settings") is bool(found)


@pytest.mark.parametrize("name", MODULES)
def test_module_says_what_it_is_in_a_sentence(name: str) -> None:
    """A module's docstring is one sentence on one line."""
    docstring = ast.get_docstring(ast.parse(MODULES[name].read_text(encoding="utf-8"))) or ""

    assert docstring.endswith((".", "?"))
    assert 1 == len(docstring.splitlines())
    assert 1 == docstring.replace("`.", "`").count(". ") + 1


@pytest.mark.parametrize("name", MODULES)
def test_module_is_small(name: str) -> None:
    """A module has at most 320 lines; but the tree of errors is drawn once."""
    assert name == "errors" or len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= 320


@pytest.mark.parametrize("name", MODULES)
def test_module_catches_nothing_wholesale(name: str) -> None:
    """`except Exception` stands at the two outermost doors alone."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    wholesale = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    ]

    assert name in ("web.problems", "cli") or not wholesale


def test_every_module_can_be_found() -> None:
    """The modules that this file looks at are those that Python imports."""
    lost = [name for name in MODULES if importlib.util.find_spec(f"miwdap_kg.{name}") is None]

    assert [] == lost
