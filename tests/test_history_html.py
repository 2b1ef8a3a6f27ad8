"""The site of a history, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser

from execbench.cli import main
from execbench.report.history_site import page_of_trial
from tests.test_history import artifact, write_history
from tests.test_html_report import SCRIPT

CHANGED_AT = 24


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of 30 commits; a trial with a hostile name became slower at one of them, as was expected."""
    folder = tmp_path_factory.mktemp("history")
    runs = (artifact(number, 0.5 if number < CHANGED_AT else 0.6) for number in range(30))
    write_history(folder / "runs", (run.replace(b"sort/pool/", b"sort/" + SCRIPT.encode() + b"/") for run in runs))
    notes = folder / "notes.toml"
    change = f"{CHANGED_AT:012x}"
    notes.write_text(
        f'annotation = [{{commit = "{change}", text = "a new <b>compiler</b>"}}]\n'
        f'expected = [{{commit = "{change}", trials = "sort/*", text = "it now copies"}}]\n'
    )
    assert main(["history", "html", str(folder / "site"), str(folder / "runs"), "--notes", str(notes)]) == 0
    return folder / "site"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return one browser for all tests."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with Browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


def test_pages_open_from_files(site: Path, browser: Browser) -> None:
    """Every kind of page draws its charts, shows hostile names as text, and asks for nothing but files of the site."""
    pages = ["index.html", f"commit-{CHANGED_AT:012x}.html", page_of_trial(f"sort/{SCRIPT}/w2")]
    for page in pages:
        browser.open(site / page)
        assert SCRIPT in browser.evaluate("document.body.textContent")
        assert browser.evaluate("document.querySelectorAll('th[aria-sort] button').length") > 0
    assert browser.logged == []
    assert {url for url in browser.requests if not url.startswith(("about:", "data:"))} == {
        (site / name).as_uri() for name in [*pages, "page.css", "page.js", "vega.js"]
    }


def test_links_lead_to_pages(site: Path, browser: Browser) -> None:
    """Each link of the front page leads to a page of the site, and each page is linked."""
    browser.open(site / "index.html")
    links = browser.evaluate("[...document.querySelectorAll('main a')].map(link => link.getAttribute('href'))")
    assert set(links) == {path.name for path in site.glob("*.html")} - {"index.html"}


def test_changes_are_marked(site: Path, browser: Browser) -> None:
    """The chart of a trial marks the change, and the table says that it was expected."""
    browser.open(site / page_of_trial(f"sort/{SCRIPT}/w2"))
    table = browser.evaluate("document.querySelector('table').textContent")
    assert "1.20x slower" in table
    assert "it now copies" in table
    marks = "JSON.parse(document.getElementById('page-data').textContent).data[0].change.map((c, i) => c && i)"
    assert [place for place in browser.evaluate(marks) if place] == [CHANGED_AT]
    assert browser.evaluate("document.querySelector('figure svg').textContent").count("times as fast") == 1


def test_dark_colours(site: Path, browser: Browser) -> None:
    """The pages follow the colour scheme of the system."""
    browser.open(site / "index.html")
    colours = []
    for scheme in ("light", "dark"):
        browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        colours.append(browser.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    assert colours == ["rgb(244, 245, 247)", "rgb(14, 17, 22)"]


def test_site_replaces_only_a_site(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A site is built again in its folder, and never among other files."""
    runs, new = site.parent / "runs", tmp_path / "new"
    for _ in range(2):
        assert main(["history", "html", str(new), str(runs)]) == 0
    (tmp_path / "thesis.txt").write_text("mine")
    capsys.readouterr()
    assert main(["history", "html", str(tmp_path), str(runs)]) == 2
    assert "holds other files, and no site of a history: give a new folder" in capsys.readouterr().err
    assert main(["history", "html", str(tmp_path / "thesis.txt"), str(runs)]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "thesis.txt"]


def test_bad_notes_are_refused(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Notes with unknown words, short commits or broken TOML are refused, and the file is named."""
    notes = tmp_path / "notes.toml"
    for text, message in (
        ("[[anotation]]\n", "anotation"),
        ('[[expected]]\ncommit = "abc"\ntext = "x"\n', "'abc' is too short: give at least 7 letters"),
        ("[[", "notes.toml"),
    ):
        notes.write_text(text)
        capsys.readouterr()
        assert main(["history", "show", str(site.parent / "runs"), "--notes", str(notes)]) == 2
        assert message in capsys.readouterr().err
