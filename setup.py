"""What pyproject.toml cannot say: all addresses follow from one, and the README's links lead somewhere on PyPI, too."""

import re
from pathlib import Path

from setuptools import setup

REPOSITORY = ""
"""The address on GitHub, as in `https://github.com/OWNER/execbench`: to be filled in before the first release."""

ROOT = Path(__file__).parent


def version() -> str:
    """Return the version without importing the package."""
    return re.findall(r'__version__ = "(.+)"', (ROOT / "src/execbench/version.py").read_text(encoding="utf-8"))[0]


def readme(repository: str) -> str:
    """Return the README with absolute links, to the files as they are in this release; PyPI shows no other pictures."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    if not repository:
        return text
    pictures = repository.replace("https://github.com/", "https://raw.githubusercontent.com/") + f"/v{version()}/"
    text = re.sub(r"(!\[[^]]*\]\()(?!https?:)", rf"\g<1>{pictures}", text)
    return re.sub(r"(\[[^]]*\]\()(?!https?:|#)", rf"\g<1>{repository}/blob/v{version()}/", text)


def addresses(repository: str) -> dict[str, str]:
    """Return what PyPI links to."""
    if not repository:
        return {}
    return {
        "Homepage": repository,
        "Documentation": f"{repository}/tree/v{version()}/docs",
        "Changelog": f"{repository}/blob/main/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


if __name__ == "__main__":
    setup(
        long_description=readme(REPOSITORY),
        long_description_content_type="text/markdown",
        project_urls=addresses(REPOSITORY),
    )
