"""The reference, written from the code: ``python -m animstudio.cli.reference docs/reference``.

With ``--check`` nothing is written, and a page that differs from what stands is an error.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from animstudio.catalog import stages
from animstudio.cli import app
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.spec import Spec


def pages() -> dict[str, str]:
    """Return the reference's pages by file name."""
    return {"commands.md": commands_page(), "stages.md": stages_page()}


def commands_page() -> str:
    """Return the page of every command and flag."""
    sys.argv[:] = ["animstudio"]  # the usage lines are made of it
    text = app.generate_docs(output_format="markdown", recursive=True)
    return text.rstrip() + "\n"


def stages_page() -> str:
    """Return the page of every stage and its options; those that many share come last."""
    lines = ["# Stages", "", "Written from `animstudio/catalog.py` and the specs."]
    shared: dict[str, type[Spec]] = {}
    for name, stage in stages().items():
        needs = f"needs: {', '.join(stage.needs)}; " if stage.needs else ""
        lines += ["", f"## {name}", "",
                  f"{stage.summary} Version {stage.version}; {needs}`{stage.function}`.",
                  ""]  # fmt: skip
        lines += _options(stage.load_spec(), shared)
    for name, spec in shared.items():
        lines += ["", f"## {name}", "", (spec.__doc__ or "").strip(), "", *_options(spec, shared)]
    return "\n".join(lines) + "\n"


def _options(spec: type[Spec], shared: dict[str, type[Spec]]) -> Iterator[str]:
    yield "| option | default | |"
    yield "|---|---|---|"
    for option, field in spec.model_fields.items():
        said = " ".join((field.description or "").split()).replace("|", "\\|")
        value = field.get_default(call_default_factory=True)
        default = "" if field.is_required() else f"`{value}`"
        if isinstance(value, Spec):
            name = type(value).__name__
            shared[name] = type(value)
            default, said = "`{}`", f"{said} A map of [{name}](#{name.lower()})."
        yield f"| `{option}` | {default} | {said} |"


def main(arguments: list[str]) -> int:
    """Write the pages, or check them."""
    check = "--check" in arguments
    folder = Path(next(word for word in arguments if word != "--check"))
    for name, text in pages().items():
        path = folder / name
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            raise AskedWrongly(f"{path} is out of date", hint="make format")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
