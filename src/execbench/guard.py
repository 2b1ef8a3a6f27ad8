"""`python -m execbench.guard MARK FOLDER`: outlives a run, ends every lane of it, removes its temporary folder.

It waits for the end of its standard input, which comes however the run ends: by itself, by an error, or by SIGKILL.
"""

import shutil
import sys

from execbench.usage import ProcessTree


def main(mark: str, folder: str) -> None:
    """Wait until the run is gone, then tidy up after it."""
    sys.stdin.buffer.read()
    ProcessTree(mark).end()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
