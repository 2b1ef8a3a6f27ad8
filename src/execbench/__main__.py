"""Run the command line as `python -m execbench`."""

import sys

from execbench.cli import main

sys.exit(main())
