"""More input than anybody wants to hold: lines from a generator."""

from functools import partial

import lxml.html


def lines(count):
    return (f"<p><a href='/{number}'>page {number}</a> <b>{number % 7}</b></p>" for number in range(count))


def log(count):
    return (f"10.0.{number % 256}.7 - [28/Nov/2026] GET /{number} 200 {number * 31 % 9_973}" for number in range(count))


lines_small, lines_middle, lines_large = (partial(lines, count) for count in (35, 700, 9_300))
log_small, log_middle, log_large = (partial(log, count) for count in (2_000, 40_000, 330_000))


def links(line):
    return [(link.get("href"), link.text) for link in lxml.html.fromstring(line).iter("a")]


def bytes_sent(line):
    address, _, rest = line.partition(" - ")
    return address, int(rest.rpartition(" ")[2])
