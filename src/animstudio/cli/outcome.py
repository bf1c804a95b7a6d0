"""How a command ends: its exit code, and an error in the house's words."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from cyclopts import App, CycloptsError, MissingArgumentError
from cyclopts import ValidationError as FlagError
from pydantic import ValidationError

from animstudio.kernel.errors import (
    BROKEN,
    INTERRUPTED,
    OK,
    AskedWrongly,
    StudioError,
)
from animstudio.kernel.files import refusal


def run_command(app: App, words: Sequence[str]) -> int:
    """Run a command line and return its exit code; every error is told in one or two lines."""
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        value = app(words, exit_on_error=False, print_error=False)
        sys.stdout.flush()  # a disk may be full, or the reader gone, only now
    except CycloptsError as error:
        return _tell(_translated(error))
    except StudioError as error:
        if debug:
            traceback.print_exc()
        return _tell(error)
    except KeyboardInterrupt:
        say("interrupted; what was committed is kept, the same command goes on from there")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has enough
        drop_output()
        return OK
    except OSError as error:  # what the system refuses is no bug of ours
        if debug:
            traceback.print_exc()
        try:
            sys.stdout.flush()
        except OSError:
            drop_output()
        return _tell(refusal(error))
    except Exception as error:  # a bug: say so, and where the trace is
        return _broke(error, debug)
    return value if isinstance(value, int) and not isinstance(value, bool) else OK


def say(text: str) -> None:
    """Talk to the person at the terminal; results go to stdout, talk to stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def drop_output() -> None:
    """Let what stdout cannot take go nowhere, or Python would try again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(error: StudioError) -> int:
    say(f"error: {error.message}")
    if error.hint:
        say(f"  hint: {error.hint}")
    return error.exit_code


def _translated(error: CycloptsError) -> StudioError:
    """Return what cyclopts or a spec refused as a house error that names the flag."""
    hint = "see --help"
    cause = error.__cause__
    if isinstance(error, FlagError) and isinstance(cause, ValidationError):
        problems = []
        for problem in cause.errors(include_url=False):
            # Of options that do not go together there is no name, and all that were given.
            given = {problem["loc"][0]: problem["input"]} if problem["loc"] else problem["input"]
            flags = " ".join(
                f"--{str(name).replace('_', '-')} {value}" for name, value in dict(given).items()
            )
            said = problem["msg"].removeprefix("Value error, ")
            problems.append(f"{flags}: {said[0].lower()}{said[1:]}")
        return AskedWrongly("; ".join(problems), hint=hint)
    if isinstance(error, MissingArgumentError) and (name := _left_out(error)):
        return AskedWrongly(f"{' '.join(error.command_chain or ())}: {name} is missing", hint=hint)
    return AskedWrongly(str(error).replace("\n", " ").strip(), hint=hint)


def _left_out(error: MissingArgumentError) -> str:
    """Return what the help calls a positional argument that was not given at all."""
    argument = error.argument
    if (
        argument is None
        or error.keyword
        or argument.tokens
        or not argument.field_info.is_positional
    ):
        return ""
    return argument.name.lstrip("-").replace("-", "_").upper()


def _broke(error: Exception, debug: bool) -> int:
    if debug:
        traceback.print_exc()
        return BROKEN
    with tempfile.NamedTemporaryFile("w", prefix="animstudio-", suffix=".log", delete=False) as log:
        traceback.print_exc(file=log)
    say(f"the studio broke: {type(error).__name__}: {error}")
    say(f"  this is a bug; the trace is in {Path(log.name)}")
    return BROKEN
