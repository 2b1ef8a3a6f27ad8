"""`python -m execbench` is the command `execbench`."""

import sys

from execbench.cli import main

sys.exit(main())
