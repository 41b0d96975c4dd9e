"""`python -m console.cli`: the command line where nothing is installed."""

from console.cli import main

main()
