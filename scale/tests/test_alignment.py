import errno
import json
import math
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import torch
from run_zip import tokenizer_json

from sad_scale.bpe import Encoding
from sad_scale.errors import ScaleError
from sad_scale.teachers.align import align_tokens
from sad_scale.teachers.capture_format import CapturedTrajectory
from sad_scale.teachers.capture_writer import CaptureWriter
from sad_scale.teachers.chains import Scored
from sad_scale.teachers.impossible import MOST, NEVER
from sad_scale.teachers.reading import Job, capture_windows, readings_of
from sad_scale.teachers.targets import CHOSEN, LISTED, NONE
from sad_scale.teachers.writing import StudentTokens
from sad_scale.tokenizer import tokenizer_from_json

STUDENT = tokenizer_from_json(tokenizer_json(("t h", "th e", "l a", "m p")), "student")


def scored(*tokens):
    """(start, end, p, [(ids, p), …]) each, as tests/unit/teacher/align.test.ts has them."""
    k = max([len(others) for *_, others in tokens] + [1])
    longest = max([len(ids) for *_, others in tokens for ids, _ in others] + [1])
    spelled = torch.full((len(tokens), k, longest), -1, dtype=torch.int32)
    logs = torch.zeros(len(tokens), k, dtype=torch.float64)
    there = torch.zeros(len(tokens), k, dtype=torch.bool)
    for t, (*_, others) in enumerate(tokens):
        for place, (ids, p) in enumerate(others):
            spelled[t, place, : len(ids)] = torch.tensor(ids, dtype=torch.int32)
            logs[t, place], there[t, place] = math.log(p), True
    written = torch.tensor([math.log(p) for _, _, p, _ in tokens], dtype=torch.float64)
    return Scored(
        [token[0] for token in tokens], [token[1] for token in tokens], written, spelled, logs, there
    )


class WordsOnly:
    """
    A teacher that tells where its tokens lie and writes another text than it read, as SentencePiece does.
    """

    vocabulary_size = 6
    end_of_text_id = 0
    pieces = [None, b" the", b" lamp", b" map", b"lamp", b" la"]

    def encode(self, text):
        ids, starts = [], []
        for word in ("the", "lamp"):
            ids.append(self.pieces.index(b" " + word.encode()))
            starts.append(max(0, text.index(word) - 1))
        return Encoding(ids, starts, starts)

    def bytes_of(self, id_):
        return self.pieces[id_]


class AlignmentTest(unittest.TestCase):
    """What tests/scale/teachers.test.ts does not reach with the lab's own tokenizers."""

    def assert_entries(self, targets, t, expected):
        ids, logs = targets.ids[t].tolist(), targets.log_probabilities[t].exp().tolist()
        found = {id_: p for id_, p in zip(ids, logs) if id_ >= 0}
        self.assertEqual(sorted(found), sorted(expected))
        for id_, p in expected.items():
            self.assertAlmostEqual(found[id_], p, places=6)

    def test_a_token_over_several_of_the_students_is_dealt_out_by_the_chain_rule(self):
        others = [([1, 2, 4], 0.1), ([1, 5], 0.2), ([1], 0.1), ([6], 0.05)]
        targets = align_tokens([1, 2, 3], [1, 2, 4], scored((0, 4, 0.4, others)))
        self.assert_entries(targets, 0, {1: 0.8, 6: 0.05})
        self.assert_entries(targets, 1, {2: 0.5 / 0.8, 5: 0.2 / 0.8})
        self.assert_entries(targets, 2, {3: 0.8, 4: 0.2})
        self.assertEqual(targets.origins.tolist(), [LISTED] * 3)

    def test_several_tokens_are_multiplied_or_interpolated(self):
        targets = align_tokens([9], [4], scored((0, 1, 0.5, [([3], 0.5)]), (1, 4, 0.5, [])))
        self.assert_entries(targets, 0, {9: 0.25})
        self.assertEqual(targets.origins.tolist(), [CHOSEN])
        targets = align_tokens([1, 2], [2, 8], scored((0, 4, 0.25, []), (4, 8, 0.5, [])))
        self.assert_entries(targets, 0, {1: 0.5})
        self.assert_entries(targets, 1, {2: 0.25})
        # Nobody can tell apart what shares a character.
        shared = scored((0, 4, 0.5, [([5], 0.5)]), (0, 4, 0.5, [([6], 0.5)]))
        targets = align_tokens([1, 2], [3, 4], shared)
        self.assertAlmostEqual(float(targets.log_probabilities[:, 0].sum()), math.log(0.25), places=6)

    def test_where_nothing_is_listed_there_is_no_target(self):
        known = scored((0, 2, 0.5, []), (2, 3, 0.5, []), (6, 8, 0.5, []))
        targets = align_tokens([1, 2, 3, 4], [2, 4, 6, 8], known)
        self.assertEqual(targets.origins.tolist(), [CHOSEN, NONE, NONE, CHOSEN])
        self.assert_entries(targets, 1, {})

    def job(self, text, top):
        teacher = WordsOnly()
        trajectory = SimpleNamespace(text=text)
        job = Job(trajectory, b"h" * 32, [*teacher.encode(text).ids, 0], 0)
        job.written = torch.tensor([0.5, 0.5, 0.25]).log()
        job.top_ids = torch.tensor(top, dtype=torch.int32)
        job.top = torch.full(job.top_ids.shape, 0.2).log()
        return job

    def test_a_blank_that_a_tokenizer_puts_before_a_text_is_left_out(self):
        # Of the first token "lamp" has no such blank and so cannot be what was meant.
        job = self.job("the lamp", [[3, 4], [3, 5], [1, 2]])
        captured = StudentTokens(STUDENT, WordsOnly(), 3).captured(job)
        ids = [*STUDENT.encode("the lamp").ids, STUDENT.end_of_text_id]
        self.assertEqual(captured.ids.tolist(), ids)
        # Nothing is kept of the student's first token, "the"; " ", "la" and "mp" share what " lamp" has.
        self.assertAlmostEqual(float(captured.written[:-1].exp().prod()), 0.5, places=3)
        self.assertAlmostEqual(float(captured.written[-1].exp()), 0.25, places=5)
        space, m = STUDENT.encode(" ").ids[0], STUDENT.encode("m").ids[0]
        listed = dict(zip(captured.top_ids[1].tolist(), captured.top[1].exp().tolist()))
        self.assertEqual(int(captured.ids[1]), space)
        # Behind the blank: "la" of " lamp" and of " la", "m" of " map", of all that begins with a blank
        # (0.9).
        self.assertAlmostEqual(listed[m], 0.2 / 0.9, places=3)
        self.assertAlmostEqual(float(captured.written[1].exp()), 0.7 / 0.9, places=3)
        made_up = captured.top == NEVER
        self.assertTrue(made_up.any())
        for row in captured.top_ids.tolist():
            self.assertEqual(len(set(row)), len(row))

    def test_a_text_whose_characters_are_left_out_is_not_captured(self):
        self.assertIsNone(
            StudentTokens(STUDENT, WordsOnly(), 3).captured(self.job("?! the lamp", [[3, 4]] * 3))
        )
        with self.assertRaisesRegex(ScaleError, f"--k {MOST + 1} is too many where .* at most {MOST}"):
            StudentTokens(STUDENT, WordsOnly(), MOST + 1)

    def test_windows_ask_for_each_token_once_behind_half_of_the_context(self):
        for begin in (None, 0):
            for n in (1, 2, 15, 16, 17, 40, 99):
                job = Job(SimpleNamespace(text=""), b"", list(range(100, 100 + n)), begin)
                asked = []
                for reading in readings_of(job, 16, 2):
                    self.assertLessEqual(len(reading.ids), 16)
                    asked += range(reading.first, reading.last)
                    here = reading.ids[reading.at : reading.at + reading.last - reading.first]
                    self.assertEqual(here, job.ids[reading.first : reading.last])
                    self.assertGreaterEqual(reading.at, min(reading.first + 1 - job.skipped, 7))
                self.assertEqual(asked, list(range(job.skipped, n)))
        self.assertEqual(len(capture_windows(40, 16)), 4)

    def test_a_full_disk_is_said_and_what_was_written_is_gone_on_with(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.part"
            entry = CapturedTrajectory(
                torch.tensor([1, 2, 3]), torch.zeros(2), torch.tensor([[1], [2]]), torch.full((2, 1), -1.0)
            )
            writer = CaptureWriter(path, "big", 1, STUDENT, "x")
            writer.add(b"a" * 32, entry)
            full = OSError(errno.ENOSPC, "No space left on device")
            with mock.patch("os.pwrite", side_effect=full):
                with self.assertRaisesRegex(
                    ScaleError, "cannot be written: No space left on device; .* goes on from"
                ):
                    writer.add(b"b" * 32, entry)
            writer.close()
            again = CaptureWriter(path, "big", 1, STUDENT, "x")
            self.assertEqual(list(again.index.hashes()), [b"a" * 32])
            self.assertEqual(json.loads(path.read_bytes()[16:].split(b"}")[0] + b"}"), {"of": "x"})
            again.leave()
