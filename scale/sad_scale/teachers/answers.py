"""What OpenAI-compatible servers answer about the tokens of a prompt, as two of their dialects write it."""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

BYTES = re.compile(r"bytes:((?:\\x[0-9a-fA-F]{2}){1,16})")
BYTE_TOKEN = re.compile(r"<0x([0-9a-fA-F]{2})>")
#: Two spellings of one token have the same log-probability, to so many nats.
SAME = 1e-4
TOKEN_ID = re.compile(r"token_id:(\d+)")


class Answer(NamedTuple):
    """Of one token of a prompt."""

    logprob: float
    #: (id, log-probability), the likeliest first; those that no id can be found for are left out
    top: List[Tuple[int, float]]
    #: How many the server listed.
    listed: int


class Unreadable(Exception):
    """What is wrong with an answer."""


class Dialect:
    """How a server is asked for the log-probabilities of a prompt, and how it answers."""

    #: For messages.
    name = ""

    def request(self, k: int) -> Dict[str, Any]:
        """What is asked beside the model and the prompt."""
        raise NotImplementedError

    def answers(self, choice: Any, ids: Sequence[int], asked: range) -> List[Answer]:
        """
        :param choice: `choices[0]` of the response
        :param ids: of the prompt
        :param asked: places of the prompt
        :raises Unreadable: in a few words
        """
        raise NotImplementedError


class PromptLogprobs(Dialect):
    """
    vLLM's extra parameter `prompt_logprobs` (docs.vllm.ai, "OpenAI-Compatible Server", Completions API, extra
    parameters): a list with null for the first token and {"<id>": {"logprob", "rank", "decoded_token"}} for
    all others, the token that stands there among them, whatever its rank. −9999 stands for −∞.
    """

    name = "prompt_logprobs"

    def request(self, k: int) -> Dict[str, Any]:
        return {"prompt_logprobs": k, "add_special_tokens": False}

    def answers(self, choice: Any, ids: Sequence[int], asked: range) -> List[Answer]:
        entries = choice.get("prompt_logprobs")
        if not isinstance(entries, list):
            raise Unreadable('it has no "prompt_logprobs"')
        _require_length(len(entries), len(ids), 0)
        return [self._answer(entries[at], str(ids[at]), at) for at in asked]

    def _answer(self, entry: Any, written: str, at: int) -> Answer:
        if entry is None:
            raise Unreadable(
                f'"prompt_logprobs" says nothing of token {at + 1}, which some versions of vLLM do of what'
                " they have cached: start it with --no-enable-prefix-caching"
            )
        if not isinstance(entry, dict) or written not in entry:
            raise Unreadable(f'"prompt_logprobs" says nothing of token {at + 1}, whose id is {written}')
        values = {id_: _number(_field(value, "logprob"), at) for id_, value in entry.items()}
        try:
            listed = [(int(id_), value) for id_, value in values.items()]
        except ValueError:
            raise Unreadable(f'"prompt_logprobs" has keys that are no ids at token {at + 1}')
        return Answer(values[written], _ranked(listed), len(listed))


class Echo(Dialect):
    """
    The legacy completions of OpenAI, which other servers have kept: `echo` with `logprobs`, answered by
    `tokens`, `token_logprobs` and `top_logprobs`, {text: log-probability}, side by side for prompt and
    completion. Texts are put back to ids by the teacher's vocabulary; one that stands for a part of a
    character ("�") has no id and counts to the tail, unless it is the written token or spelled
    "bytes:\\xe2\\x80".
    """

    name = "echo with logprobs"

    def __init__(self, tokenizer: Any, as_ids: bool):
        """
        :param as_ids: asks for texts of the form "token_id:7", which vLLM and others know, so that none is
        lost
        """
        self._as_ids = as_ids
        self._ids: Dict[bytes, int] = {}
        for id_ in range(tokenizer.vocabulary_size):
            content = tokenizer.bytes_of(id_)
            if content is not None:
                self._ids.setdefault(content, id_)

    def request(self, k: int) -> Dict[str, Any]:
        request: Dict[str, Any] = {"echo": True, "logprobs": k}
        # Without the second vLLM looks for the prompt's text, which it was not given.
        return (
            {**request, "return_tokens_as_token_ids": True, "return_token_ids": True}
            if self._as_ids
            else request
        )

    def answers(self, choice: Any, ids: Sequence[int], asked: range) -> List[Answer]:
        logprobs = choice.get("logprobs")
        if not isinstance(logprobs, dict):
            raise Unreadable('it has no "logprobs"')
        tokens, values, tops = (logprobs.get(key) for key in ("tokens", "token_logprobs", "top_logprobs"))
        for name, values_of in (("tokens", tokens), ("token_logprobs", values), ("top_logprobs", tops)):
            if not isinstance(values_of, list):
                raise Unreadable(f'its "logprobs" have no "{name}"')
            # The completion's one token stands behind, or nothing where the model stopped at once.
            _require_length(len(values_of), len(ids), 1)
        return [self._answer(tokens[at], values[at], tops[at], ids[at], at) for at in asked]

    def _answer(self, token: Any, value: Any, top: Any, written: int, at: int) -> Answer:
        logprob = _number(value, at)
        if not isinstance(top, dict):
            raise Unreadable(f'"top_logprobs" lists nothing for token {at + 1}')
        found: Dict[int, float] = {}
        for text, other in top.items():
            value = _number(other, at)
            # Several parts of characters may have been written as one and the same text.
            id_ = written if text == token and abs(value - logprob) < SAME else self._id_of(text)
            if id_ is not None:
                found.setdefault(id_, value)
        return Answer(logprob, _ranked(list(found.items())), len(top))

    def _id_of(self, text: str) -> Optional[int]:
        named = TOKEN_ID.fullmatch(text)
        if named and self._as_ids:
            return int(named.group(1))
        spelled, single = BYTES.fullmatch(text), BYTE_TOKEN.fullmatch(text)
        if spelled:
            return self._ids.get(bytes.fromhex(spelled.group(1).replace("\\x", "")))
        if single:
            return self._ids.get(bytes.fromhex(single.group(1)))
        return self._ids.get(text.encode("utf-8", "replace"))


def _require_length(found: int, sent: int, more: int) -> None:
    if sent <= found <= sent + more:
        return
    raise Unreadable(
        f"it speaks of {found} tokens where {sent} were sent, so the server cuts the text in its own way or"
        " adds tokens"
    )


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else value


def _number(value: Any, at: int) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise Unreadable(f"the log-probability of token {at + 1} is no number")
    if value > 1e-3:
        raise Unreadable(f"the log-probability of token {at + 1} is {value:g}, which is above 0")
    return float(value)


def _ranked(listed: List[Tuple[int, float]]) -> List[Tuple[int, float]]:
    return sorted(listed, key=lambda entry: -entry[1])
