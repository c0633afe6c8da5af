"""
What is written of a trajectory that a teacher has read: its own tokens, where the lab reads its tokenizer, or
else the student's, to which its predictions are aligned first.
"""

from typing import Any, List, Optional, Tuple

import torch

from ..errors import ScaleError
from ..javascript import utf8
from .align import align_tokens
from .capture import LEAST_LOGPROB
from .capture_format import CapturedTrajectory
from .chains import Scored, Spellings
from .impossible import MOST, Impossible
from .reading import Job
from .speller import Places, Speller
from .targets import NONE


class OwnTokens:
    """Writes the teacher's own tokens, as the lab's capture does."""

    def __init__(self, tokenizer: Any, k: int):
        #: The tokenizer whose ids are written.
        self.tokenizer = tokenizer
        self._places = Places(tokenizer)
        self._impossible = Impossible(tokenizer)
        self._k = k

    def captured(self, job: Job) -> Optional[CapturedTrajectory]:
        """
        :raises ScaleError: where fewer than k tokens are listed and no others can be made up
        """
        first = 1 - job.skipped
        top_ids, top = job.top_ids[first:], job.top[first:]
        ends = self._places.byte_ends(job.ids)
        short = self._impossible.fill(top_ids, top, utf8(job.trajectory.text), ends[:-1])
        if short is not None:
            raise ScaleError(
                f"The teacher lists fewer tokens of a prediction than --k {self._k}: choose a smaller --k."
            )
        return CapturedTrajectory(torch.tensor(job.ids, dtype=torch.int32), job.written[first:], top_ids, top)


class StudentTokens:
    """
    Aligns what a teacher with any tokenizer predicts to the student's tokens, by the lab's own rules
    (align.py), and writes these: the k likeliest of each and the recorded one. What the rules know fewer of
    than k is filled up with tokens that no text can have there (impossible.py).
    """

    def __init__(self, tokenizer: Any, teacher: Any, k: int):
        """
        :param tokenizer: the student's
        :raises ScaleError: for a k that cannot be filled up to
        """
        if k > MOST:
            raise ScaleError(
                f"--k {k} is too many where the teacher's tokens are aligned to the student's: at most"
                f" {MOST}."
            )
        self.tokenizer = tokenizer
        self._teacher, self._k = teacher, k
        self._speller, self._places = Speller(tokenizer), Places(tokenizer)
        self._impossible = Impossible(tokenizer)
        self._spellings = Spellings(self._spell, teacher.vocabulary_size)

    def captured(self, job: Job) -> Optional[CapturedTrajectory]:
        """
        None for a trajectory of which the teacher's tokenizer leaves characters out, so that not all is known
        of it.
        """
        text = job.trajectory.text
        content = utf8(text)
        ids, ends = self._places.placed(text)
        targets = align_tokens(ids, ends, self._scored(job, text, content))
        if bool((targets.origins[1:] == NONE).any()):
            return None
        recorded = torch.tensor(ids, dtype=torch.int32)
        own = targets.ids[1:] == recorded[1:, None]
        written = (targets.log_probabilities[1:] * own).sum(1)
        n, k = len(ids) - 1, self._k
        top_ids = torch.full((n, k), -1, dtype=torch.int32)
        top = torch.zeros(n, k)
        listed = min(k, targets.k)
        top_ids[:, :listed] = targets.ids[1:, :listed]
        top[:, :listed] = targets.log_probabilities[1:, :listed].clamp_min(LEAST_LOGPROB)
        if self._impossible.fill(top_ids, top, content, ends[:-1]) is not None:
            return None
        return CapturedTrajectory(recorded, written.clamp_min(LEAST_LOGPROB), top_ids, top)

    def _scored(self, job: Job, text: str, content: bytes) -> Scored:
        places = self._places_of(job, text, content)[job.skipped :]
        ids = torch.tensor(job.ids[job.skipped :])
        cuts = {}
        for t, (start, end) in enumerate(places):
            cut = self._cut(int(ids[t]), content[start:end])
            if cut:
                cuts[t] = cut
        return Scored(
            starts=[start for start, _ in places],
            ends=[end for _, end in places],
            written=job.written.clamp_min(LEAST_LOGPROB).double(),
            spelled=self._spellings.of(job.top_ids, cuts),
            others=job.top.clamp_min(LEAST_LOGPROB).double(),
            there=(job.top_ids >= 0) & (job.top_ids != ids[:, None]),
        )

    def _places_of(self, job: Job, text: str, content: bytes) -> List[Tuple[int, int]]:
        """Where in the text each of the teacher's tokens stands, in bytes; end-of-text behind it."""
        ends, at = [], 0
        contents = [self._teacher.bytes_of(id_) for id_ in job.ids[:-1]]
        behind = (len(content), len(content) + 1)
        if None not in contents and b"".join(contents) == content:
            for one in contents:
                ends.append((at, at + len(one)))
                at += len(one)
            return [*ends, behind]
        # The tokenizer writes another text than this: by the characters it says its tokens come from.
        offsets = [0]
        for character in text:
            offsets.append(offsets[-1] + len(utf8(character)))
        starts = [offsets[start] for start in self._teacher.encode(text).starts]
        following = len(content)
        spans: List[Tuple[int, int]] = []
        for t in range(len(starts) - 1, -1, -1):
            # Tokens that begin in one character share it.
            if t + 1 < len(starts) and starts[t + 1] > starts[t]:
                following = starts[t + 1]
            spans.append((starts[t], following))
        return [*reversed(spans), behind]

    def _cut(self, id_: int, stands: bytes) -> bytes:
        """
        What a token has in front of its place in the text, such as the blank that some put before the first
        word.
        """
        content = self._teacher.bytes_of(id_)
        if not content or content == stands or not stands or not content.endswith(stands):
            return b""
        return content[: -len(stands)]

    def _spell(self, id_: int, cut: bytes) -> Tuple[int, ...]:
        """A token of the teacher's as the student writes it; empty where the student cannot."""
        content = self._teacher.bytes_of(id_)
        if id_ == self._teacher.end_of_text_id:
            return (self.tokenizer.end_of_text_id,)
        if content is None or not content.startswith(cut):
            return ()
        return self._speller.ids_of(content[len(cut) :])
