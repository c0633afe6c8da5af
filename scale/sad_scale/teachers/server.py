"""
A teacher behind an OpenAI-compatible completions server. Prompts are sent as ids, several at a time, so that
the server cuts nothing itself; what it says of them is read by the first of its dialects (answers.py) that a
first, short question finds.
"""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Deque, Iterable, Iterator, List, Optional, Sequence, Tuple

import torch

from ..errors import ScaleError
from .answers import Answer, Dialect, Echo, PromptLogprobs, Unreadable
from .json_client import JsonClient, Refused
from .reading import Job, Reading, readings_of


class ServerScorer:
    """Has a server read jobs."""

    def __init__(
        self,
        client: JsonClient,
        model: str,
        tokenizer: Any,
        *,
        k: int,
        context: Optional[int],
        at_once: int = 8,
    ):
        """
        :param model: by the name under which the server has it
        :param tokenizer: the teacher's
        :param context: tokens of prompt and completion together; asked of the server where None
        :param at_once: requests that are under way at a time
        :raises ScaleError: where the server cannot be reached, lacks the model or tells no log-probabilities
            of prompts
        """
        self._client, self._model, self._k, self._at_once = client, model, k, at_once
        self._vocabulary = tokenizer.vocabulary_size
        # One token is always written, whether it is wanted or not.
        self._context = (context or self._longest()) - 1
        if self._context < 2:
            raise ScaleError(
                f"A context of {self._context + 1} tokens leaves nothing to predict: give a larger --context."
            )
        self._dialect = self._found(tokenizer)

    def _longest(self) -> int:
        try:
            models = self._client.ask("/models")
        except Refused as refused:
            raise self._refused(refused)
        listed = models.get("data") if isinstance(models, dict) else None
        entries = [entry for entry in listed or [] if isinstance(entry, dict)]
        for entry in entries:
            if entry.get("id") != self._model:
                continue
            length = entry.get("max_model_len")
            if isinstance(length, int):
                return length
            raise ScaleError(
                f"{self._client.url} does not tell how many tokens {self._model} reads: give it as"
                " --context N."
            )
        names = ", ".join(str(entry.get("id")) for entry in entries[:8]) or "none"
        raise ScaleError(
            f"{self._client.url} has no model {self._model} (it has: {names}): name one of these by --model."
        )

    def _found(self, tokenizer: Any) -> Dialect:
        """The first dialect in which the server tells of a prompt."""
        ids = tokenizer.encode("Take a look.\n").ids[: self._context]
        problems = []
        for dialect in (PromptLogprobs(), Echo(tokenizer, True), Echo(tokenizer, False)):
            try:
                answers = self._answers(dialect, ids, range(1, len(ids)))
            except Refused as refused:
                if refused.status not in (400, 422, 501):
                    raise self._refused(refused)
                problems.append(f"{dialect.name}: {refused}")
            except Unreadable as unreadable:
                problems.append(f"{dialect.name}: {unreadable}")
            else:
                self._require_k(answers)
                return dialect
        # The legacy form is tried in two ways; what the second says is the plainer.
        said = "; ".join([problems[0], problems[-1]])
        more = self._more_logprobs(said)
        raise ScaleError(f"{self._client.url} tells no log-probabilities of prompts ({said}){more}.")

    def _require_k(self, answers: Sequence[Answer]) -> None:
        most = max(answer.listed for answer in answers)
        if most < min(self._k, self._vocabulary):
            raise ScaleError(
                f"{self._client.url} lists {most} tokens of each prediction and --k asks for {self._k}:"
                f" choose --k {most}, or start the server with room for more (vLLM: --max-logprobs"
                f" {self._k})."
            )

    def scored(self, jobs: Iterable[Job]) -> Iterator[Job]:
        """
        The jobs in their order, each when all of it is read.

        :raises ScaleError: where the server refuses, in its own words
        """
        waiting: Deque[Job] = deque()
        under_way: Deque[Tuple[Reading, "Future[List[Answer]]"]] = deque()
        pool = ThreadPoolExecutor(self._at_once)

        def settle(most: int) -> Iterator[Job]:
            while len(under_way) > most:
                reading, future = under_way.popleft()
                try:
                    answers = future.result()
                except Refused as refused:
                    raise self._refused(refused)
                except Unreadable as unreadable:
                    raise ScaleError(
                        f"{self._client.url} gave an answer that cannot be used: {unreadable}; is the"
                        f" tokenizer that of {self._model}?"
                    )
                self._put(reading, answers)
                while waiting and waiting[0].left == 0:
                    yield waiting.popleft()

        try:
            for job in jobs:
                waiting.append(job)
                for reading in readings_of(job, self._context, self._k):
                    asked = range(reading.at, reading.at + reading.last - reading.first)
                    future = pool.submit(self._answers, self._dialect, reading.ids, asked)
                    under_way.append((reading, future))
                # So many that the server never waits for the next.
                yield from settle(2 * self._at_once)
            yield from settle(0)
        except BaseException:
            self._client.stop()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _answers(self, dialect: Dialect, ids: Sequence[int], asked: range) -> List[Answer]:
        request = {"model": self._model, "prompt": list(ids), "max_tokens": 1, "temperature": 0}
        response = self._client.ask("/completions", {**request, **dialect.request(self._k)})
        choices = response.get("choices") if isinstance(response, dict) else None
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            raise Unreadable("it has no choices")
        return dialect.answers(choices[0], ids, asked)

    def _put(self, reading: Reading, answers: List[Answer]) -> None:
        k = self._k
        top_ids, top = [], []
        for answer in answers:
            # What a padded vocabulary has beyond the tokenizer are no tokens; their mass is in the tail.
            listed = [entry for entry in answer.top if entry[0] < self._vocabulary][:k]
            missing = k - len(listed)
            top_ids.append([id_ for id_, _ in listed] + [-1] * missing)
            top.append([value for _, value in listed] + [0.0] * missing)
        written = torch.tensor([answer.logprob for answer in answers])
        shape = (len(answers), k)
        reading.put(
            written, torch.tensor(top_ids, dtype=torch.int32).view(shape), torch.tensor(top).view(shape)
        )

    def _refused(self, refused: Refused) -> ScaleError:
        url = self._client.url
        if refused.status in (401, 403):
            hint = "name the environment variable that holds its key by --api-key-env"
        elif refused.status == 404:
            hint = "see whether the address ends in /v1 and --model is a name that it knows"
        else:
            hint = "change what it names, then run the same command again"
        return ScaleError(
            f"{url} refused with {refused}{self._more_logprobs(refused.message) or '; ' + hint}."
        )

    def _more_logprobs(self, message: str) -> str:
        if "logprobs" not in message or "max" not in message:
            return ""
        return f"; choose a smaller --k, or start vLLM with --max-logprobs {self._k}"
