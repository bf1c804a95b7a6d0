"""Functions that a recipe names, ``module:name``: looked for without running anybody's code.

A module is found as Python would find it, and its source is parsed; neither it nor the packages
that it lies in are imported. What only running it could tell (a star import, ``__getattr__``, a
module without source) is believed.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.machinery import FileFinder, ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path

from animstudio.kernel.errors import nearest
from animstudio.pipeline.recipe.problems import Findings, Place

_NAMED = re.compile(r"([\w.]+):(\w+)")
_ANY = "*"
"""Stands among the names of a module that may have any."""


@dataclass(frozen=True, slots=True)
class _Module:
    """What is known of a module: its `names`, or why nothing is (`problem`)."""

    names: frozenset[str] = frozenset((_ANY,))
    functions: frozenset[str] = frozenset()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Functions:
    """Says of functions whether they are there; `folders` are searched before ``sys.path``."""

    folders: Sequence[Path]
    findings: Findings
    _known: dict[str, _Module] = field(default_factory=dict)

    def check(self, value: object, subject: str, at: Place) -> None:
        """Note where a function cannot be had. What is no ``module:name`` is others' to tell."""
        named = _NAMED.fullmatch(value) if isinstance(value, str) else None
        if named is None:
            return
        module, name = named.groups()
        known = self._known.get(module) or self._known.setdefault(module, self._look(module))
        said = f"{subject}: function '{module}:{name}'"
        if known.problem:
            self.findings.add("function", f"{said}: {known.problem}", at)
        elif name not in known.names and _ANY not in known.names:
            choices = sorted(known.functions)
            near = nearest(name, choices)
            if not near and choices:
                near = f"; it has {', '.join(choices[:9])}"
            message = f"{said}: the module has no '{name}'{near}"
            self.findings.add("function", message, at)

    def _look(self, module: str) -> _Module:
        spec = _found(module, [str(folder) for folder in self.folders])
        if spec is None:
            near = nearest(module, self._beside())
            return _Module(problem=f"there is no module '{module}'{near}")
        if spec.loader is None:  # a folder of modules is no module with functions
            return _Module(names=frozenset())
        if type(spec.loader) is not SourceFileLoader or not spec.origin:
            return _Module()
        try:
            tree = ast.parse(Path(spec.origin).read_bytes())
        except SyntaxError as error:
            place = f"{Path(spec.origin).name}:{error.lineno}"
            return _Module(problem=f"{place} is no valid Python: {error.msg}")
        except (OSError, ValueError):
            return _Module()
        return _Module(frozenset(_bound(tree.body)), frozenset(_defined(tree.body)))

    def _beside(self) -> Iterator[str]:
        """Yield the modules that lie in the folders."""
        for folder in self.folders:
            yield from sorted(path.stem for path in folder.glob("*.py"))
            yield from sorted(path.parent.name for path in folder.glob("*/__init__.py"))


def _found(module: str, folders: list[str]) -> ModuleSpec | None:
    """Return where a module lies, as ``importlib.util.find_spec`` would, importing no package."""
    name, *parts = module.split(".")
    if not all(map(str.isidentifier, (name, *parts))):
        return None
    spec = _in(folders, name) or _installed(name)
    for part in parts:
        if spec is None or spec.submodule_search_locations is None:
            return None
        spec = _in(list(spec.submodule_search_locations), part)
    return spec


def _in(folders: list[str], name: str) -> ModuleSpec | None:
    for folder in folders:  # what one held a moment ago is remembered, and a recipe's may change
        finder = sys.path_importer_cache.get(folder)
        if isinstance(finder, FileFinder):
            finder.invalidate_caches()
    return PathFinder.find_spec(name, folders)


def _installed(name: str) -> ModuleSpec | None:
    for finder in sys.meta_path:
        if spec := finder.find_spec(name, None):
            return spec
    return None


def _defined(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield what a module may mean to be called: the public functions and classes it defines."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


def _bound(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield every name that a module's statements bind; `_ANY` where that cannot be told."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield _ANY if node.name == "__getattr__" else node.name
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
            continue
        for inner in ast.walk(node):  # if, try, with, for, and what they hold
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                yield inner.id
            elif isinstance(inner, ast.Call):
                called = inner.func
                if isinstance(called, ast.Name) and called.id in ("globals", "exec", "setattr"):
                    yield _ANY
            elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield inner.name
            elif isinstance(inner, ast.Import | ast.ImportFrom):
                yield from ((a.asname or a.name).partition(".")[0] for a in inner.names)
