"""`python -m benchmarks [NAME …] [--quick]`: runs the measurements, prints a table, merges it into build/bench.json."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks.rows import Row

_FILE = Path("build/bench.json")


def measurements() -> dict[str, Callable[[bool], dict[str, Row]]]:
    """Every module here that has a `run(quick)`."""
    found: dict[str, Callable[[bool], dict[str, Row]]] = {}
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if not module.name.startswith("_"):
            run = getattr(importlib.import_module(f"benchmarks.{module.name}"), "run", None)
            if callable(run):
                found[module.name] = run
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks")
    parser.add_argument("only", nargs="*", help="names of measurements; all of them when none is given")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: to see that they run, not for the figures")
    asked = parser.parse_args()
    known = measurements()
    unknown = set(asked.only) - set(known)
    if unknown:
        print(
            f"no measurement called {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}", file=sys.stderr
        )
        return 2
    console = Console()
    all_rows: dict[str, Row] = json.loads(_FILE.read_text()) if _FILE.exists() else {}
    for name in asked.only or sorted(known):
        console.rule(name)
        began = time.monotonic()
        rows = known[name](asked.quick)
        console.print(_table(rows))
        console.print(f"{name}: {time.monotonic() - began:.0f} s", style="dim")
        all_rows |= rows
        _FILE.parent.mkdir(exist_ok=True)
        _FILE.write_text(json.dumps(all_rows, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    return 0


def _table(rows: dict[str, Row]) -> Table:
    table = Table("", "ours", "peer or asked", "unit", "ratio")
    for name, row in rows.items():
        peer = "" if row["peer"] is None else f"{row['peer']:g}"
        ratio = "" if row["ratio"] is None else f"{row['ratio']:g}"
        table.add_row(name, f"{row['ours']:g}", peer, row["unit"], ratio)
    return table


if __name__ == "__main__":
    raise SystemExit(main())
