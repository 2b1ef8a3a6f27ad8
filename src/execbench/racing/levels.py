"""On which level each launch of a trial was, whatever the machine did meanwhile."""

from collections.abc import Mapping, Sequence

from execbench.stats import Samples, ratios_by_launch


def levels(samples: Samples, baseline: Samples | None, reference_seconds: Sequence[float]) -> Mapping[int, float]:
    """Return the log speedup of each launch over the baseline; of the baseline, that over the reference kernel."""
    if reference_seconds:
        baseline = Samples(reference_seconds, samples.launch, samples.heat)
    return {} if baseline is None else ratios_by_launch(baseline, samples)
