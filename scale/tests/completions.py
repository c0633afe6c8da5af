"""A completions server as vLLM and others document theirs, with one of the lab's models behind it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import torch


class Completions:
    """
    Answers /v1/models and /v1/completions of one model.

    :ivar dialect: "vllm" knows `prompt_logprobs`; "echo" the legacy form alone, and refuses what it does not
      know; "ids" the legacy form with `return_tokens_as_token_ids`; "none" neither
    :ivar most: log-probabilities that may be asked for
    :ivar failures: statuses that the next requests are answered with
    :ivar lasts: requests for completions that are answered, before all others fail
    """

    def __init__(self, model, tokenizer, dialect="vllm", name="big", most=20, key=None):
        self.model, self.tokenizer, self.dialect, self.name = model, tokenizer, dialect, name
        self.most, self.key = most, key
        self.failures, self.lasts, self.requests = [], None, []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                models = {"data": [{"id": server.name, "max_model_len": server.model.context_length + 1}]}
                self._answer(
                    *((200, models) if self.path == "/v1/models" else (404, {"detail": "Not Found"}))
                )

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._answer(*server.answer(self.path, body, self.headers.get("Authorization")))

            def _answer(self, status, value):
                text = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()

    def answer(self, path, body, authorization):
        """The status and the JSON of an answer."""
        if self.key and authorization != f"Bearer {self.key}":
            return 401, {"error": "Unauthorized"}
        if path != "/v1/completions" or body["model"] != self.name:
            return 404, {"error": {"message": f"The model `{body['model']}` does not exist.", "code": 404}}
        self.requests.append(body)
        if self.failures:
            return self.failures.pop(0), {"error": {"message": "overloaded"}}
        if self.lasts is not None and len(self.requests) > self.lasts:
            return 400, {"error": {"message": "the budget is used up"}}
        ids = body["prompt"]
        if len(ids) + body["max_tokens"] > self.model.context_length + 1:
            return 400, {"error": {"message": "This model's maximum context length is exceeded"}}
        known = {"model", "prompt", "max_tokens", "temperature", "echo", "logprobs"}
        if self.dialect == "vllm":
            if body.get("prompt_logprobs", 0) > self.most:
                wanted = body["prompt_logprobs"]
                said = (
                    f"Requested prompt logprobs of {wanted}, which is greater than max allowed: {self.most}"
                )
                return 400, {"object": "error", "message": said, "type": "BadRequestError", "code": 400}
            choice = {"text": "x", "prompt_logprobs": self._prompt_logprobs(ids, body.get("prompt_logprobs"))}
            return 200, {"choices": [choice]}
        if self.dialect == "ids":
            known |= {"return_tokens_as_token_ids", "return_token_ids"}
        strange = sorted(set(body) - known)
        if strange:
            return 400, {"error": {"message": f"Unrecognized request argument supplied: {strange[0]}"}}
        if self.dialect == "none":
            return 200, {"choices": [{"text": "x", "logprobs": None}]}
        return 200, {
            "choices": [{"text": "x", "logprobs": self._legacy(ids, min(self.most, body["logprobs"]))}]
        }

    def _predicted(self, ids):
        with torch.no_grad():
            return self.model.logits(self.model.hidden(torch.tensor([ids]))[0]).log_softmax(-1)

    def _prompt_logprobs(self, ids, k):
        if k is None:
            return None
        entries = [None]
        for written, row in zip(ids[1:], self._predicted(ids)):
            ranked = row.argsort(descending=True).tolist()
            chosen = ranked[:k] + ([written] if written not in ranked[:k] else [])
            entries.append(
                {
                    str(id_): {
                        "logprob": max(float(row[id_]), -9999.0),
                        "rank": ranked.index(id_) + 1,
                        "decoded_token": self._text(id_),
                    }
                    for id_ in chosen
                }
            )
        return entries

    def _legacy(self, ids, k):
        rows = self._predicted(ids)
        told = {
            "tokens": [self._token(ids[0])],
            "token_logprobs": [None],
            "top_logprobs": [None],
            "text_offset": [],
        }
        # The completion's own token stands behind.
        for written, row in zip([*ids[1:], int(rows[-1].argmax())], rows):
            ranked = row.argsort(descending=True)[:k].tolist()
            told["tokens"].append(self._token(written))
            told["token_logprobs"].append(float(row[written]))
            # Texts that are the same are one entry, as in a dictionary there can be no other way.
            told["top_logprobs"].append({self._token(id_): float(row[id_]) for id_ in reversed(ranked)})
        return told

    def _token(self, id_):
        return f"token_id:{id_}" if self.dialect == "ids" else self._text(id_)

    def _text(self, id_):
        # What a model is padded with beyond its tokenizer has no text.
        if id_ >= self.tokenizer.vocabulary_size:
            return ""
        return (self.tokenizer.bytes_of(id_) or b"<|endoftext|>").decode("utf-8", "replace")
