#!/usr/bin/env bash
# Install execbench in an environment of its own, before there is any `execbench ci` to do it: install.sh [REQUIREMENT]
set -euo pipefail

folder=$(mktemp -d "$RUNNER_TEMP/execbench-XXXXXXXX")
here=$(cd "$(dirname "$0")/../.." && pwd)
python -m venv "$folder/environment"
programs="$folder/environment/bin"
[ -d "$programs" ] || programs="$folder/environment/Scripts"
"$programs/python" -m pip install --quiet --disable-pip-version-check "${1:-$here[report]}"
{
  echo "execbench=$programs/execbench"
  echo "folder=$folder/found"
  echo "artifact=$(basename "$folder")" # no other use of the action in this run has it
} >> "$GITHUB_OUTPUT"
