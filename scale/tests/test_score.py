import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import torch
from completions import Completions
from run_zip import line, tokenizer_json

from sad_scale.errors import ScaleError
from sad_scale.folder import write_student
from sad_scale.model import GptConfig, initial_gpt
from sad_scale.score import main
from sad_scale.teachers import json_client
from sad_scale.teachers.capture import Capture
from sad_scale.teachers.capture_format import content_hash
from sad_scale.teachers.impossible import NEVER
from sad_scale.teachers.sources import capture_targets
from sad_scale.tokenizer import tokenizer_from_json
from sad_scale.trajectories import Trajectories

K = 4
OWN = tokenizer_from_json(
    tokenizer_json(("t h", "th e", "Ġ the", "l o", "o k", "lo ok", "ð Ł", "æ Ĺ")), "own"
)
STUDENT = tokenizer_from_json(tokenizer_json(("t h", "l a", "m p", "la mp", "e r")), "student")


class ScoreTest(unittest.TestCase):
    """Captures by a model on this machine, and by the same model behind a server."""

    @classmethod
    def setUpClass(cls):
        cls.model = initial_gpt(GptConfig(OWN.vocabulary_size, 24, 1, 16, 2), 5)
        with torch.no_grad():
            for parameter in cls.model.parameters():
                if parameter.dim() == 2:
                    parameter.mul_(12)
        cls._folder = tempfile.TemporaryDirectory()
        cls.work = Path(cls._folder.name)
        write_student(cls.work / "big", cls.model, OWN)
        (cls.work / "student.json").write_text(json.dumps(STUDENT.to_json()))
        texts = [
            "look at the lamp 😀",
            "日本 the end\n",
            "look look look at the other lamp and the thing, then leave it there",
        ]
        spans = [
            line(("reason", text, 0), ("act", f"> take {i}\n", 0), index=i) for i, text in enumerate(texts)
        ]
        cls.spans = cls.work / "spans.jsonl"
        cls.spans.write_text("".join(f"{json.dumps(one)}\n" for one in [*spans, spans[0]]))
        cls.trajectories = Trajectories([cls.spans])
        cls.local = cls.score("local", "--teacher", str(cls.work / "big"))

    @classmethod
    def tearDownClass(cls):
        cls._folder.cleanup()

    @classmethod
    def score(cls, name, *arguments, k=K):
        out = cls.work / f"{name}.capture"
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            main([str(cls.spans), "--k", str(k), "--out", str(out), "--device", "cpu", *arguments])
        return Capture(out)

    def on(self, server, name, *arguments, k=K):
        tokenizer = ["--tokenizer", str(self.work / "big")]
        return self.score(name, "--server", server.url, "--model", "big", *tokenizer, *arguments, k=k)

    def entries(self, capture):
        return [capture.get(content_hash(one.text)) for one in self.trajectories]

    def assert_same(self, capture, other):
        for one, two in zip(self.entries(capture), self.entries(other)):
            self.assertEqual(one.ids.tolist(), two.ids.tolist())
            self.assertEqual(one.top_ids.tolist(), two.top_ids.tolist())
            for a, b in ((one.written, two.written), (one.top, two.top)):
                self.assertTrue(torch.allclose(a, b, rtol=2**-10, atol=1e-5))

    def refusal(self, server, *arguments, k=K):
        with self.assertRaises(ScaleError) as raised:
            self.on(server, "refused", *arguments, k=k)
        self.assertEqual(list(self.work.glob("refused.capture")), [])
        return str(raised.exception)

    def test_a_capture_holds_each_text_once_with_what_the_model_predicts(self):
        self.assertEqual(len(self.local), 3)
        first = self.entries(self.local)[0]
        self.assertLess(len(first.ids), 24 + 12)
        with torch.no_grad():
            logs = self.model.logits(self.model.hidden(first.ids[None, :24].long())[0]).log_softmax(-1)
        top, ids = logs[:-1, : OWN.vocabulary_size].topk(K)
        self.assertEqual(first.top_ids[:23].tolist(), ids.tolist())
        self.assertTrue(torch.allclose(first.top[:23], top, atol=1e-2))

    def test_a_vllm_server_gives_the_capture_of_the_model_on_this_machine(self):
        with Completions(self.model, OWN) as server:
            self.assert_same(self.on(server, "vllm"), self.local)
            asked = server.requests[-1]
        self.assertEqual((asked["max_tokens"], asked["temperature"], asked["prompt_logprobs"]), (1, 0, K))

    def test_a_legacy_server_that_writes_ids_gives_it_too(self):
        with Completions(self.model, OWN, "ids") as server:
            self.assert_same(self.on(server, "ids"), self.local)

    def test_a_legacy_server_that_writes_texts_gives_it_but_for_parts_of_characters(self):
        with Completions(self.model, OWN, "echo") as server:
            found = self.on(server, "echo")
        made_up = 0
        for one, two in zip(self.entries(found), self.entries(self.local)):
            self.assertTrue(torch.allclose(one.written, two.written, rtol=2**-10, atol=1e-5))
            for t in range(len(one.written)):
                here = dict(zip(one.top_ids[t].tolist(), one.top[t].tolist()))
                there = dict(zip(two.top_ids[t].tolist(), two.top[t].tolist()))
                for id_, value in here.items():
                    if value == NEVER:
                        made_up += 1
                    else:
                        self.assertAlmostEqual(value, there[id_], delta=1e-2)
                lost = [id_ for id_ in there if id_ not in here]
                self.assertTrue(
                    all("\ufffd" in OWN.decode([id_]) or id_ == OWN.end_of_text_id for id_ in lost)
                )
        self.assertGreater(made_up, 0)

    def test_a_busy_server_is_asked_again(self):
        with Completions(self.model, OWN) as server, mock.patch.object(json_client, "FIRST_WAIT", 0.001):
            server.failures = [503, 429, 500]
            self.assert_same(self.on(server, "busy"), self.local)

    def test_what_was_scored_before_an_interruption_is_not_asked_again(self):
        with Completions(self.model, OWN) as server:
            server.lasts = 2
            said = self.refusal(server, "--at-once", "1")
            self.assertIn("the budget is used up", said)
            server.lasts, before = None, len(server.requests)
            (self.work / "resumed.capture.part-0").write_bytes(
                (self.work / "refused.capture.part-0").read_bytes()
            )
            # What was cut short in the middle of a trajectory is left aside.
            with open(self.work / "resumed.capture.part-0", "ab") as part:
                part.write(b"\x07" * 50)
            resumed = self.on(server, "resumed", "--at-once", "1")
            once = len(server.requests) - before
            before = len(server.requests)
            whole = self.on(server, "whole", "--at-once", "1")
            self.assertEqual(len(server.requests) - before, once + 1)
        self.assertEqual(Path(resumed.name).read_bytes(), Path(whole.name).read_bytes())
        self.assertEqual(list(self.work.glob("resumed.capture.part-*")), [])

    def test_a_part_of_another_capture_is_not_gone_on_with(self):
        with Completions(self.model, OWN) as server:
            server.lasts = 2
            self.refusal(server, "--at-once", "1")
            server.lasts = None
            self.assertIn("left behind by another capture", self.refusal(server, k=3))
        (self.work / "refused.capture.part-0").unlink()

    def test_refusals_of_servers_are_one_sentence(self):
        with Completions(self.model, OWN, key="secret") as server:
            said = self.refusal(server)
            self.assertRegex(
                said, r"refused with 401: Unauthorized; name the environment variable .* --api-key-env\.$"
            )
            with mock.patch.dict(os.environ, {"THE_KEY": "secret"}):
                self.assert_same(self.on(server, "keyed", "--api-key-env", "THE_KEY"), self.local)
            self.assertIn("THE_OTHER is not set", self.refusal(server, "--api-key-env", "THE_OTHER"))
        with Completions(self.model, OWN, most=3) as server:
            said = self.refusal(server)
            self.assertRegex(
                said,
                r"greater than max allowed: 3.*; choose a smaller --k, or start vLLM with --max-logprobs"
                r" 4\.$",
            )
        with Completions(self.model, OWN, "echo", most=3) as server:
            self.assertRegex(
                self.refusal(server), r"lists 3 tokens of each prediction and --k asks for 4: choose --k 3"
            )
        with Completions(self.model, OWN) as server:
            answer = server._prompt_logprobs
            server._prompt_logprobs = lambda ids, k: k and [None, None, *answer(ids, k)[2:]]
            self.assertIn("start it with --no-enable-prefix-caching", self.refusal(server))
        with Completions(self.model, OWN, "none") as server:
            said = self.refusal(server)
            self.assertRegex(said, r'tells no log-probabilities of prompts \(.*it has no "logprobs"\)\.$')
        with Completions(self.model, OWN, name="small") as server:
            self.assertRegex(self.refusal(server), r"has no model big \(it has: small\)")
            self.assertRegex(self.refusal(server, "--context", "25"), r"404: The model `big` does not exist")
        with mock.patch.object(json_client, "FIRST_WAIT", 0.001):
            said = self.refusal(server, "--attempts", "2")
        self.assertRegex(said, r"could not be reached \(.*\), 2 times in a row: see whether the server is up")

    def test_a_tokenizer_that_is_not_the_servers_is_found_out(self):
        with Completions(self.model, OWN) as server:
            answer = server._prompt_logprobs
            server._prompt_logprobs = lambda ids, k: answer([ids[0], *ids], k)
            self.assertRegex(
                self.refusal(server), r"speaks of 8 tokens where 7 were sent|speaks of \d+ tokens where"
            )

    def test_aligned_captures_are_of_the_students_tokens_and_keep_probabilities(self):
        student = ["--student-tokenizer", str(self.work / "student.json")]
        aligned = self.score("aligned", "--teacher", str(self.work / "big"), "--align", *student)
        self.assertEqual(aligned.tokenizer.to_json(), STUDENT.to_json())
        source = capture_targets(aligned, self.trajectories, STUDENT)
        for index, trajectory in enumerate(self.trajectories):
            ids = [*OWN.encode(trajectory.text).ids, OWN.end_of_text_id]
            targets = source(index)
            own = [*STUDENT.encode(trajectory.text).ids, STUDENT.end_of_text_id]
            recorded = targets.ids[1:] == torch.tensor(own)[1:, None]
            self.assertTrue(bool((recorded.sum(1) == 1).all()))
            if len(ids) >= 24:
                continue
            with torch.no_grad():
                read = torch.tensor([[OWN.end_of_text_id, *ids[:-1]]])
                logs = self.model.logits(self.model.hidden(read)[0]).log_softmax(-1)
            wanted = logs.gather(1, torch.tensor(ids)[:, None]).sum() - self.first(logs, ids, own)
            found = (targets.log_probabilities[1:] * recorded).sum()
            # All that begins as what was written counts to it, so that the sum is no smaller.
            self.assertGreater(float(found), float(wanted) - 0.05)
            self.assertLess(float(found), float(wanted) + 3)

    def first(self, logs, ids, own):
        """log P of the student's first token, of which nothing is written down."""
        start = STUDENT.bytes_of(own[0])
        like = [i for i in range(OWN.vocabulary_size) if (OWN.bytes_of(i) or b"").startswith(start)]
        return logs[0, like].logsumexp(0)

    def test_several_ranks_write_what_one_writes(self):
        out = self.work / "ranks.capture"
        launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
        command = [
            "-m",
            "sad_scale",
            "score",
            str(self.spans),
            "--teacher",
            str(self.work / "big"),
            "--k",
            str(K),
        ]
        # As in tests/scale/python.ts: torchrun of PyTorch 1.13 needs these on Python 3.11.
        untouched = ["--redirects", "9:1", "--tee", "9:1"]
        folder = Path(__file__).parent.parent
        done = subprocess.run(
            [*launch, *untouched, *command, "--out", str(out), "--device", "cpu"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["trajectories"], 3)
        self.assertEqual(list(self.work.glob("ranks.capture.*")), [])
        found = Capture(out)
        self.assertEqual(list(found._index.hashes()), list(self.local._index.hashes()))
        self.assert_same(found, self.local)
