"""The registry: from the name that a user gives to where the plugin is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from execbench.errors import BadInput
from execbench.plugins import registry
from execbench.plugins.registry import Reference, catalogue, find
from tests.conftest import Command

ROOT = Path(__file__).parent.parent


def test_catalogue_has_every_file() -> None:
    """Each file in `backends/` is a backend of that name, and each in `workloads/` a workload."""
    for kind, folder in (("backend", "backends"), ("workload", "workloads")):
        files = {file.stem for file in (ROOT / folder).glob("*.py")} - {"__init__"}
        assert files <= set(catalogue(kind))


def test_catalogue_imports_nothing() -> None:
    """Listing all plugins imports none of them, nor the packages that hold them."""
    program = (
        "import sys; from execbench.plugins.registry import catalogue; catalogue('backend'), catalogue('workload')\n"
        "print([name for name in sys.modules if name.startswith(('execbench.backends', 'execbench.workloads'))])"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout == "[]\n"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("pool", Reference("pool")),
        ("pool[]", Reference("pool")),
        ("pool[call=map, start_method=spawn]", Reference("pool", (("call", "map"), ("start_method", "spawn")))),
        ("a.b:c[x=1]", Reference("a.b:c", (("x", "1"),))),
    ],
)
def test_reference(text: str, reference: Reference) -> None:
    """`name[key=value,...]` is parsed into a name and its options."""
    assert Reference.parse(text) == reference


@pytest.mark.parametrize("text", ["", "pool[", "pool]", "[a=b]", "pool[a]", "pool[=b]", "pool[a=1,a=2]", "a[b=c]d"])
def test_malformed_reference_is_refused(text: str) -> None:
    """Any other form is bad input."""
    with pytest.raises(BadInput, match=r".+"):
        Reference.parse(text)


def test_module_and_attribute() -> None:
    """`module:attribute` needs no entry point, and may be in the current folder."""
    plugin = find("backend", "concurrent.futures:ThreadPoolExecutor")
    assert (plugin.module, plugin.attribute, plugin.folder) == ("concurrent.futures", "ThreadPoolExecutor", os.getcwd())


def test_file(tmp_path: Path) -> None:
    """A path names the module of that stem in the file's folder; an attribute may follow."""
    file = tmp_path / "my_jobs.py"
    file.write_text("")
    plugin = find("workload", f"{file}:large")
    assert (plugin.name, plugin.module, plugin.attribute, plugin.folder) == (
        "my_jobs",
        "my_jobs",
        "large",
        str(tmp_path),
    )


def test_file_named_like_another_module(tmp_path: Path) -> None:
    """A file with the stem of another module is refused, and the message names both."""
    file = tmp_path / "json.py"
    file.write_text("")
    with pytest.raises(BadInput, match=r"json\.py.*already .*json/__init__\.py"):
        find("workload", str(file))


def test_file_of_an_installed_plugin() -> None:
    """A file in an installed package of plugins is imported by its dotted name."""
    assert find("backend", str(ROOT / "backends" / "pool.py")).module == "execbench.backends.pool"


def test_new_file_needs_no_installation(execbench: Command, tmp_path: Path) -> None:
    """A new file in a package of plugins is a plugin at once."""
    package = tmp_path / "my_plugins"
    package.mkdir()
    (package / "__init__.py").write_text("")
    _distribution(tmp_path, "my-plugins", "my_plugins = my_plugins")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    (package / "two_threads.py").write_text(
        '"""Two threads."""\nfrom concurrent.futures import ThreadPoolExecutor as backend\n'
    )
    finished = execbench("run", "-b", "two_threads", "-w", "noop", "--launches", "1", env=environment)
    assert finished.returncode == 0, finished.stderr
    assert "two_threads/w" in finished.stdout


def test_two_distributions_with_one_name(execbench: Command, tmp_path: Path) -> None:
    """A name that two distributions offer is an error that names both; `list` still works."""
    for name in ("first", "second"):
        _distribution(tmp_path, name, "twice = concurrent.futures:ThreadPoolExecutor")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    finished = execbench("run", "-b", "twice", env=environment)
    assert finished.returncode == 2
    assert "of first and concurrent.futures:ThreadPoolExecutor of second" in finished.stderr
    listed = execbench("list", env=environment)
    assert listed.returncode == 0
    assert "two distributions offer it" in " ".join(listed.stdout.split())


@pytest.mark.parametrize(
    ("entry_point", "says"),
    [
        ("no_such_module:backend", "No module named 'no_such_module'"),
        ("json:no_such_attribute", "has no attribute 'no_such_attribute'"),
        ("not_callable:backend", "not_callable.py:3: 42 is not callable"),
        ("no_worker_count:backend", "no_worker_count.py:4: "),
    ],
)
def test_broken_entry_point(execbench: Command, tmp_path: Path, broken: Path, entry_point: str, says: str) -> None:
    """A message about a bad entry point names its target and distribution, and says what a backend is."""
    _distribution(tmp_path, "odd-plugins", f"odd = {entry_point}")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{broken}"}
    for command in (("run", "-w", "noop", "-b", "odd"), ("check", "odd")):
        finished = execbench(*command, env=environment)
        assert finished.returncode == 2
        assert f"{entry_point} of odd-plugins" in finished.stderr
        assert says in finished.stderr
        assert "a backend is a callable (max_workers, /, **options)" in finished.stderr
        assert "Traceback" not in finished.stderr


def test_list_says_what_does_not_work(execbench: Command, tmp_path: Path, broken: Path) -> None:
    """`list` says why a plugin does not work and how to fix it; one that ends its process affects no other."""
    names = ("lacks_library", "fails_to_import", "hangs", "ends_the_process")
    entries = "\n".join(f"{name} = {name}" for name in names)
    _distribution(tmp_path, "odd-plugins", entries)
    listed = execbench("list", env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{broken}"})
    text = " ".join(listed.stdout.split())
    assert "pip install a_library_that_nobody_has" in text
    assert "ZeroDivisionError: division by zero" in text
    assert "the lane exited with code 3 during describe" in text
    assert "Never returns from map." in text


def test_finding_a_module_runs_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Finding a module does not import the package above it."""
    (tmp_path / "explosive").mkdir()
    (tmp_path / "explosive" / "__init__.py").write_text("1 / 0")
    (tmp_path / "explosive" / "calm.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = registry.find_spec("explosive.calm")
    assert spec is not None
    assert spec.origin == str(tmp_path / "explosive" / "calm.py")


def _distribution(folder: Path, name: str, entry_points: str) -> None:
    """Write the metadata of a distribution that offers backends."""
    metadata = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[execbench.backends]\n{entry_points}\n")
