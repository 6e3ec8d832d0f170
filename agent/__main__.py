"""`python -m agent` is `bounded`."""

from agent.cli import main

main()
