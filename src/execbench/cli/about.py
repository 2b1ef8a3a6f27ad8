"""What somebody who looks into a problem asks first: the versions, and the machine."""

import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata

from execbench import environment
from execbench.plugins.describe import describe_catalogue
from execbench.supervisor.lane import Nursery


def about() -> str:
    """Return the versions of everything that matters, what works here, and the machine."""
    described = environment.describe()
    with Nursery(adopts=True) as nursery:
        backends = describe_catalogue(nursery, "backend")
    facts = {
        "execbench": described.execbench,
        "Python": f"{platform.python_implementation()} {sys.version}".replace("\n", " "),
        "platform": described.platform,
        "CPU": f"{environment.cpu().get('brand_raw')}, {described.usable_cpus} of {described.cpus} CPUs usable",
        "memory": f"{(described.memory_bytes or 0) / 1e9:.1f} GB",
        "backends": ", ".join(each.plugin.name for each in backends if each.works),
        "not here": ", ".join(each.plugin.name for each in backends if not each.works) or None,
        **{name: described.packages.get(name) for name in _libraries()},
    }
    return "\n".join(f"{name}: {value}" for name, value in facts.items() if value is not None)


def _libraries() -> Iterator[str]:
    """Yield the names of what execbench needs, and what its extras add, but for the tools of its developers."""
    for requirement in metadata.requires("execbench") or ():
        name = re.match(r"[\w.-]+", requirement)
        if name and 'extra == "dev"' not in requirement:
            yield name[0].lower()
