"""Runs the benchmark."""

import sys

from scripts.benchmark.main import main

sys.exit(main(sys.argv[1:]))
