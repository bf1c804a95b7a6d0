"""The tools, each told in its own idiom to make ``out/*`` from ``in/*`` (see `work`)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import work


@dataclass(frozen=True)
class Project:
    """A folder with inputs, and how long the pause of an item is, in seconds."""

    folder: Path
    pause: float = 0.0

    def add(self, names: list[str]) -> None:
        """Write inputs of these names."""
        (self.folder / "in").mkdir(parents=True, exist_ok=True)
        (self.folder / "out").mkdir(exist_ok=True)
        for name in names:
            (self.folder / "in" / name).write_text(f"{name}\n" * 8)

    @property
    def names(self) -> list[str]:
        """The inputs' names."""
        return sorted(path.name for path in (self.folder / "in").iterdir())

    def executed(self) -> list[str]:
        """Return the items as they were executed, each as often as it was."""
        log = self.folder / "executed.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [Path(line).name for line in lines]

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        (self.folder / name).write_text(text)


class Tool(ABC):
    """One of those compared."""

    name = ""
    package = ""
    many, few = 10_000, 10_000
    """Items for what only looks at them, and for what makes them."""

    def __init__(self, bin: Path) -> None:
        self.bin = bin

    @property
    def program(self) -> Path:
        """What is run."""
        return self.bin / self.package

    def version(self) -> str:
        """Return its version, "" where it is not installed."""
        if not self.program.exists():
            return ""
        code = f"from importlib.metadata import version; print(version('{self.package}'))"
        asked = [str(self.bin / "python"), "-c", code]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()

    @abstractmethod
    def prepare(self, project: Project) -> None:
        """Write its files into the project; called again when inputs were added."""

    @abstractmethod
    def run(self) -> list[str]:
        """Return the command that makes what is missing, two at a time where it can."""

    def plan(self) -> list[str] | None:
        """Return the command that only says what it would do."""
        return None

    def recover(self) -> list[list[str]]:
        """Return what its manual says to run after a kill, before the same command again."""
        return []

    def result(self, project: Project, name: str) -> Path:
        """Return where an item's result lies."""
        return project.folder / "out" / name


class Ours(Tool):
    """A recipe with one stage of many items."""

    name, package = "animstudio", "animation-ai-studio"
    many, few = 10_000, 2_000

    @property
    def program(self) -> Path:
        return Path(sys.executable)

    def version(self) -> str:
        return "this checkout"

    def prepare(self, project: Project) -> None:
        shutil.copy(Path(work.__file__), project.folder / "doubling.py")
        log = project.folder / "executed.log"
        options = f'{{log: "{log}", pause: {project.pause}}}'
        project.write(
            "recipe.yaml",
            "pipeline: doubling\nparams: {output: out}\nstages:\n  - id: double\n    type: python\n"
            '    config: {function: "doubling:staged", inputs: ["in/*"], each: true, '
            f"options: {options}}}\n",
        )

    def run(self) -> list[str]:
        return [*self._verb("run"), "--max-parallel", "2", "--disk-free-gb", "0"]

    def plan(self) -> list[str] | None:
        return self._verb("plan")

    def _verb(self, verb: str) -> list[str]:
        return [str(self.program), "-m", "animstudio", "pipeline", verb, "recipe.yaml"]

    def result(self, project: Project, name: str) -> Path:
        return project.folder / "out" / "double" / name / name


class OursExplicit(Ours):
    """A recipe with as many stages as there are inputs."""

    name = "animstudio, a stage each"
    few = 500

    def prepare(self, project: Project) -> None:
        super().prepare(project)
        log = project.folder / "executed.log"
        options = f'{{log: "{log}", pause: {project.pause}}}'
        stages = "".join(
            f"  - id: s{number}\n    type: python\n"
            f'    config: {{function: "doubling:staged", inputs: ["in/{name}"], each: true, '
            f"options: {options}}}\n"
            for number, name in enumerate(project.names)
        )
        project.write(
            "recipe.yaml", f"pipeline: doubling\nparams: {{output: out}}\nstages:\n{stages}"
        )

    def result(self, project: Project, name: str) -> Path:
        return project.folder / "out" / f"s{project.names.index(name)}" / name / name


class Snakemake(Tool):
    """A rule with a wildcard."""

    name = package = "snakemake"
    many, few = 10_000, 100

    def prepare(self, project: Project) -> None:
        project.write("work.sh", work.SHELL)
        project.write(
            "Snakefile",
            'import os\nNAMES = sorted(os.listdir("in"))\n'
            'rule all:\n    input: expand("out/{name}", name=NAMES)\n'
            'rule double:\n    input: "in/{name}"\n    output: "out/{name}"\n'
            f'    shell: "sh work.sh {{input}} {{output}} {project.pause:g} executed.log"\n',
        )

    def run(self) -> list[str]:
        return [str(self.program), "--cores", "2", "--quiet", "all"]

    def plan(self) -> list[str] | None:
        return [*self.run(), "--dry-run"]

    def recover(self) -> list[list[str]]:
        return [[*self.run(), "--unlock"], [*self.run(), "--rerun-incomplete"]]


class Dvc(Tool):
    """A stage for each item, out of ``foreach``."""

    name = package = "dvc"
    many, few = 300, 30

    def prepare(self, project: Project) -> None:
        project.write("work.sh", work.SHELL)
        if not (project.folder / ".dvc").exists():
            made = [str(self.program), "init", "--no-scm", "--quiet"]
            subprocess.run(made, cwd=project.folder, check=True, capture_output=True)
        names = "".join(f"      - {name}\n" for name in project.names)
        project.write(
            "dvc.yaml",
            f"stages:\n  double:\n    foreach:\n{names}    do:\n"
            f"      cmd: sh work.sh in/${{item}} out/${{item}} {project.pause:g} executed.log\n"
            "      deps: ['in/${item}']\n      outs: ['out/${item}']\n",
        )

    def run(self) -> list[str]:
        return [str(self.program), "repro", "--quiet"]

    def plan(self) -> list[str] | None:
        return [*self.run(), "--dry"]


class Doit(Tool):
    """A subtask for each item, in Python."""

    name = package = "doit"
    many, few = 10_000, 2_000

    def prepare(self, project: Project) -> None:
        shutil.copy(Path(work.__file__), project.folder / "doubling.py")
        project.write(
            "dodo.py",
            "import os\nfrom doubling import double\n\ndef task_double():\n"
            '    for name in sorted(os.listdir("in")):\n        yield {"name": name,\n'
            '            "actions": [(double, [f"in/{name}", f"out/{name}", '
            f'{project.pause}, "executed.log"])],\n'
            '            "file_dep": [f"in/{name}"], "targets": [f"out/{name}"]}\n',
        )

    def run(self) -> list[str]:
        return [str(self.program), "-n", "2", "-v", "0"]

    def plan(self) -> list[str] | None:
        return [str(self.program), "list", "--all", "--status"]


class Luigi(Tool):
    """A task for each item, its output written to a temporary path as its manual advises."""

    name = package = "luigi"
    many, few = 2_000, 300

    def prepare(self, project: Project) -> None:
        shutil.copy(Path(work.__file__), project.folder / "doubling.py")
        project.write(
            "tasks.py",
            "import os\nimport luigi\nfrom doubling import double\n\nclass Double(luigi.Task):\n"
            "    name = luigi.Parameter()\n    def output(self):\n"
            '        return luigi.LocalTarget(f"out/{self.name}")\n    def run(self):\n'
            "        with self.output().temporary_path() as path:\n"
            f'            double(f"in/{{self.name}}", path, {project.pause}, "executed.log")\n\n'
            "class All(luigi.WrapperTask):\n    def requires(self):\n"
            '        return [Double(name=name) for name in sorted(os.listdir("in"))]\n',
        )

    def run(self) -> list[str]:
        options = ["--module", "tasks", "All", "--local-scheduler", "--workers", "2"]
        return [str(self.bin / "python"), "-m", "luigi", *options, "--log-level", "ERROR"]


def tools(peers: Path) -> list[Tool]:
    """Return those that are there; the peers are looked for beside the Python in `peers`."""
    ours: list[Tool] = [Ours(Path(sys.executable).parent), OursExplicit(peers)]
    return ours + [t for kind in (Snakemake, Dvc, Doit, Luigi) if (t := kind(peers)).version()]
