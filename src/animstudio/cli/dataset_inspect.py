"""``animstudio dataset inspect | dedup``: what is wrong with a set."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from animstudio.cli.outcome import say
from animstudio.cli.switches import Json
from animstudio.cli.tables import show_table, write_json
from animstudio.dataset.inspect.finding import counted
from animstudio.dataset.names import shown
from animstudio.dataset.spec import InspectSpec
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.progress_views import board_for

if TYPE_CHECKING:
    from animstudio.dataset.inspect.finding import Finding
    from animstudio.dataset.inspect.inspect import Inspection

Expected = Annotated[InspectSpec, Parameter(name="*", group="Expected")]
Watch = Callable[[int, int], object]


def inspect(
    folder: Path,
    /,
    *,
    report: Path | None = None,
    check: Annotated[bool, Parameter(negative="")] = False,
    fix: Annotated[bool, Parameter(negative="")] = False,
    undo: Annotated[bool, Parameter(negative="")] = False,
    as_json: Json = False,
    expected: Expected = InspectSpec(),
) -> int:
    """Say what is wrong with a set of pictures, whoever made it.

    For example:

        animstudio dataset inspect luca_set
        animstudio dataset inspect downloaded --report report
        animstudio dataset inspect downloaded --fix
        animstudio dataset inspect downloaded --undo
        animstudio dataset inspect luca_set --check

    Parameters
    ----------
    folder
        The set: kohya's, Hugging Face's, COCO's, or any folder.
    report
        A folder for report.html, report.md and report.json.
    check
        End with 1 where there are high findings, and with 2 where there are critical ones.
    fix
        Move what is broken, orphaned or double into .quarantine, with its captions and masks.
    undo
        Move the last quarantine back, and nothing else.
    """
    if undo:
        if fix or check or report:
            raise AskedWrongly("--undo stands alone")
        from animstudio.dataset.inspect.fix import undo as bring_back

        back = bring_back(folder)
        if as_json:
            write_json({"moved_back": [shown(name) for name in back]})
        say(f"{counted(len(back), 'file')} moved back")
        return 0
    found = _inspected(folder, expected)
    if report:
        _write_report(found, report)
    _show(found, as_json)
    if fix:
        _move_away(folder, found.findings)
    return found.code if check else 0


def dedup(
    folder: Path,
    /,
    *,
    fix: Annotated[bool, Parameter(negative="")] = False,
    as_json: Json = False,
    expected: Expected = InspectSpec(),
) -> None:
    """Find pictures that a set has twice.

    For example:

        animstudio dataset dedup luca_set
        animstudio dataset dedup luca_set --fix

    Parameters
    ----------
    folder
        The set.
    fix
        Move all but one of each group into .quarantine; `dataset inspect --undo` moves them back.
    """
    from animstudio.dataset.inspect.layout import read_layout
    from animstudio.dataset.inspect.looking import look_at_all
    from animstudio.dataset.inspect.twins import twin_findings

    if not folder.is_dir():
        raise AskedWrongly(f"{folder}: there is no such folder")
    layout = read_layout(folder)
    with watched("pictures", board_for(sys.stderr, os.environ)) as watch:
        paths = [one.file for one in layout.pictures]
        seen = look_at_all(paths, expected.workers, watch, looks_only=True, apart=True)
    names = [layout.name(one.file) for one in layout.pictures]
    findings = list(twin_findings(names, seen, expected))
    rows = [
        [
            shown(name),
            shown(said.removeprefix("like ")),
            "exact" if one.rule == "twins_exact" else "near",
        ]
        for one in findings
        for name, said in zip(one.files, one.details, strict=True)
    ]
    if as_json:
        write_json([{"file": row[0], "like": row[1], "kind": row[2]} for row in rows])
    elif rows:
        show_table(["picture", "like", "kind"], rows)
    else:
        say(f"no twins among {len(names)} pictures")
    if fix and rows:
        _move_away(folder, findings)


def _move_away(folder: Path, findings: Sequence[Finding]) -> None:
    from animstudio.dataset.inspect.fix import quarantine

    moved = quarantine(folder, findings)
    if moved:
        say(f"{counted(len(moved), 'file')} moved to {folder / '.quarantine'}; "
            "animstudio dataset inspect --undo moves back")  # fmt: skip
    else:
        say("nothing to move away")
    left = {name for one in findings for name in one.redundant} - set(moved)
    if left:
        say(f"{counted(len(left), 'file')} left alone, in folders that are linked in: "
            "they may be used elsewhere")  # fmt: skip


def _inspected(folder: Path, expected: InspectSpec) -> Inspection:
    from animstudio.dataset.inspect.inspect import inspect_dataset

    with watched("pictures", board_for(sys.stderr, os.environ)) as watch:
        return inspect_dataset(folder, expected, watch, apart=True)


def _show(found: Inspection, as_json: bool) -> None:
    from animstudio.dataset.inspect.report import as_json as all_of

    if as_json:
        write_json(all_of(found))
        return
    for said in found.not_checked:
        say(said)
    rows = [[one.level, one.category, shown(one.message)] for one in found.findings]
    if rows:
        show_table(["level", "category", "finding"], rows)
        say("which ones, and what to do: --report FOLDER, or --json")
    if not found.pictures:
        say("0 of 100: there are no pictures, and so nothing to judge")
        return
    say(f"{found.score.total:g} of 100: {found.pictures} pictures, layout {found.kind}")


def _write_report(found: Inspection, place: Path) -> None:
    import json

    from animstudio.dataset.inspect.report import as_json, as_markdown, as_page
    from animstudio.kernel.files import write_atomic

    base = Path(os.path.relpath(found.folder.resolve(), place.resolve())).as_posix()
    text = json.dumps(as_json(found), indent=1, ensure_ascii=False) + "\n"
    write_atomic(place / "report.json", text)
    write_atomic(place / "report.md", as_markdown(found))
    write_atomic(place / "report.html", as_page(found, base))
    say(f"{place / 'report.html'}")


@contextmanager
def watched(what: str, board: object) -> Iterator[Watch]:
    """Show on a board how many pictures are done."""
    with board as reporter:  # type: ignore[attr-defined]
        task = None
        told = 0

        def watch(done: int, total: int) -> None:
            nonlocal task, told
            task = task or reporter.task("looking", total, what)
            task.advance(done - told)
            told = done

        try:
            yield watch
        except Exception as error:  # of Ctrl-C the board itself tells
            if task:
                task.fail(str(error))
            raise
        if task:
            task.finish()
