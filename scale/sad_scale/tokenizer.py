"""
Reading a tokenizer.json of GPT-2's kind, with the refusals of the lab (workers/tokenizer/json.ts,
vocabulary.ts).
"""

from typing import Any, Callable, Dict, List, NoReturn, Optional, Tuple

from .bpe import END_OF_TEXT, BpeParts, Encoding, Tokenizer
from .byte_level import CHARACTER_OF_BYTE, unspell
from .errors import ScaleError
from .files import javascript_json
from .javascript import quote

__all__ = ["Encoding", "Tokenizer", "same_vocabulary", "tokenizer_from_json"]

LARGEST_VOCABULARY = 1 << 20
Refuse = Callable[[str], NoReturn]


def tokenizer_from_json(json: Any, where: str) -> Tokenizer:
    """
    Reads a Hugging Face tokenizer.json of GPT-2's kind: model BPE over bytes, `ByteLevel` pre-tokenizer with
    its regular expression and without a prefix space, `ByteLevel` decoder, no normaliser, END_OF_TEXT among
    the special tokens.

    :param json: the parsed file, not yet trusted
    :param where: what to call it in messages, e.g. the file's name
    :raises ScaleError: naming what is missing or unsupported
    """

    def refuse(what: str) -> NoReturn:
        raise ScaleError(f"{where}: {what}; the lab reads byte-level BPE tokenizers as GPT-2 has them.")

    if not isinstance(json, dict):
        refuse("not a tokenizer.json, which is a JSON object")
    model = json.get("model")
    if not isinstance(model, dict):
        refuse('"model" is missing')
    _check_model(model, refuse)
    _check_surroundings(json, refuse)
    specials = _read_specials(json.get("added_tokens"), refuse)
    tokens = _read_vocabulary(model["vocab"], specials, refuse)
    return Tokenizer(BpeParts(tokens, _read_merges(model, specials, refuse), specials))


def same_vocabulary(a: Any, b: Any) -> bool:
    """
    Whether every text has the same ids in both: equal ids for equal tokens, the same merges, the same
    end-of-text. Special tokens beyond that never stand for text, so that two widths of one family are the
    same vocabulary.
    """
    if a is b:
        return True
    if a.end_of_text_id != b.end_of_text_id:
        return False
    ours, theirs = a.to_json(), b.to_json()
    return _merges(ours) == _merges(theirs) and _ordinary(ours) == _ordinary(theirs)


def _merges(json: Dict[str, Any]) -> List[Any]:
    merges = json.get("model", {}).get("merges") or []
    return [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]


def _ordinary(json: Dict[str, Any]) -> Any:
    vocabulary = json.get("model", {}).get("vocab") or {}
    if not isinstance(vocabulary, dict):
        return vocabulary
    specials = {token["content"] for token in json.get("added_tokens") or []}
    return {name: id_ for name, id_ in vocabulary.items() if name not in specials}


def _check_model(model: Dict[str, Any], refuse: Refuse) -> None:
    if not isinstance(model.get("vocab"), dict) or not isinstance(model.get("merges"), list):
        kind = javascript_json(model.get("type") if model.get("type") is not None else "of an unnamed type")
        refuse(f'the model is {kind} without "vocab" and "merges", so it is no BPE')
    if "type" in model and model["type"] != "BPE":
        refuse(f"model type {javascript_json(model['type'])} is unsupported")
    for key in ("dropout", "continuing_subword_prefix", "end_of_word_suffix"):
        if model.get(key):
            refuse(f"model.{key} {javascript_json(model[key])} is unsupported")
    for key in ("byte_fallback", "ignore_merges"):
        if model.get(key):
            refuse(f"model.{key} is unsupported")


def _check_surroundings(json: Dict[str, Any], refuse: Refuse) -> None:
    if json.get("normalizer"):
        refuse(f"the normalizer {_type_of(json['normalizer'])} is unsupported")
    split = json.get("pre_tokenizer")
    if not isinstance(split, dict) or split.get("type") != "ByteLevel":
        refuse(f'the pre-tokenizer {_type_of(split)} is unsupported (it must be "ByteLevel")')
    if split.get("add_prefix_space") is not False:
        refuse("pre_tokenizer.add_prefix_space must be false")
    if split.get("use_regex") is False:
        refuse("pre_tokenizer.use_regex must be true")
    decoder = json.get("decoder")
    if not isinstance(decoder, dict) or decoder.get("type") != "ByteLevel":
        refuse(f'the decoder {_type_of(decoder)} is unsupported (it must be "ByteLevel")')
    if json.get("post_processor") and _type_of(json["post_processor"]) != '"ByteLevel"':
        refuse(
            f"the post-processor {_type_of(json['post_processor'])} is unsupported, as it may add tokens of"
            " its own"
        )


def _read_specials(added: Any, refuse: Refuse) -> Dict[str, int]:
    specials: Dict[str, int] = {}
    for token in added if isinstance(added, list) else []:
        if (
            not isinstance(token, dict)
            or not isinstance(token.get("content"), str)
            or not _is_id(token.get("id"))
        ):
            refuse('"added_tokens" holds an entry without content or id')
        if token.get("special") is not True:
            refuse(
                f"the added token {quote(token['content'])} is not special and would be matched in ordinary"
                " text, which is unsupported"
            )
        specials[token["content"]] = int(token["id"])
    if END_OF_TEXT not in specials:
        refuse(f"the special token {quote(END_OF_TEXT)} is missing")
    return specials


def _read_vocabulary(
    vocabulary: Dict[str, Any], specials: Dict[str, int], refuse: Refuse
) -> List[Optional[bytes]]:
    """The bytes of every id, 0 … n - 1 without a hole; None for special tokens."""
    names = dict(vocabulary)
    for name, id_ in specials.items():
        if names.get(name, id_) != id_:
            told = javascript_json(names[name])
            refuse(f'{quote(name)} has two ids, {told} in "vocab" and {id_} in "added_tokens"')
        names[name] = id_
    size = len(names)
    if size > LARGEST_VOCABULARY:
        refuse(f"its {size} ids are more than {LARGEST_VOCABULARY}")
    tokens: List[Optional[bytes]] = [None] * size
    taken = [False] * size
    for name, id_ in names.items():
        if not _is_id(id_) or id_ >= size:
            told = id_ if isinstance(id_, str) else javascript_json(id_)
            refuse(
                f"token {quote(name)} has the id {told}, but {size} tokens should have the ids 0 to"
                f" {size - 1}"
            )
        if taken[int(id_)]:
            refuse(f"the id {id_} belongs to two tokens, one of them {quote(name)}")
        taken[int(id_)] = True
        if name in specials:
            continue
        content = unspell(name)
        if not content:
            refuse(f"token {quote(name)} is not spelled in byte-level characters")
        tokens[int(id_)] = content
    for byte in range(256):
        if CHARACTER_OF_BYTE[byte] not in names or CHARACTER_OF_BYTE[byte] in specials:
            refuse(f"the vocabulary has no token for the byte {byte}, so some text could not be encoded")
    return tokens


def _read_merges(
    model: Dict[str, Any], specials: Dict[str, int], refuse: Refuse
) -> List[Tuple[int, int, int]]:
    ids = {name: int(id_) for name, id_ in model["vocab"].items() if name not in specials}
    merges = []
    for index, entry in enumerate(model["merges"], 1):
        parts = entry.split(" ") if isinstance(entry, str) else entry
        if not isinstance(parts, list) or len(parts) != 2 or not all(isinstance(part, str) for part in parts):
            refuse(f'merge {index} ({javascript_json(entry)}) is neither "a b" nor ["a", "b"]')
        left, right = parts
        if left not in ids or right not in ids or left + right not in ids:
            refuse(f'merge {index} ({javascript_json(entry)}) names a token that is not in "vocab"')
        merges.append((ids[left], ids[right], ids[left + right]))
    return merges


def _is_id(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 <= value <= 2**53 - 1 and float(value).is_integer()


def _type_of(component: Any) -> str:
    if isinstance(component, dict):
        kind = component.get("type")
        return javascript_json("of an unnamed type" if kind is None else kind)
    return javascript_json(component)
