"""What a command says of itself on its way."""

import sys


def say(line: str) -> None:
    """Progress and messages; stdout is for results."""
    print(line, file=sys.stderr, flush=True)
