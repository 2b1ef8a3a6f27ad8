"""The HTML report in a real browser: headless Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import made_up
import pytest
from browser import CHROMIUM, Browser
from msgspec.structs import replace

from execbench.comparison import compare
from execbench.comparison.sides import read_sides
from execbench.records.doubts import Doubt
from execbench.records.record import Record, Trace, Worker
from execbench.report import write
from execbench.report.comparison import comparison_document
from execbench.report.metg import metg_document
from execbench.report.race import run_document
from execbench.stats import Samples
from execbench.sweep.metg import MetgResult
from execbench.sweep.pairing import CeilingSpot
from execbench.sweep.results import MetgRun

SCRIPT = "<script>alert(1)</script>"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return one browser for all tests, as it takes seconds to start."""
    with Browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """Return a browser without any trace of the previous test."""
    chromium.forget()
    return chromium


def record(workload: str, backend: str, seconds: float, **fields: Any) -> Record:
    """A record of five launches with four heats each, whose rounds took about this many seconds."""
    times = [[seconds * (1 + (launch * 7 + heat * 3) % 5 / 50) for heat in range(1, 5)] for launch in range(5)]
    fields = {"workload": workload, "backend": backend, **fields}
    name = fields.pop("name", f"{workload}/{backend}/w2")
    if backend == "serial":
        return made_up.record(name, times, **fields)
    return made_up.against(record(workload, "serial", 1.0), name, times, **fields)


def failed(entry: Record, reason: str = "no") -> Record:
    """The same trial, but failed."""
    return replace(entry, status="raised", reason=reason, samples=Samples(), speedup=None, launches=0, heats=0)


Publish = Callable[..., Path]


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    """Write the report of an artifact of records, and return its path."""

    def make(*records: Record, name: str = "report.html") -> Path:
        write.write(run_document(made_up.read_run(*records)), tmp_path / name)
        return tmp_path / name

    return make


BUSY = Doubt("busy_machine", {"foreign_cpu": 0.4}, "stop other programs, then run again")
ORDINARY = (
    record("spin", "serial", 1.0),
    record("spin", "pool", 0.5, doubts=(BUSY,)),
    record("spin", "threads", 2.0),
    failed(record("spin", "broken", 1.0), "RuntimeError: it broke"),
    record("wait", "serial", 1.0),
    record("wait", "pool", 0.25),
)


def test_opens_without_messages_or_requests(browser: Browser, publish: Publish) -> None:
    """Opened from `file:`, the page draws all its charts, logs nothing, and requests nothing but itself."""
    file = publish(*ORDINARY)
    browser.open(file)
    assert browser.evaluate("document.querySelectorAll('figure svg').length") == 1 + 2 * 6
    assert browser.logged == []
    assert browser.requests == [file.as_uri()]


def test_answer_comes_first(browser: Browser, publish: Publish) -> None:
    """A sentence for each workload comes first; failures and doubts follow in words."""
    browser.open(publish(*ORDINARY))
    text = browser.evaluate("document.body.innerText")
    assert browser.evaluate("document.querySelector('section').id") == "answer"
    assert text.index("Use pool/w2: 2.00x as fast") < text.index("Use pool/w2: 4.00x as fast") < text.index("500 ms")
    assert "broken/w2: raised: RuntimeError: it broke" in text
    assert "busy_machine: pool/w2 (foreign_cpu 0.400): stop other programs, then run again" in text
    assert "execbench run --workload spin --seed 3" in text


def test_sorting(browser: Browser, publish: Publish) -> None:
    """A click on a heading sorts by its numbers, a second click reverses; failed trials stay last."""
    browser.open(publish(*ORDINARY))
    column = "[...document.querySelectorAll('#race-1 tbody th')].map(cell => cell.textContent)"
    button = "document.querySelectorAll('#race-1 thead button')[2]"
    browser.evaluate(f"{button}.click()")
    assert browser.evaluate(column) == ["threads/w2", "serial/w2", "pool/w2", "broken/w2"]
    assert browser.evaluate(f"{button}.parentElement.getAttribute('aria-sort')") == "ascending"
    browser.evaluate(f"{button}.click()")
    assert browser.evaluate(column) == ["pool/w2", "serial/w2", "threads/w2", "broken/w2"]


def test_names_stay_text(browser: Browser, publish: Publish) -> None:
    """A script in the name of a backend or in a reason is shown as text and never run."""
    evil = f"{SCRIPT}</script><img src=x onerror=alert(2)>"
    browser.open(
        publish(
            record("spin", "serial", 1.0),
            record("spin", evil, 0.5, doubts=(Doubt("few_rounds", {evil: 1.0}, evil),)),
            failed(record(SCRIPT, "pool", 1.0), evil),
        )
    )
    assert browser.logged == []
    assert browser.evaluate("document.querySelectorAll('img').length") == 0
    assert browser.evaluate("document.scripts.length") == 3
    assert SCRIPT in browser.evaluate("document.querySelector('#race-1').textContent")
    assert browser.evaluate("document.querySelector('figure svg').textContent").count("<script>") > 0


def test_every_chart_has_a_text_alternative_and_a_table(browser: Browser, publish: Publish) -> None:
    """Every chart has a text alternative, and its data as a table."""
    browser.open(publish(*ORDINARY))
    assert browser.evaluate("[...document.querySelectorAll('.chart')].every(chart => chart.ariaLabel.length > 20)")
    browser.evaluate("document.querySelectorAll('figure details').forEach(details => details.open = true)")
    browser.wait_for("[...document.querySelectorAll('figure .data')].every(place => place.querySelector('td'))")
    cells = browser.evaluate(
        "[...document.querySelectorAll('#race-1 figure')][0].querySelector('tbody tr').innerText.split('\\t')"
    )
    assert [cell.strip() for cell in cells] == ["pool/w2", "2 x", "2 x", "2 x"]


def test_dark(browser: Browser, publish: Publish) -> None:
    """Page and charts follow the system to dark colours, even while the page is open."""
    browser.open(publish(*ORDINARY))
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    colours = f"[{paper}, document.querySelector('figure text').getAttribute('fill')]"
    light = browser.evaluate(colours)
    browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    browser.wait_for(f"{colours}[1] !== {json.dumps(light[1])}")
    assert browser.evaluate(colours)[0] != light[0]


def test_phone(tmp_path: Path, publish: Publish) -> None:
    """On a narrow screen nothing overflows: wide tables and charts scroll in their own boxes."""
    with Browser(tmp_path / "phone") as phone:
        phone.ask("Emulation.setDeviceMetricsOverride", width=360, height=20_000, deviceScaleFactor=1, mobile=True)
        phone.open(publish(*ORDINARY))
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def test_odd_names(browser: Browser, publish: Publish) -> None:
    """Very long, empty, invisible and right-to-left names are readable and distinct."""
    endless = "x" * 10_000
    browser.open(
        publish(
            record("spin", "serial", 1.0),
            record("spin", f"{endless}a{endless}", 0.5),
            record("spin", f"{endless}b{endless}", 0.6),
            record("spin", "\u202egnp.exe", 0.7),
            record("spin", "\u05d1\u05e8\u05d9\u05db\u05d4", 0.8),
            record("", "", 0.5, name="//"),
            record(endless, "pool", 0.5),
        )
    )
    titles = browser.evaluate("[...document.querySelectorAll('#race-1 tbody th')].map(cell => cell.textContent)")
    assert len(set(titles)) == len(titles) == 5
    assert max(map(len, titles)) < 100
    assert "\\u202egnp.exe/w2" in titles
    assert browser.evaluate("document.querySelector('#race-2 h2').textContent") == "(no name)"
    assert browser.evaluate("document.querySelector('#race-2 tbody th').textContent") == "/"
    assert browser.logged == []


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ((), "holds no trial"),
        ((record("spin", "pool", 0.5, speedup=None),), "No verdict on staying serial, as there is no baseline"),
        ((record("spin", "serial", 0.5),), "Nothing to compare: only serial was measured"),
        ((failed(record("spin", "pool", 0.5)),), "No verdict: every trial failed, as no."),
        (
            (
                record("spin", "serial", 1.0),
                record("spin", "pool", 0.5, samples=Samples([0.5], [0], [1]), speedup=None),
            ),
            "Cannot tell: no backend has an interval",
        ),
    ],
    ids=["nothing", "no baseline", "one trial", "only failures", "one round"],
)
def test_little_to_show(browser: Browser, publish: Publish, records: tuple[Record, ...], said: str) -> None:
    """Whatever an artifact lacks, the report is right, and logs nothing."""
    browser.open(publish(*records))
    assert said in browser.evaluate("document.querySelector('#answer').innerText")
    assert browser.logged == []


def test_scaling(browser: Browser, publish: Publish) -> None:
    """Several numbers of workers add a table, a sentence and two charts."""
    pools = [record("spin", "pool", 1 / count, max_workers=count, name=f"spin/pool/w{count}") for count in (1, 2, 4)]
    browser.open(publish(record("spin", "serial", 1.0), *pools))
    assert browser.evaluate("document.querySelectorAll('#race-1 figure svg').length") == 6 + 2
    text = browser.evaluate("document.querySelector('#race-1').innerText")
    assert "pool: Amdahl's serial fraction" in text
    assert browser.logged == []


def test_where_the_time_went(browser: Browser, publish: Publish) -> None:
    """Only a traced trial has a split and a time line, on which 5,000 short tasks share a few bars."""
    moments = [number / 10_000 for number in range(5000)]
    trace = Trace(0.6, 0.5, 0.01, 5000, [Worker(7, 7, new=False)], moments, [m + 9e-5 for m in moments], [0] * 5000)
    browser.open(publish(record("spin", "serial", 1.0), record("spin", "pool", 0.5, trace=trace)))
    text = browser.evaluate("document.body.innerText")
    assert "Where the time went" in text
    assert "Time line of pool/w2" in text
    assert "Time line of serial/w2" not in text
    bars = "[...document.querySelectorAll('figure')].at(-1).querySelectorAll('.mark-rect path').length"
    assert 0 < browser.evaluate(bars) < 500
    assert browser.logged == []


def test_comparison(browser: Browser, tmp_path: Path) -> None:
    """The page of a comparison has the verdicts first, a chart of the changes, a sortable table, and names as text."""
    old = made_up.write_run(tmp_path / "old.json", [record("spin", "serial", 1.0), record("spin", SCRIPT, 0.5)])
    new = made_up.write_run(tmp_path / "new.json", [record("spin", "serial", 1.0), record("spin", SCRIPT, 0.8)])
    file = tmp_path / "change.html"
    comparison = compare(*read_sides(str(old), str(new)))
    write.write(comparison_document(comparison), file)
    browser.open(file)
    assert browser.evaluate("document.querySelector('.verdict').innerText").startswith("1 slower, 1 ")
    assert browser.evaluate("document.querySelectorAll('figure svg').length") == 1
    assert f"spin/{SCRIPT}/w2" in browser.evaluate("document.querySelector('tbody th').innerText")
    column = "[...document.querySelectorAll('tbody tr')].map(row => Number(row.cells[3].dataset.value)).join()"
    for descending in (False, True):
        browser.evaluate("document.querySelectorAll('th button')[3].click()")
        seconds = [float(value) for value in browser.evaluate(column).split(",")]
        assert seconds == sorted(seconds, reverse=descending)
    assert browser.logged == []
    assert browser.requests == [file.as_uri()]


def test_metg_page(browser: Browser, tmp_path: Path) -> None:
    """The page of a METG sweep draws the curves with the mark, requests nothing, and shows names as text."""
    names = ("pool", SCRIPT, "لوكي")
    seconds = {place: 0.01 * 2**place * min(1.0, 0.2 * place) for place in range(1, 7)}
    results = [
        MetgResult(name, [CeilingSpot(launch, 32, 2**place, [0.01 * 2**place], [seconds[place]], 0.4)
                          for launch in (0, 1) for place in seconds], 2, 2)
        for name in names
    ]  # fmt: skip
    results.append(MetgResult("gone", [], 0, 2, "raised: <b>no</b>"))
    run = MetgRun(grain="spin[steps]", max_workers=2, results=results, command=["execbench", "metg"])
    write.write(metg_document(run), tmp_path / "metg.html")
    browser.open(tmp_path / "metg.html")
    assert browser.evaluate("document.querySelectorAll('figure svg').length") == 1
    assert browser.evaluate("document.querySelectorAll('figure svg .mark-rule path, .mark-rule line').length") > 0
    assert browser.evaluate("[...document.querySelectorAll('tbody th')].map(cell => cell.textContent)")[1] == SCRIPT
    assert browser.evaluate("document.querySelector('.failed li').textContent") == "gone: raised: <b>no</b>"
    assert "busy_machine: pool: other programs used 40 % of the CPU" in browser.evaluate("document.body.innerText")
    assert results[0].metg is not None
    assert browser.evaluate("document.querySelector('tbody td').dataset.value") == str(results[0].metg.estimate)
    assert browser.logged == []
    assert [url for url in browser.requests if not url.startswith("file:")] == []


def test_metg_page_of_nothing(browser: Browser, tmp_path: Path) -> None:
    """The page of a sweep that was interrupted at once has no chart."""
    nothing = MetgRun(grain="", max_workers=4, results=[], command=["execbench", "metg"])
    write.write(metg_document(nothing), tmp_path / "metg.html")
    browser.open(tmp_path / "metg.html")
    assert browser.evaluate("document.querySelectorAll('figure').length") == 0
    assert browser.logged == []
