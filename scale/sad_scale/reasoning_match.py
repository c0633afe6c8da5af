"""How two reasonings of one step are compared (workers/objective/reasoningMatch.ts)."""

import re
import unicodedata
from collections import Counter
from typing import List

#: Least token-F1 that counts as a near match.
NEAR_MATCH = 0.8

NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
#: A letter or a digit of any script: \p{L} and \p{N}.
LETTER = r"[^\W_]"
NUMBER_WORD = re.compile(f"(?<!{LETTER})(?:{'|'.join(NUMBER_WORDS)})(?!{LETTER})")
#: `1,200` and `2.50`; never the digits of `3.1.4` or of a name such as `b12`.
NUMBER = re.compile(
    rf"(?<!{LETTER})(?<![.,])[0-9]{{1,30}}(?:,[0-9]{{3}}){{0,10}}(?:\.[0-9]{{1,30}})?(?!{LETTER}|[.,][0-9])"
)
WORD = re.compile(rf"[0-9]+(?:\.[0-9]+)+|{LETTER}+")
#: White space as JavaScript's \s has it.
BLANKS = "\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
BLANK_RUN = re.compile(f"[{BLANKS}]+")
INK = re.compile(f"[^{BLANKS}]")


def normalised_plan(text: str) -> str:
    """
    A reasoning without what does not change its plan: in lower case (Unicode NFKC), each run of white space
    one blank, numbers as plain digits (`1,200` -> `1200`, `2.50` -> `2.5`, `007` -> `7`, `two` -> `2`; words
    up to twenty).
    """
    text = unicodedata.normalize("NFKC", text).lower()
    text = NUMBER_WORD.sub(lambda word: str(NUMBER_WORDS.index(word.group())), text)
    text = NUMBER.sub(_plain_number, text)
    return BLANK_RUN.sub(" ", text).strip(" ")


def _plain_number(number: "re.Match[str]") -> str:
    whole, _, decimals = number.group().replace(",", "").partition(".")
    digits = whole.lstrip("0") or "0"
    rest = decimals.rstrip("0")
    return f"{digits}.{rest}" if rest else digits


def token_f1(written: str, reference: str) -> float:
    """
    F1 of the words (runs of letters and digits) that two normalised reasonings share, with repetition; 0 … 1.
    """
    ours, theirs = words_of(written), words_of(reference)
    if not ours or not theirs:
        return 1.0 if len(ours) == len(theirs) else 0.0
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs))


def words_of(text: str) -> List[str]:
    """The words of a normalised reasoning; `3.1.4` is one."""
    return WORD.findall(normalised_plan(text))
