"""Starts localguard with every logger of every library at DEBUG, on stderr.

Run as `python loud.py ARGUMENT...`.
"""

import logging
import sys

from localguard.__main__ import main

logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
sys.exit(main())
