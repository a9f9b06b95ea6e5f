"""The sections of the report, in the order in which they are read."""

from . import adoption, certificates, errors, funnel, groups, headline, method, operators, policyhosts, ranks, reference, timeline, timeseries

ALL = (headline, adoption, funnel, errors, policyhosts, certificates, ranks, operators, groups, reference, timeseries, timeline, method)


def sections(run):
    """Every section of a run's report."""
    return [section for module in ALL for section in module.sections(run)]
