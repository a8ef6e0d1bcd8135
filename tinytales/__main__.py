"""`python -m tinytales`."""

from tinytales.cli.main import main

main()
