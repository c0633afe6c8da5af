"""In whose tokens a teacher's predictions are written down."""

from typing import Any, NamedTuple, Optional, Union

from ..bpe import END_OF_TEXT
from ..errors import ScaleError
from ..tokenizer import Tokenizer, same_vocabulary, tokenizer_from_json
from .local import require_k
from .writing import OwnTokens, StudentTokens


class Route(NamedTuple):
    """
    :ivar tokenizer: the teacher's, that texts are read with
    :ivar begin: a token in front of each window; None for none, as in the lab
    :ivar writing: what is written of what was read
    """

    tokenizer: Any
    begin: Optional[int]
    writing: Union[OwnTokens, StudentTokens]


def route_of(teacher: Any, student: Optional[Any], k: int, name: str, align: bool = False) -> Route:
    """
    A teacher whose tokenizer.json the lab reads is captured in its own tokens, which any student can be
    trained on. Any other (Qwen's and LLaMA's cut texts by other expressions, SentencePiece has no bytes) is
    aligned to the student's tokens now, as the lab could not do so later; it is read with its begin-of-text
    in front, or end-of-text where it has none, so that the first token is predicted too.

    :param student: the student's tokenizer; only needed for the second
    :param align: takes the second way for the first kind of teacher as well
    :raises ScaleError: where neither is possible
    """
    require_k(k, teacher.vocabulary_size, name)
    own = lab_tokenizer(teacher)
    if own is not None and not align:
        return Route(own, None, OwnTokens(own, k))
    if student is None:
        why = (
            "--align asks for the student's tokens"
            if own
            else f"The lab does not read the tokenizer of {name}"
        )
        raise ScaleError(
            f"{why}, so its predictions are aligned to the student's tokens: give a RUN.zip, or the student's"
            " tokenizer.json as --student-tokenizer."
        )
    students = lab_tokenizer(student)
    if students is None:
        raise ScaleError(
            f"Neither the tokenizer of {name} nor the student's is one that the lab reads (byte-level BPE as"
            " GPT-2 has it), so there is no capture that it could load; let the teacher run beside the"
            ' student (tokenizer.kind "teacher"), or choose another student.'
        )
    require_k(k, students.vocabulary_size, "the student")
    return Route(teacher, begin_of(teacher), StudentTokens(students, teacher, k))


def begin_of(tokenizer: Any) -> int:
    """
    The token that a model is used to have in front of a text: the one that its tokenizer.json puts there,
    else what divided the texts that it was trained on, END_OF_TEXT where it has that and the end of its turns
    where not.
    """
    json = tokenizer.to_json()
    found = _put_in_front(json.get("post_processor"))
    if found is not None:
        return found
    added = {token.get("content"): token.get("id") for token in json.get("added_tokens") or []}
    return added.get(END_OF_TEXT, tokenizer.end_of_text_id)


def _put_in_front(processor: Any) -> Optional[int]:
    """What a post-processor of type TemplateProcessing, or one in a Sequence, has as its first piece."""
    if not isinstance(processor, dict):
        return None
    for one in processor.get("processors") or []:
        found = _put_in_front(one)
        if found is not None:
            return found
    first = (processor.get("single") or [None])[0]
    if (
        processor.get("type") != "TemplateProcessing"
        or not isinstance(first, dict)
        or "SpecialToken" not in first
    ):
        return None
    ids = processor.get("special_tokens", {}).get(first["SpecialToken"].get("id"), {}).get("ids")
    return ids[0] if ids else None


def lab_tokenizer(tokenizer: Any) -> Optional[Tokenizer]:
    """A tokenizer as the lab reads it; None where it does not."""
    if isinstance(tokenizer, Tokenizer):
        return tokenizer
    json = tokenizer.to_json()
    if _put_in_front(json.get("post_processor")) is None:
        # One that puts nothing in front of a text, such as transformers saves with any tokenizer, changes
        # none of its ids.
        json = {**json, "post_processor": None}
    try:
        return tokenizer_from_json(json, "tokenizer.json")
    except ScaleError:
        return None


def require_same_vocabulary(student: Any, teacher: Any, what: str) -> None:
    """
    Refuses to let one model read the ids of another's vocabulary (workers/tokenizer/vocabulary.ts).

    :param what: says whose ids they are and who would read them
    """
    if same_vocabulary(student, teacher):
        return
    raise ScaleError(
        f"{what}: ids of the student's vocabulary ({student.vocabulary_size}) mean other tokens in the"
        " teacher's "
        f'({teacher.vocabulary_size}); set tokenizer.kind to "train-bpe" to have the two aligned, or take the'
        " teacher that "
        "the student's tokenizer came from."
    )
