"""`python -m sayso`."""

import sys

from sayso.cli import main

sys.exit(main())
