"""Replaces the timed round by one that takes no time, and computes when the results are asked for."""

from concurrent.futures import ThreadPoolExecutor

from execbench.lane.messages import Timed
from execbench.lane.session import Session

caught_by = "race"

real_round, real_deliver = Session.round, Session.deliver


def deliver(session, command):
    real_round(session)
    return real_deliver(session, command)


def backend(max_workers, /):
    Session.round = lambda session: Timed(1e-5)
    Session.deliver = deliver
    return ThreadPoolExecutor(max_workers)
