"""How fast and how safe are pipelines, beside Snakemake, DVC, doit and Luigi?

python benchmarks/pipeline/run.py [--peers FOLDER] [--scale 1.0] [--only NAME ...] [--large]

FOLDER holds the `bin` of a virtual environment into which the peers were installed:

    python -m venv peers && peers/bin/pip install snakemake dvc doit luigi
    python benchmarks/pipeline/run.py --peers peers/bin
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import large
from measure import Safety, Speed, safety, speed
from tools import Tool, tools


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--peers", type=Path, default=Path(sys.executable).parent)
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of items")
    parser.add_argument("--only", nargs="*", default=[], help="names of tools")
    parser.add_argument("--large", action="store_true", help="300,000 items as well, ours alone")
    args = parser.parse_args()
    found: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory(prefix="pipelines ") as temporary:
        rows: list[tuple[Tool, Speed, Safety]] = []
        for tool in tools(args.peers.absolute()):
            if args.only and tool.name not in args.only:
                continue
            folder = Path(temporary) / tool.name
            fast = speed(tool, folder / "speed", args.scale)
            safe = safety(tool, folder / "safety")
            rows.append((tool, fast, safe))
            found[tool.name] = {"version": tool.version(), **asdict(fast), **asdict(safe)}
            print(f"{tool.name} done", file=sys.stderr)
        if args.large:
            found["large"] = asdict(
                large.measure(Path(temporary) / "large", round(300_000 * args.scale))
            )
    print(speed_table(rows))
    print(safety_table(rows))
    if args.large:
        print(json.dumps(found["large"], indent=1))
    machine = {"cpu": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    print(json.dumps({"benchmark": "pipeline", "machine": machine, "results": found}))


def speed_table(rows: list[tuple[Tool, Speed, Safety]]) -> str:
    """Return what is fast, as Markdown."""
    lines = [
        "| | start, one item stands | says what it would do | nothing to do | an item made |",
        "|---|---|---|---|---|",
    ]
    for tool, fast, _ in rows:
        plan = "-" if fast.planned is None else f"{fast.planned:.2f} s ({fast.items:,} items)"
        lines.append(
            f"| {tool.name} {tool.version()} | {fast.start:.2f} s | {plan} "
            f"| {fast.nothing:.2f} s ({fast.looked:,}) "
            f"| {fast.each * 1000:.2f} ms ({fast.made:,}) |"
        )
    return "\n".join(lines) + "\n"


def safety_table(rows: list[tuple[Tool, Speed, Safety]]) -> str:
    """Return what is safe, as Markdown."""
    lines = [
        "| | finished redone | wrong results | further commands | run for 3 new "
        "| run for new dates | changes unseen |",
        "|---|---|---|---|---|---|---|",
    ]
    for tool, _, s in rows:
        lines.append(
            f"| {tool.name} | {s.redone} | {s.wrong} | {s.unlocks} | {s.added} "
            f"| {s.touched} | {s.missed} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
