"""`python -m smartward.his.simulator`."""

import sys

from smartward.his.simulator.app import main

sys.exit(main(sys.argv[1:]))
