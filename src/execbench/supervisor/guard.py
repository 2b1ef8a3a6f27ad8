"""`python -m execbench.supervisor.guard MARK FOLDER`: clean up after a run, however it ends.

The guard waits until its standard input closes, which happens when the run finishes, fails, or is killed by SIGKILL.
Then it ends every lane of the run and removes the run's temporary folder. Of a run that was killed by SIGKILL, it
cannot see the processes that `orphans` is about: by then they are children of the system, without a mark.
"""

import shutil
import sys

from execbench.supervisor.process_tree import ProcessTree


def main(mark: str, folder: str) -> None:
    """Wait until the run is gone, then clean up."""
    sys.stdin.buffer.read()
    ProcessTree(mark).end()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
