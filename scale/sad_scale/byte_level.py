"""
The byte level of GPT-2's tokenizer (workers/tokenizer/byte-level.ts): text is cut into pieces by a regular
expression, each piece is taken as its UTF-8 bytes, and in files every byte is written as one printable
character. Source: `encoder.py` of the GPT-2 release; the same as `ByteLevel` in Hugging Face tokenizers with
`add_prefix_space: false, use_regex: true`.
"""

import re
import sys
import unicodedata
from itertools import groupby
from typing import List, Optional

#: Characters with the Unicode property White_Space; Python's \s has more.
WHITE_SPACE = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | frozenset(
    map(chr, range(0x2000, 0x200B))
)


def _ranges(characters: List[int]) -> str:
    """Code points, rising, as ranges inside the brackets of a regular expression."""
    runs = groupby(enumerate(characters), lambda pair: pair[1] - pair[0])
    bounds = [[code for _, code in run] for _, run in runs]
    return "".join(f"\\U{run[0]:08x}-\\U{run[-1]:08x}" for run in bounds)


def _split_expression() -> "re.Pattern[str]":
    """
    GPT-2's split. Python's `re` has no \\p{…}, so that the classes are spelled out as the characters that
    Python's Unicode gives them. Every character matches one alternative, so that pieces have no gaps.
    """
    letters, numbers = [], []
    for code in range(sys.maxunicode + 1):
        category = unicodedata.category(chr(code))[0]
        if category == "L":
            letters.append(code)
        elif category == "N":
            numbers.append(code)
    letter, number = _ranges(letters), _ranges(numbers)
    space = _ranges(sorted(map(ord, WHITE_SPACE)))
    return re.compile(
        f"'s|'t|'re|'ve|'m|'ll|'d| ?[{letter}]+| ?[{number}]+| ?[^{space}{letter}{number}]+"
        f"|[{space}]+(?![^{space}])|[{space}]+"
    )


_split: Optional["re.Pattern[str]"] = None


def split_pieces(text: str) -> List[str]:
    """
    The pieces of a text, in order; joined they are the text. No token reaches over the border of two pieces.
    """
    global _split
    if _split is None:
        _split = _split_expression()
    return _split.findall(text)


def _printable(byte: int) -> bool:
    return 0x21 <= byte <= 0x7E or 0xA1 <= byte <= 0xAC or byte >= 0xAE


#: The 256 bytes in GPT-2's order, which is also the order of their ids: first the printable ones of Latin-1.
BYTE_OF_ID = sorted(range(256), key=lambda byte: (not _printable(byte), byte))
_PRINTABLE = sum(map(_printable, range(256)))
#: The character that stands for each byte in a tokenizer.json: itself if printable, else U+0100, U+0101, …
CHARACTER_OF_BYTE = {
    byte: chr(byte if id_ < _PRINTABLE else 0x100 + id_ - _PRINTABLE) for id_, byte in enumerate(BYTE_OF_ID)
}
_BYTE_OF_CHARACTER = {character: byte for byte, character in CHARACTER_OF_BYTE.items()}


def spell(content: bytes) -> str:
    """Bytes as they are spelled in a tokenizer.json."""
    return "".join(CHARACTER_OF_BYTE[byte] for byte in content)


def unspell(spelled: str) -> Optional[bytes]:
    """The bytes of a token as spelled in a tokenizer.json, or None when a character stands for no byte."""
    content = [_BYTE_OF_CHARACTER.get(character) for character in spelled]
    return None if None in content else bytes(content)
