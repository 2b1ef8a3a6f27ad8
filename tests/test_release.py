"""What a release needs: addresses, links, metadata, and workflows. `.ci/release-check` builds and uses one."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import website
import yaml

from execbench.version import __version__

ROOT = Path(__file__).parents[1]
SETUP = runpy.run_path(str(ROOT / "setup.py"))
REPOSITORY = "https://github.com/somebody/execbench"


def test_readme_of_a_release() -> None:
    """On PyPI, every link and picture of the README leads to a file of this release."""
    text = SETUP["readme"](REPOSITORY)
    pictures = re.findall(r"!\[[^]]*\]\(([^)]*)\)", text)
    raw = f"https://raw.githubusercontent.com/somebody/execbench/v{__version__}/"
    assert pictures
    for address in pictures:
        assert (ROOT / address.removeprefix(raw)).is_file(), address
    for address in set(re.findall(r"\]\(([^)]*)\)", text)) - set(pictures):
        file = address.removeprefix(f"{REPOSITORY}/blob/v{__version__}/").partition("#")[0]
        assert (ROOT / file).is_file(), address


def test_address_is_in_one_place() -> None:
    """What PyPI links to follows from the repository's address, which stands in setup.py alone."""
    assert all(address.startswith(REPOSITORY) for address in SETUP["addresses"](REPOSITORY).values())
    assert SETUP["addresses"]("") == {}
    if SETUP["REPOSITORY"]:
        listed = subprocess.run(
            ["git", "grep", "-l", SETUP["REPOSITORY"]], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
        assert listed.stdout.split() == ["setup.py"]


def test_versions_agree() -> None:
    """The citation has the version of the package."""
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == __version__


def test_each_page_is_in_the_menu() -> None:
    """The site's menu has every page, once."""
    listed = sorted(name for names in website.PARTS.values() for name in names)
    assert listed == sorted({name for name, _ in website.pages("")})


def test_links_of_the_site() -> None:
    """In the site, links lead to its own pages, and out of it to the repository."""
    for name, text in website.pages(REPOSITORY):
        for target in re.findall(r"\]\(([^)#\s]+)", text):
            if target.startswith(REPOSITORY):
                assert (ROOT / target.removeprefix(f"{REPOSITORY}/blob/main/")).exists(), (name, target)
            elif not target.startswith(("http", "mailto")):
                assert (ROOT / "docs" / target).is_file() or target == "changelog.md", (name, target)


def test_workflows_are_pinned() -> None:
    """The release workflow uses actions of others by commit only, and may do nothing but what a job says."""
    text = (ROOT / ".github/workflows/release.yml").read_text()
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in re.findall(r"uses: (\S+)", text))
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["publish"]["permissions"] == {"id-token": "write"}


def test_extra_and_group_agree() -> None:
    """The group `dev` is the extra `dev`."""
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"] == ["execbench[dev]"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("zensical") is None, reason="needs `pip install --group docs`")
def test_site_is_built() -> None:
    """The site is built without a warning, such as a dead link."""
    subprocess.run([sys.executable, "docs/website.py"], cwd=ROOT, check=True, capture_output=True)
