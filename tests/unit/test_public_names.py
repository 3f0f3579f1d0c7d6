"""The public names: those that are promised exist, and each `__all__` is what is public."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import miwdap_kg
from miwdap_kg import errors
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.solutions import Solutions

PACKAGE = Path(miwdap_kg.__file__).parent

# Where each promised name is found (architecture, section 6).
PROMISED = {
    "KnowledgeGraph": "knowledge_graph",
    "Solutions": "solutions",
    "Release": "release",
    "Query": "queries",
    "Parameter": "queries",
    "QueryLibrary": "queries",
    "ValidationReport": "workshop.validation",
    "Settings": "settings",
    "create_app": "web.app",
}


def modules() -> dict[str, Path]:
    """Return our modules by name, but those whose name begins with an underscore."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if parts and not any(part.startswith("_") for part in parts):
            found[".".join(parts)] = path
    return found


MODULES = modules()


def defined_in(tree: ast.Module) -> set[str]:
    """Return the public names that a module itself defines at its top."""
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {each.id for each in node.targets if isinstance(each, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return {name for name in names if not name.startswith("_")}


def used_elsewhere(name: str, module: str) -> bool:
    """Tell whether another module imports a name from a module."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == f"miwdap_kg.{module}"
        and any(alias.name == name for alias in node.names)
        for other, path in MODULES.items()
        if other != module
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )


@pytest.mark.parametrize(("name", "module"), PROMISED.items(), ids=PROMISED)
def test_promised_name_is_there(name: str, module: str) -> None:
    """A name that the documents promise is in its module's `__all__`."""
    found = importlib.import_module(f"miwdap_kg.{module}")

    assert name in found.__all__
    assert hasattr(found, name)


@pytest.mark.parametrize(
    "name",
    ["open", "select", "ask", "construct", "describe", "run", "evidence", "dump"],
)
def test_promised_method_is_there(name: str) -> None:
    """`KnowledgeGraph` has each promised method, with a docstring."""
    assert inspect.getdoc(getattr(KnowledgeGraph, name))


@pytest.mark.parametrize("name", ["queries", "named_graphs", "release"])
def test_promised_attribute_is_there(small_graph: KnowledgeGraph, name: str) -> None:
    """`KnowledgeGraph` has each promised attribute."""
    assert getattr(small_graph, name)


def test_solutions_become_dictionaries() -> None:
    """Solutions are given as dictionaries."""
    assert [] == Solutions((), ()).to_dicts()


def test_version_is_the_packages() -> None:
    """The package knows its version."""
    assert "0.1.0" == miwdap_kg.__version__


@pytest.mark.parametrize("module", MODULES)
def test_all_is_what_is_public(module: str) -> None:
    """`__all__` is sorted, holds names that exist, and every public name that others use."""
    path = MODULES[module]
    found = importlib.import_module(f"miwdap_kg.{module}")
    defined = defined_in(ast.parse(path.read_text(encoding="utf-8")))
    names = getattr(found, "__all__", [])

    missing = [name for name in defined - set(names) if used_elsewhere(name, module)]

    assert [] == missing
    assert set() == {name for name in names if not hasattr(found, name)}
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("module", [each for each in MODULES if "." not in each])
def test_core_module_says_what_is_public(module: str) -> None:
    """Each module of the core with names of its own has an `__all__`."""
    found = importlib.import_module(f"miwdap_kg.{module}")
    defined = defined_in(ast.parse(MODULES[module].read_text(encoding="utf-8")))

    assert not defined or found.__all__


@pytest.mark.parametrize("module", MODULES)
def test_every_public_thing_is_described(module: str) -> None:
    """Each public class and function has a docstring that begins with a sentence."""
    found = importlib.import_module(f"miwdap_kg.{module}")
    undescribed = [
        name
        for name in getattr(found, "__all__", [])
        if (inspect.isclass(value := getattr(found, name)) or inspect.isfunction(value))
        and "." not in (inspect.getdoc(value) or "")
    ]

    assert [] == undescribed


def test_errors_are_all_in_one_place() -> None:
    """No module defines an error of the tree elsewhere."""
    strays = [
        f"{module}.{name}"
        for module in MODULES
        if module != "errors"
        for name, value in vars(importlib.import_module(f"miwdap_kg.{module}")).items()
        if inspect.isclass(value)
        and issubclass(value, errors.MiwdapError)
        and value.__module__ != errors.__name__
    ]

    assert [] == strays
