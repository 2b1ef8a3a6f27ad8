"""Certifies `execbench advise` on this machine: functions of our own choice, whose best setting long races know.

    pip install -r benchmarks/functions/requirements.txt
    python benchmarks/certify_advice.py RESULTS.jsonl [--half tune|look_once|both] [--only PATTERN] [--hours 6]

A cell is a function of benchmarks/advice/advice.toml at one size. For each, in processes of their own:

1. `execbench advise`, for one call and for many.
2. In one cell of ten, by lot: `execbench run` with its defaults, on the backends that the advice considered.
3. The truth: settings race for 12 launches each, and every result is checked. They are the settings that the model does
   not place 2x behind the best, one in ten of the others by lot, and whatever the advice or a baseline chose. A launch
   measures one call (opening, first call, closing) and rounds of a pool that lives on.
4. The program that was printed for one call, run five times as a script.

Each cell is appended to the file at once. If started again, the program resumes, on another day, too. It ends when all
cells are covered, or with the first cell that is finished after the given time; cells come by lot, so that those that
were covered are a fair sample. `advice_certification_1.jsonl` to `_3.jsonl` have those so far: what each showed changed
the method before the next. All of them in one file go on with the others.

The tables show, for the half to tune on and the half that is looked at once, for one call and for many, and for the
advice and five baselines:

- how often the chosen setting is within 5 % of the best; a cell whose 95 % interval holds both answers does not count,
  and "cannot tell" counts as wrong where the race shows whether the loop is within 5 %;
- how many of the others were named without "perhaps not the best";
- the regret: how much longer the chosen setting takes than the best one;
- how often the advice is "cannot tell", or there is none;
- how often it names a backend that is slower than the loop for certain.

Targets: at least 90 % within 5 %; a regret of 2 % in the median, 10 % at the 90th percentile, 25 % at worst; at most
10 % "cannot tell"; no wrong "use"; at most 15 s for each advice.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import get_args

import msgspec
from advice_cells import as_line, measured
from advice_scores import CALLS, Row, misses, report
from advice_table import Half, cells, listed
from certify_live import append, read

LAUNCHES = 12

EPILOG = """\
examples:
  python benchmarks/certify_advice.py tune.jsonl --half tune              what the method may be tuned on
  python benchmarks/certify_advice.py tune.jsonl --only waiting.py        the functions of one file
  python benchmarks/certify_advice.py tune.jsonl --only /small --hours 1  one size, for an hour
  python benchmarks/certify_advice.py all.jsonl --hours 0                 the tables of what is covered so far"""


def read_rows(path: Path) -> list[Row]:
    """Return the finished cells of a journal."""
    return msgspec.convert(read(path), list[Row])


def main() -> None:
    """Resume where the journal ends, then print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path)
    parser.add_argument("--half", choices=[*get_args(Half), "both"], default="both")
    parser.add_argument("--only", default="", metavar="PATTERN", help="cells with this in FILE.py:FUNCTION/SIZE")
    parser.add_argument("--hours", type=float, default=6.0, help="start no cell after this time (default: %(default)g)")
    parser.add_argument("--launches", type=int, default=LAUNCHES, help="of each setting (default: %(default)s)")
    given = parser.parse_args()
    end = time.monotonic() + given.hours * 3600
    wanted = cells(listed(), get_args(Half) if given.half == "both" else [given.half], given.only)
    if not wanted:
        parser.error(f"--only {given.only}: no cell has this in its name, such as waiting.py:fetched/small")
    try:
        given.results.touch()
    except OSError as error:
        parser.error(f"{given.results}: {error.strerror}")
    covered = {row.id for row in read_rows(given.results)}
    for cell in wanted:
        if cell.id in covered or time.monotonic() >= end:
            continue
        row = measured(cell, given.launches)
        append(given.results, as_line(row))
        said = ", ".join(f"{calls} {row.advice[calls].verdict} {row.advice[calls].winner or ''}" for calls in CALLS)
        sys.stderr.write(f"{cell.id}: {said} after {row.seconds or 0:.0f} s\n")
    ids = {cell.id for cell in wanted}
    rows = [row for row in read_rows(given.results) if row.id in ids]
    print(report(rows, len(wanted)))
    print("\n".join(["## Not within 5 %", "", *misses(rows)]))


if __name__ == "__main__":
    main()
