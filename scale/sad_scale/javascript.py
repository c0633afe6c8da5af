"""
What JavaScript makes of texts and numbers, where Python makes something else of them: the lab counts
characters as UTF-16 code units, lets half a surrogate pair stand in a text, and writes numbers its own way.
"""

import json
import math
import re
from decimal import Decimal
from typing import Any

HALVES = re.compile("[\ud800-\udfff]")
#: Whole numbers that JavaScript tells apart from their neighbours.
LARGEST_SAFE_INTEGER = 2**53 - 1


def paired(text: str) -> str:
    """
    The text with neighbouring halves of surrogate pairs joined, as JavaScript joins them when texts are put
    together.
    """
    if not HALVES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def utf8(text: str) -> bytes:
    """
    The UTF-8 bytes of a text; half a surrogate pair becomes U+FFFD, as everywhere on the web (TextEncoder).
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        return HALVES.sub("\ufffd", paired(text)).encode()


def units(text: str) -> int:
    """`text.length` in JavaScript: the number of UTF-16 code units."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def plain_number(value: float) -> Any:
    """A number as JSON should hold it: whole ones as `int`, as JavaScript does not tell 1 from 1.0."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return int(value)
    return value


def number_text(value: float) -> str:
    """`String(value)` in JavaScript."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    if 1e-6 <= abs(value) < 1e21:
        digits = format(Decimal(repr(value)), "f")
        return digits[:-2] if digits.endswith(".0") else digits
    mantissa, exponent = repr(value).split("e")
    if mantissa.endswith(".0"):
        mantissa = mantissa[:-2]
    return f"{mantissa}e{int(exponent):+d}"


def quote(text: str) -> str:
    """`JSON.stringify(text)` in JavaScript."""
    written = json.dumps(text, ensure_ascii=False)
    return HALVES.sub(lambda half: f"\\u{ord(half.group()):04x}", written)


def parse_json(text: str) -> Any:
    """
    `JSON.parse(text)` in JavaScript, which knows no NaN.

    :raises ValueError: where the text is no JSON
    """
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
