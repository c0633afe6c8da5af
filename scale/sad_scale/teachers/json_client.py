"""JSON to and from a server that may be busy, by nothing but urllib."""

import http.client
import json
import random
import socket
import threading
import urllib.error
import urllib.request
from typing import Any, Dict, Optional

from ..errors import ScaleError

#: Seconds before the second attempt; each wait is twice the one before, up to the most.
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
#: What a server answers that is busy, being restarted, or behind a proxy that lost it.
PASSING = {408, 409, 425, 429, 500, 502, 503, 504}
SHOWN = 300


class Refused(Exception):
    """A server said no, and would say so again."""

    def __init__(self, status: int, message: str):
        super().__init__(f"{status}: {message}")
        self.status, self.message = status, message


class JsonClient:
    """Asks one server."""

    def __init__(self, url: str, *, key: Optional[str] = None, timeout: float = 600, attempts: int = 6):
        """
        :param url: e.g. http://localhost:8000/v1
        :param key: sent as `Authorization: Bearer`
        :param timeout: seconds that an answer may take
        :param attempts: before it is given up
        :raises ScaleError: for what is no such address
        """
        if not url.startswith(("http://", "https://")):
            raise ScaleError(f'--server {url} is no address of a server: name one as "http://host:8000/v1".')
        self.url = url.rstrip("/")
        self._timeout, self._attempts = timeout, attempts
        self._stopped = threading.Event()
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"

    def ask(self, path: str, body: Optional[Dict[str, Any]] = None) -> Any:
        """
        The answer's JSON; waits and asks again where a server is busy or away.

        :param body: posted; without it the path is only looked at
        :raises Refused: where the server will not answer this
        :raises ScaleError: where it did not answer in time, however often it was asked
        """
        wait = FIRST_WAIT
        for attempt in range(1, self._attempts + 1):
            try:
                return self._ask_once(path, body)
            except urllib.error.HTTPError as error:
                message = _message_of(error)
                if error.code not in PASSING:
                    raise Refused(error.code, message)
                problem = f"answered {error.code} ({message})"
                wait = max(wait, _asked_to_wait(error))
            except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
                reason = getattr(error, "reason", error)
                late = isinstance(reason, (socket.timeout, TimeoutError))
                problem = (
                    f"did not answer within {self._timeout:g} s"
                    if late
                    else f"could not be reached ({reason})"
                )
            except ValueError:
                problem = "answered with what is no JSON"
            if attempt < self._attempts:
                # Not all at the same moment.
                if self._stopped.wait(min(wait, LONGEST_WAIT) * (0.5 + random.random() / 2)):
                    break
                wait *= 2
        raise ScaleError(
            f"{self.url}{path} {problem}, {self._attempts} times in a row: see whether the server is up, then"
            " run the same command again, which goes on from what has been scored."
        )

    def stop(self) -> None:
        """Asks nobody again, so that a program that ends need not wait for that."""
        self._stopped.set()

    def _ask_once(self, path: str, body: Optional[Dict[str, Any]]) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=self._headers)
        with urllib.request.urlopen(request, timeout=self._timeout) as response:
            return json.loads(response.read())


def _message_of(error: urllib.error.HTTPError) -> str:
    """What a server says of its refusal, in whichever field it says it."""
    try:
        text = error.read().decode("utf-8", "replace")
    except OSError:
        return error.reason or "no reason given"
    try:
        found = json.loads(text)
        for name in ("error", "message", "detail"):
            if isinstance(found, dict) and found.get(name):
                found = found[name]
        text = found if isinstance(found, str) else json.dumps(found)
    except ValueError:
        pass
    return " ".join(text.split())[:SHOWN] or error.reason or "no reason given"


def _asked_to_wait(error: urllib.error.HTTPError) -> float:
    try:
        return min(float(error.headers.get("Retry-After", 0)), LONGEST_WAIT)
    except (TypeError, ValueError):
        return 0.0
