"""The functions for Python programs and notebooks, which the command line calls, too.

They are attributes of `execbench`, which imports this package only once one of them is used.
"""

from execbench.api.checking import Checkups, check
from execbench.api.comparing import Comparison, compare
from execbench.api.racing import Race, race
from execbench.errors import BadInput

__all__ = ["BadInput", "Checkups", "Comparison", "Race", "check", "compare", "race"]
