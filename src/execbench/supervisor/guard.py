"""`python -m execbench.supervisor.guard MARK FOLDER`: ends what a run leaves behind, however the run ends.

It waits for the end of its standard input, which comes when the run ends: by itself, by an error, or by SIGKILL. Then
it ends every lane of the run and removes its temporary folder.
"""

import shutil
import sys

from execbench.supervisor.process_tree import ProcessTree


def main(mark: str, folder: str) -> None:
    """Wait until the run is gone, then tidy up after it."""
    sys.stdin.buffer.read()
    ProcessTree(mark).end()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
