"""Tokenizers of Hugging Face transformers behind the interface of the lab's own (tokenizer.py)."""

import json
import re
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from .bpe import Encoding
from .byte_level import WHITE_SPACE, unspell
from .errors import ScaleError
from .files import replace_files
from .javascript import HALVES

BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class HfTokenizer:
    """
    A fast tokenizer of transformers, for which text is text: no token is added, and special tokens that are
    spelled out are no special tokens.
    """

    def __init__(self, tokenizer: Any, where: str):
        """
        :param tokenizer: a `PreTrainedTokenizerFast`
        :raises ScaleError: for a tokenizer without offsets, or without an end-of-text
        """
        self._tokenizer = tokenizer
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise ScaleError(
                f"{where}: its tokenizer has no fast form (tokenizer.json), which tells where tokens lie."
            )
        if tokenizer.eos_token_id is None:
            raise ScaleError(f"{where}: its tokenizer has no eos_token, by which a trajectory ends.")
        self._backend = backend
        if hasattr(backend, "encode_special_tokens"):
            backend.encode_special_tokens = True
        backend.no_truncation()
        backend.no_padding()
        self.vocabulary_size: int = backend.get_vocab_size(with_added_tokens=True)
        self.end_of_text_id: int = tokenizer.eos_token_id
        self._byte_level = "ByteLevel" in json.dumps(self.to_json().get("decoder"))
        self._added: Dict[int, Any] = dict(tokenizer.added_tokens_decoder)
        self._bytes: Dict[int, Optional[bytes]] = {}

    def __reduce__(self):
        # For further processes: pickled as it stands it would forget that special tokens in a text are text.
        return HfTokenizer, (self._tokenizer, "The tokenizer")

    @staticmethod
    def read(path: Union[str, Path]) -> "HfTokenizer":
        """:raises ScaleError: where transformers reads no tokenizer there"""
        from transformers import AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(str(path))
        except Exception as error:
            raise ScaleError(f"{path}: transformers reads no tokenizer there ({_first_line(error)}).")
        return HfTokenizer(tokenizer, str(path))

    def encode(self, text: str) -> Encoding:
        """Text to tokens; offsets in code points of the text."""
        plain = HALVES.sub("\ufffd", text)
        encoded = self._backend.encode(plain, add_special_tokens=False)
        located = self._located_by_bytes(plain, encoded.ids)
        if located is None:
            starts = [start for start, _ in encoded.offsets]
            ends = [max(start, following) for start, following in zip(starts, starts[1:] + [len(plain)])]
            located = starts, [_ink(plain, range(start, end), start) for start, end in zip(starts, ends)]
        return Encoding(encoded.ids, *located)

    def _located_by_bytes(self, text: str, ids: List[int]) -> Optional[Tuple[List[int], List[int]]]:
        """Starts and anchors of tokens; None where the tokens' bytes are not the text's."""
        contents = [self.bytes_of(id_) or b"" for id_ in ids]
        joined, wanted = b"".join(contents), text.encode()
        # Some put a blank before every text.
        added = 1 if joined == b" " + wanted else 0
        if not added and joined != wanted:
            return None
        #: The character that each byte lies in.
        character_of: List[int] = []
        for at, character in enumerate(text):
            character_of += [at] * len(character.encode())
        character_of.append(len(text))
        starts, anchors, at = [], [], -added
        for content in contents:
            begin, at = max(0, at), at + len(content)
            starts.append(character_of[begin])
            anchors.append(_ink(text, character_of[begin : max(begin, at)], character_of[begin]))
        return starts, anchors

    def decode(self, ids: Sequence[int]) -> str:
        """Tokens to text; special tokens give nothing, bytes that are no UTF-8 U+FFFD."""
        return b"".join(self.bytes_of(id_) or b"" for id_ in ids).decode("utf-8", "replace")

    def bytes_of(self, id_: int) -> Optional[bytes]:
        """
        UTF-8 of a token; None for a special one.

        :raises ScaleError: for an id outside the vocabulary
        """
        if id_ not in self._bytes:
            self._bytes[id_] = self._spelled_out(id_)
        return self._bytes[id_]

    def _spelled_out(self, id_: int) -> Optional[bytes]:
        if id_ in self._added:
            added = self._added[id_]
            return None if added.special else added.content.encode()
        name = self._backend.id_to_token(id_)
        if name is None:
            raise ScaleError(f"Token id {id_} is none of this tokenizer's {self.vocabulary_size}.")
        if self._byte_level:
            content = unspell(name)
            return name.encode() if content is None else bytes(content)
        byte = BYTE.fullmatch(name)
        return bytes([int(byte[1], 16)]) if byte else name.replace("\u2581", " ").encode()

    def to_json(self) -> Dict[str, Any]:
        """The content of tokenizer.json."""
        return json.loads(self._backend.to_str())

    def save(self, folder: Union[str, Path]) -> None:
        """Writes the tokenizer's files as transformers does."""
        if hasattr(self._backend, "encode_special_tokens"):
            self._backend.encode_special_tokens = False
        try:
            replace_files(Path(folder), self._tokenizer.save_pretrained)
        finally:
            if hasattr(self._backend, "encode_special_tokens"):
                self._backend.encode_special_tokens = True


def _ink(text: str, characters: Iterable[int], otherwise: int) -> int:
    """The first of some characters of a text that is no white space."""
    return next((at for at in characters if text[at] not in WHITE_SPACE), otherwise)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
