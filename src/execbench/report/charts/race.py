"""The charts of one race: its speedups, what its trials cost, and all their rounds."""

from collections.abc import Sequence

from execbench.report import numbers
from execbench.report.charts.chart import chart, ends, of_each, template
from execbench.report.document import Chart
from execbench.report.entries import Entry, middle, speedup_in_words

_PHASES = ("start-up", "first call", "steady round", "shutdown")


def speedup(entries: Sequence[Entry]) -> Chart:
    """The speedup of each trial over serial."""
    rows = [(entry.title, *ends(entry.record.speedup)) for entry in entries if entry.record.speedup]
    words = of_each("Speedups", entries, lambda entry: speedup_in_words(entry.record))
    return chart("speedup", ("trial", "speedup", "low", "high", "from", "to"), rows, words, pictured=True)


def phases(entries: Sequence[Entry]) -> Chart:
    """What each trial takes to start, to warm up and to stop, against a steady round."""
    rows = [
        (entry.title, phase, seconds)
        for entry in entries
        for phase, seconds in zip(_PHASES, _seconds(entry), strict=True)
        if seconds
    ]
    words = of_each("Start-up", entries, _startup_in_words)
    return chart("phases", ("trial", "phase", "seconds"), rows, words, pictured=True)


def cpu(entries: Sequence[Entry]) -> Chart:
    """The time of a round of each trial, and the CPU time it takes."""
    rows = [(entry.title, "time", entry.record.samples.median) for entry in entries]
    rows += [(entry.title, "CPU seconds", seconds) for entry in entries if (seconds := entry.record.cpu_seconds)]
    words = of_each("CPU seconds of a round", entries, _cpu_in_words)
    return chart("cpu", ("trial", "phase", "seconds"), rows, words)


def memory(entries: Sequence[Entry]) -> Chart:
    """The peak memory of each trial."""
    rows = [(entry.title, size) for entry in entries if (size := entry.record.peak_memory_bytes) is not None]
    words = of_each("Peak memory", entries, lambda entry: numbers.memory(entry.record.peak_memory_bytes))
    return chart("memory", ("trial", "bytes"), rows, words)


def rounds(entries: Sequence[Entry]) -> list[Chart]:
    """Every timed round: where its trial's rounds lie, and how they change from heat to heat; both share their data.

    A round's turn is its heat's place in the whole race, as each launch counts its heats anew.
    """
    places = sorted({place for entry in entries for place in entry.record.samples.by_heat})
    turns = {place: turn for turn, place in enumerate(places, 1)}
    rows = [
        (entry.title, launch + 1, heat, turns[launch, heat], seconds)
        for entry in entries
        for (launch, heat), seconds in entry.record.samples.by_heat.items()
    ]
    medians = of_each("Median of a round", entries, lambda entry: numbers.seconds(entry.record.samples.median))
    all_rounds = chart("rounds", ("trial", "launch", "heat", "turn", "seconds"), rows, medians)
    spreads = of_each("Slowest round over the fastest", entries, _spread)
    return [all_rounds, Chart(template("drift"), all_rounds.data, spreads)]


def _seconds(entry: Entry) -> tuple[float | None, ...]:
    record = entry.record
    startup, first_call, shutdown = map(
        middle, (record.startup_seconds, record.first_call_seconds, record.shutdown_seconds)
    )
    return startup, first_call, record.samples.median, shutdown


def _startup_in_words(entry: Entry) -> str:
    startup, _, steady, _ = map(numbers.seconds, _seconds(entry))
    return f"{startup}, a round {steady}"


def _cpu_in_words(entry: Entry) -> str:
    return f"{numbers.seconds(entry.record.cpu_seconds)} in {numbers.seconds(entry.record.samples.median)}"


def _spread(entry: Entry) -> str:
    seconds = entry.record.samples.seconds
    return f"{numbers.three_figures(max(seconds) / min(seconds))}x"
