"""What a stage's own code is: the digests of the modules that its results may depend on.

Beginning at the module of its function, imports are followed inside its own top package, by
reading the sources; nothing is imported for it. Comments, docstrings and layout do not count:
a digest is of the syntax tree. Our own kernel and pipeline do not count either, as they carry
results and never compute them; a stage's declared version is there for the rest.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.machinery
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from animstudio.kernel.files import write_atomic

_MACHINERY = ("animstudio.kernel", "animstudio.pipeline", "animstudio.catalog")
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class _Module:
    """A source as it was read: its digest, and what it imports."""

    looks: str
    digest: str
    imports: tuple[str, ...]


class Code:
    """Digests of code, remembered by the looks of the sources, in `memory` where one is given.

    `folders` are searched before ``sys.path``, for modules that lie beside a recipe.
    """

    def __init__(self, memory: Path | None = None, folders: Sequence[Path] = ()) -> None:
        self._memory = memory
        self._search = [*(str(folder) for folder in folders), *sys.path]
        self._modules: dict[str, _Module] = {}
        self._fresh: dict[str, _Module] = {}
        self._found: dict[str, Path | None] = {}
        self._digests: dict[tuple[str, tuple[str, ...]], Mapping[str, str]] = {}
        if memory:
            try:
                stored = json.loads(memory.read_text())
                self._modules = {p: _Module(a, b, tuple(c)) for p, (a, b, c) in stored.items()}
            except (OSError, ValueError, TypeError):
                self._modules = {}

    def of(self, function: str, apart: tuple[str, ...] = ()) -> Mapping[str, str]:
        """Return the digests of the modules that ``module:name`` may depend on, by name.

        Modules of `apart`, and what only they load, are left out.
        """
        module = function.partition(":")[0]
        if (module, apart) not in self._digests:
            self._digests[module, apart] = self._closure(module, apart)
        return self._digests[module, apart]

    def keep(self) -> None:
        """Store what was read, for the next run."""
        if self._memory and self._fresh:
            content = {p: (m.looks, m.digest, m.imports) for p, m in self._modules.items()}
            write_atomic(self._memory, json.dumps(content))
            self._fresh = {}

    def _closure(self, begin: str, apart: tuple[str, ...]) -> Mapping[str, str]:
        top = begin.partition(".")[0]
        found: dict[str, str] = {}
        waiting, met = [begin], {begin, *apart}
        while waiting:
            name = waiting.pop()
            path = self._file(name)
            if path is None:
                continue
            module = self._read(path, name)
            if not _is_machinery(name):
                found[name] = module.digest
            elif name != begin:
                continue
            for other in module.imports:
                if other not in met and (other == top or other.startswith(top + ".")):
                    met.add(other)
                    waiting.append(other)
        return dict(sorted(found.items()))

    def _read(self, path: Path, name: str) -> _Module:
        seen = path.stat()
        looks = f"{seen.st_ino}:{seen.st_size}:{seen.st_mtime_ns}:{seen.st_ctime_ns}"
        known = self._modules.get(str(path))
        if known and known.looks == looks:
            return known
        source = path.read_bytes()
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):  # compiled, or broken: its bytes are all there is
            module = _Module(looks, hashlib.sha256(source).hexdigest()[:_DIGITS], ())
        else:
            imports = tuple(sorted(set(_imports(tree, name, path.stem == "__init__"))))
            _drop_docstrings(tree)
            text = ast.dump(tree)
            module = _Module(looks, hashlib.sha256(text.encode()).hexdigest()[:_DIGITS], imports)
        self._modules[str(path)] = self._fresh[str(path)] = module
        return module

    def _file(self, name: str) -> Path | None:
        """Return a module's source; None for what has none, such as the standard library's C."""
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def _find(self, name: str) -> Path | None:
        first, _, rest = name.partition(".")
        loaded = sys.modules.get(first)
        places = list(getattr(loaded, "__path__", [])) if loaded and rest else []
        if not places:
            spec = importlib.machinery.PathFinder.find_spec(first, self._search)
            if spec is None:
                return None
            if not rest:
                return Path(spec.origin) if spec.origin and spec.has_location else None
            places = list(spec.submodule_search_locations or [])
        for place in places:
            base = Path(place, *rest.split("."))
            for path in (base / "__init__.py", base.with_suffix(".py")):
                if path.is_file():
                    return path
        return None


def _is_machinery(name: str) -> bool:
    # The wing's own stages are no machinery: what they do is in their results.
    if name.startswith("animstudio.pipeline.stages."):
        return False
    return any(name == one or name.startswith(one + ".") for one in _MACHINERY)


def _imports(tree: ast.AST, name: str, package: bool) -> Iterator[str]:
    """Yield the names of modules that are imported anywhere, but for those only types need."""
    for node in _walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = name.split(".")
                kept = parts[: len(parts) - node.level + (1 if package else 0)]
                base = ".".join([*kept, *([base] if base else [])])
            yield base
            for alias in node.names:  # each may be a module of its own
                yield f"{base}.{alias.name}"


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for other in node.orelse:
                yield from _walk(other)
            continue
        yield node
        yield from _walk(node)


def _drop_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0] if node.body else None
        if (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            node.body = node.body[1:] or [ast.Pass()]
