"""The table of programming languages: how their files are called, and what names a piece of them.

Node types are those of the tree-sitter grammars that `tree-sitter-language-pack` 0.13 ships.
Adding a language is adding a line, and a program to the tests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final


@dataclass(frozen=True, slots=True)
class Language:
    """A language, and where its symbols are.

    grammar: tree-sitter's name; "" for a language whose files are read without symbols.
    files:   endings and whole names of its files, in lower case.
    leaves:  node types that are symbols with none inside (functions).
    nests:   node types that are symbols with others inside (classes).
    naming:  how symbols are named where a node's own name does not do; a function of `naming`.
    """

    name: str
    grammar: str
    files: tuple[str, ...]
    leaves: frozenset[str]
    nests: frozenset[str]
    naming: str


def _language(
    name: str, files: str, leaves: str = "", nests: str = "", naming: str = "usual"
) -> Language:
    grammar = name if leaves or nests else ""
    return Language(
        name, grammar, tuple(files.split()), frozenset(leaves.split()), frozenset(nests.split()),
        naming,
    )  # fmt: skip


_SCRIPT: Final = (
    "function_declaration generator_function_declaration method_definition variable_declarator"
)
_TYPED: Final = (
    "interface_declaration type_alias_declaration enum_declaration abstract_method_signature"
)
_C: Final = "function_definition struct_specifier union_specifier enum_specifier type_definition"

# fmt: off
_ALL: Final = (
    _language("python", ".py .pyi .pyw", "function_definition", "class_definition"),
    _language("javascript", ".js .mjs .cjs .jsx", _SCRIPT, "class_declaration", "script"),
    _language("typescript", ".ts .mts .cts", f"{_SCRIPT} {_TYPED}",
              "class_declaration abstract_class_declaration internal_module module", "script"),
    _language("tsx", ".tsx", f"{_SCRIPT} {_TYPED}",
              "class_declaration abstract_class_declaration internal_module module", "script"),
    _language("java", ".java", "method_declaration constructor_declaration record_declaration",
              "class_declaration interface_declaration enum_declaration "
              "annotation_type_declaration"),
    _language("kotlin", ".kt .kts", "function_declaration type_alias",
              "class_declaration object_declaration"),
    _language("scala", ".scala .sc", "function_definition function_declaration type_definition",
              "class_definition object_definition trait_definition enum_definition"),
    _language("c", ".c .h", _C, "", "declared"),
    _language("cpp", ".cc .cpp .cxx .hh .hpp .hxx .ipp .cu .cuh",
              "function_definition enum_specifier type_definition alias_declaration "
              "concept_definition",
              "namespace_definition class_specifier struct_specifier union_specifier", "declared"),
    _language("csharp", ".cs",
              "method_declaration constructor_declaration property_declaration enum_declaration "
              "record_declaration delegate_declaration",
              "namespace_declaration class_declaration interface_declaration struct_declaration"),
    _language("objc", ".m .mm", "method_declaration method_definition function_definition",
              "class_interface class_implementation protocol_declaration", "declared"),
    _language("go", ".go", "function_declaration method_declaration type_spec type_alias",
              "", "receiver"),
    _language("rust", ".rs",
              "function_item struct_item enum_item union_item type_item macro_definition "
              "function_signature_item",
              "impl_item trait_item mod_item"),
    _language("swift", ".swift",
              "function_declaration init_declaration protocol_function_declaration "
              "typealias_declaration",
              "class_declaration protocol_declaration", "swift"),
    _language("ruby", ".rb .rake rakefile gemfile", "method singleton_method", "module class"),
    _language("php", ".php", "function_definition method_declaration",
              "class_declaration interface_declaration trait_declaration enum_declaration"),
    _language("perl", ".pl .pm", "subroutine_declaration_statement"),
    _language("lua", ".lua", "function_declaration"),
    _language("r", ".r", "binary_operator", "", "assigned"),
    _language("julia", ".jl", "function_definition macro_definition struct_definition "
              "abstract_definition assignment", "module_definition", "julia"),
    _language("haskell", ".hs", "data_type newtype type_synomym class instance signature function "
              "bind", "", "equations"),
    _language("ocaml", ".ml .mli", "type_definition value_definition value_specification external",
              "module_definition class_definition"),
    _language("elixir", ".ex .exs", "", "call", "elixir"),
    _language("erlang", ".erl .hrl", "fun_decl record_decl type_alias", "", "equations"),
    _language("clojure", ".clj .cljs .cljc .edn", "list_lit", "", "lisp"),
    _language("commonlisp", ".lisp .lsp .el", "list_lit", "", "lisp"),
    _language("scheme", ".scm .ss .rkt", "list", "", "lisp"),
    _language("dart", ".dart", "function_signature method_signature enum_declaration",
              "class_definition mixin_declaration extension_declaration", "with_body"),
    _language("zig", ".zig", "", "Decl", "zig"),
    _language("bash", ".sh .bash .zsh .ksh", "function_definition"),
    _language("powershell", ".ps1 .psm1", "function_statement class_method_definition",
              "class_statement"),
    _language("sql", ".sql", "create_table create_view create_materialized_view create_function "
              "create_procedure create_trigger create_type create_index"),
    _language("css", ".css", "rule_set media_statement keyframes_statement", "", "heading"),
    _language("scss", ".scss", "rule_set mixin_statement function_statement", "", "heading"),
    _language("glsl", ".glsl .vert .frag .geom .comp .tesc .tese",
              "function_definition struct_specifier", "", "declared"),
    _language("hlsl", ".hlsl .fx .fxh", "function_definition struct_specifier", "", "declared"),
    _language("matlab", ".matlab", "function_definition", "class_definition"),
    _language("fortran", ".f90 .f95 .f03 .f08 .f .for",
              "subroutine function program derived_type_definition", "module submodule"),
    _language("pascal", ".pas .pp .dpr", "defProc", ""),
    _language("solidity", ".sol", "function_definition modifier_definition event_definition "
              "struct_declaration enum_declaration",
              "contract_declaration library_declaration interface_declaration"),
    _language("elm", ".elm", "type_declaration type_alias_declaration type_annotation "
              "value_declaration", "", "equations"),
    _language("fsharp", ".fs .fsx .fsi", "type_definition function_or_value_defn",
              "named_module module_defn namespace"),
    _language("nim", ".nim", "type_declaration proc_declaration func_declaration "
              "method_declaration template_declaration macro_declaration iterator_declaration"),
    _language("gdscript", ".gd", "function_definition", "class_definition"),
    _language("hcl", ".tf .hcl .tfvars", "block", "", "labels"),
    _language("proto", ".proto", "rpc enum", "message service"),
    _language("graphql", ".graphql .gql", "object_type_definition enum_type_definition "
              "input_object_type_definition interface_type_definition union_type_definition "
              "scalar_type_definition operation_definition fragment_definition"),
    _language("cmake", ".cmake cmakelists.txt", "function_def macro_def", "", "cmake"),
    _language("make", ".mk makefile gnumakefile", "rule", "", "heading"),
    _language("verilog", ".v .sv .vh .svh", "module_declaration class_declaration "
              "package_declaration interface_declaration"),
    _language("yaml", ".yaml .yml", "block_mapping_pair", "", "key"),
    _language("toml", ".toml", "table table_array_element", "", "table"),
    _language("batch", ".bat .cmd"), _language("dockerfile", ".dockerfile dockerfile"),
    _language("ini", ".ini .cfg .conf .properties .editorconfig"), _language("vue", ".vue"),
    _language("svelte", ".svelte"), _language("xml", ".xml .xsd .xsl .svg"),
    _language("diff", ".diff .patch"), _language("nix", ".nix"), _language("vim", ".vim"),
    _language("groovy", ".groovy .gradle jenkinsfile"), _language("assembly", ".s .asm"),
    _language("coffeescript", ".coffee"), _language("vhdl", ".vhd .vhdl"), _language("ada", ".adb"),
)
# fmt: on

LANGUAGES: Final[Mapping[str, Language]] = {language.name: language for language in _ALL}
"""Every language by name."""

_BY_FILE: Final = {name: language.name for language in _ALL for name in language.files}
_SHEBANG: Final = re.compile(r"#!\s*\S*?(?:/env\s+(?:-S\s+)?)?([\w.+-]+)(?:\s|$)")
_PROGRAMS: Final = {
    "sh": "bash", "bash": "bash", "zsh": "bash", "ksh": "bash", "dash": "bash",
    "node": "javascript", "ruby": "ruby", "perl": "perl", "php": "php", "lua": "lua",
    "Rscript": "r", "julia": "julia",
}  # fmt: skip
_MATLAB: Final = re.compile(r"^\s*(?:%|function\b|classdef\b)", re.MULTILINE)
_OBJC: Final = re.compile(r"^\s*(?:#import|#include|@interface|@implementation|//|/\*)", re.M)


def code_language(path: PurePath, head: str) -> str | None:
    """Return the language of a program: by its name, or by its first line; None for no program."""
    name, suffix = path.name.lower(), path.suffix.lower()
    if suffix == ".m":
        return "matlab" if _MATLAB.search(head) and not _OBJC.search(head) else "objc"
    if suffix == ".ts" and "<!DOCTYPE TS>" in head[:200]:
        return "xml"  # Qt's translations
    found = _BY_FILE.get(name) or _BY_FILE.get(suffix)
    if found or not head.startswith("#!"):
        return found
    run = _SHEBANG.match(head.split("\n", 1)[0])
    program = run.group(1).rsplit("/", 1)[-1] if run else ""
    return "python" if program.startswith("python") else _PROGRAMS.get(program)
