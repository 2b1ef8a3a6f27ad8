"""How each trial of a comparison changed."""

from collections.abc import Sequence

from execbench.comparison.verdicts import Judged
from execbench.report import numbers
from execbench.report.charts.chart import chart, ends
from execbench.report.document import Chart


def change(trials: Sequence[tuple[str, Judged]]) -> Chart | None:
    """Return the chart of trials, by title, if any of them has an interval."""
    known = [(title, trial.verdict, trial.interval) for title, trial in trials if trial.interval is not None]
    if not known:
        return None
    rows = [(title, verdict, *ends(interval)) for title, verdict, interval in known]
    said = "; ".join(f"{title} {verdict} {numbers.ratio(interval)}" for title, verdict, interval in known)
    fields = ("trial", "verdict", "ratio", "low", "high", "from", "to")
    return chart("change", fields, rows, f"New over old: {said}.", pictured=True)
