"""Enable the execbench plugin for this repository."""

pytest_plugins = ["execbench.pytest_plugin"]
