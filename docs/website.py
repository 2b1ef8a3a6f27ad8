"""Build the documentation as a site, in `site/`: `python docs/website.py`; any warning, such as a dead link, fails it.

The pages are the Markdown files here, as they are, but for three things: the README is the front page, the reference is
made from the docstrings by mkdocstrings, and links that leave this folder lead to the repository.
"""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import reference

ROOT = Path(__file__).parents[1]
SITE = ROOT / "site"
REPOSITORY = runpy.run_path(str(ROOT / "setup.py"))["REPOSITORY"]

PARTS = {
    "Start": ("index", "tutorial", "advise", "python", "command-line"),
    "Write": ("backends", "workloads"),
    "Commands": ("report", "compare", "ci", "history", "doctor", "conformance", "clusters", "interpreters"),
    "Costs": ("metg", "latency", "scale"),
    "Results": ("functions",),
    "Reference": ("api", "artifact", "glossary", "changelog"),
    "Method": ("method", "advice-method", "certification"),
}
"""The pages, in the order of the menu."""

_LINK = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)([^)\s#]+)")


def pages(repository: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page."""
    for source in Path(__file__).parent.glob("*.md"):
        yield source.stem, _relinked(source.read_text(encoding="utf-8"), "docs", repository)
    directives = (f"::: execbench.{name}\n" for name in reference.OWN)
    yield "api", "\n".join(["# Python functions\n", *directives])
    for name, source in (("index", ROOT / "README.md"), ("changelog", ROOT / "CHANGELOG.md")):
        yield name, _relinked(source.read_text(encoding="utf-8"), "", repository)


def _relinked(text: str, folder: str, repository: str) -> str:
    """Let links from a file in a folder of the repository lead to a page or picture here, or to the repository."""

    def relink(link: re.Match[str]) -> str:
        target = (ROOT / folder / link[1]).resolve().relative_to(ROOT).as_posix()
        if target.startswith("docs/"):
            return target.removeprefix("docs/")
        return f"{repository or 'https://github.com'}/blob/main/{target}"

    return _LINK.sub(relink, text)


def configuration(folder: Path) -> str:
    """Return the settings of the generator."""
    menu = ", ".join(f'{{ "{title}" = {[f"{name}.md" for name in names]} }}' for title, names in PARTS.items())
    return f"""\
[project]
site_name = "execbench"
site_description = "Race executor backends: every workload on every backend, every result checked."
site_author = "The execbench developers"
docs_dir = "{folder.name}"
site_dir = "site"
use_directory_urls = false
nav = [{menu}]
{f'repo_url = "{REPOSITORY}"' if REPOSITORY else ""}

[project.theme]
font = false
features = ["navigation.sections", "content.code.copy", "search.highlight"]
palette = [
    {{ media = "(prefers-color-scheme: light)", scheme = "default" }},
    {{ media = "(prefers-color-scheme: dark)", scheme = "slate" }},
]

[project.plugins.mkdocstrings.handlers.python]
paths = ["{ROOT / "src"}"]

[project.plugins.mkdocstrings.handlers.python.options]
docstring_style = "google"
show_source = false
show_root_heading = true
members_order = "source"
heading_level = 2
"""


def build() -> int:
    """Build the site, and return the exit code of the generator."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "pages")
        shutil.copytree(Path(__file__).parent / "pictures", folder / "pictures")
        for name, text in pages(REPOSITORY):
            (folder / f"{name}.md").write_text(text, encoding="utf-8")
        Path(temporary, "zensical.toml").write_text(configuration(folder), encoding="utf-8")
        command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
        code = subprocess.run(command, cwd=temporary, check=False).returncode
        if not code:
            shutil.rmtree(SITE, ignore_errors=True)
            shutil.copytree(Path(temporary, "site"), SITE)
    return code


if __name__ == "__main__":
    sys.exit(build())
