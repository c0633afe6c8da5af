"""
Paths into JSON, as recipes write them (workers/trajectories/mapping/jsonPath.ts): only whether a text is one.
"""

import json
import re
from typing import Optional

from .javascript import quote, units

INDEX = re.compile(r"\[[ ]{0,9}(-?[0-9]{1,9})[ ]{0,9}\]")
EACH = re.compile(r"\[[ ]{0,9}\*[ ]{0,9}\]")
# JavaScript's dot stops at four characters, Python's at one.
QUOTED = re.compile(r'\[[ ]{0,9}("[^"\\]*(?:\\[^\n\r\u2028\u2029][^"\\]*)*")[ ]{0,9}\]')
NAME = re.compile(r'[^.\[\]"]+')


def path_problem(source: str) -> Optional[str]:
    """Why a text is no path such as `turns[*].thought`, as a clause; None where it is one."""
    root = re.match(r"\$(?=\Z|[.\[])", source) is not None
    at = 1 if root else 0
    dotted = not root

    def told(reason: str) -> str:
        return f"{reason} at character {units(source[:at]) + 1} of {quote(source)}"

    while at < len(source):
        if source[at] == "[":
            end = _bracket(source, at)
            if end is None:
                return told('only [0], [*] or ["a name"] may stand in brackets')
            at, dotted = end, False
            continue
        if source[at] == "." and not dotted:
            at, dotted = at + 1, True
            continue
        name = NAME.match(source, at) if dotted else None
        if name is None:
            return told("a name is missing" if dotted else '"." or "[" should stand')
        if name.group() == "*":
            return told("write [*] for every element instead of *")
        at, dotted = name.end(), False
    if dotted and source != "":
        return told("a name is missing")
    return None


def _bracket(source: str, at: int) -> Optional[int]:
    """Where the bracket that opens at `at` ends; None where it is none that a path may have."""
    for pattern in (EACH, INDEX):
        found = pattern.match(source, at)
        if found:
            return found.end()
    found = QUOTED.match(source, at)
    if found is None:
        return None
    try:
        json.loads(found.group(1))
    except ValueError:
        return None
    return found.end()
