"""``python -m nicmethods`` is the command line."""

from nicmethods.cli import main

main()
