import os
import shlex
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import torch

from sad_scale import lab_reader
from sad_scale.data.row import Row
from sad_scale.errors import ScaleError
from sad_scale.lab_reader import LabReader, Opening, StepSpan
from sad_scale.step_borders import as_units, borders_of, content_of, opening
from sad_scale.trajectories import read_line

LINE = (
    '{"file": "a", "index": 0, "format": "react-text", "environment": "wiki", "warnings": [], "spans": ['
    '{"kind": "prompt", "text": "🪔🪔\\n", "content": "🪔🪔", "step": -1, "contentAt": 0}, '
    '{"kind": "act", "text": "> 🪔\\ud83d", "content": "🪔\\ud83d", "step": 0, "contentAt": 2}]}'
)
#: Answers each question with what it was asked, in place of spans.
ECHO = """import json, sys
assert sys.argv[1:] == ["steps"]
def answer(one):
    if one["do"] == "close":
        return None
    opened = one["do"] == "open"
    content = json.dumps([one["from"], one["trajectory"]["spans"][1]["text"]]) if opened else one["written"]
    span = {"kind": content, "start": 0, "end": 4, "contentStart": 2, "contentEnd": 4}
    return [span] if one["do"] == "read" else {"id": 7, "recorded": [span]}
for line in sys.stdin:
    print(json.dumps([answer(one) for one in json.loads(line)]), flush=True)
"""


def reader_by(script):
    return LabReader({"toolCalls": "json"}, shlex.join([sys.executable, "-c", script]))


class LabReaderTest(unittest.TestCase):
    def test_questions_of_a_step_go_in_one_exchange_and_count_as_the_lab_counts(self):
        reader = reader_by(ECHO)
        self.addCleanup(reader.stop)
        trajectory = read_line(LINE.encode(), "a")
        # Three characters, which are five of UTF-16.
        (step,) = reader.open([Opening(trajectory, 3, 0)])
        self.assertEqual((step.id, step.recorded[0].kind), (7, '[5, "> \\ud83e\\ude94\\ud83d"]'))
        one, two = reader.read([(7, "a\u2028\n🪔"), (7, "\ud83d")])
        self.assertEqual((one[0].kind, two[0].kind), ("a\u2028\n🪔", "\ud83d"))
        reader.close([7])
        self.assertEqual(reader.read([]), [])

    def test_a_process_that_ends_is_told_of_with_what_it_said(self):
        for script, told in (
            (
                "import sys; sys.exit('lab: there is no command \"steps\".\\nusage')",
                'there is no command "steps"',
            ),
            ("import sys; sys.stdin.readline(); sys.exit(3)", "exit status 3"),
        ):
            reader = reader_by(script)
            with self.assertRaisesRegex(ScaleError, told):
                reader.read([(0, "x" * 200_000)])

    def test_where_it_cannot_be_begun_the_keys_that_need_it_are_named(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {"SAD_LAB": ""}):
            built = Path(folder, "lab.js")
            with mock.patch.object(lab_reader, "BUILT", built):
                reader = LabReader({}, keys=("onPolicy.share",))
                with self.assertRaisesRegex(ScaleError, "^onPolicy.share need.*not beside this package"):
                    reader.begin()
                built.touch()
                with mock.patch.dict(os.environ, {"PATH": ""}), self.assertRaisesRegex(
                    ScaleError, "Node.js is not"
                ):
                    reader.begin()
            with self.assertRaisesRegex(ScaleError, "cannot be started"):
                LabReader({}, f"{folder}/missing lab.js").begin()


class StepBordersTest(unittest.TestCase):
    def test_borders_stand_where_steps_begin_but_for_the_first_token(self):
        steps = torch.tensor([0, 0, -1, 1, 1, 2, -1, -1, 2])
        zeros = torch.zeros(9, dtype=torch.int64)
        row = Row(0, zeros, zeros, steps, torch.arange(9))
        self.assertEqual(borders_of(row), [3, 5, 8])

    def test_the_end_of_a_text_is_no_border(self):
        class OneByOne:
            def encode(self, text):
                return mock.Mock(starts=list(range(len(text))))

        trajectory = read_line(LINE.encode(), "a")
        count = len(trajectory.text)
        ids = torch.zeros(2, dtype=torch.int64)
        row = Row(0, ids, ids, torch.tensor([0, 0]), torch.tensor([3, count]))
        self.assertEqual(opening(row, 0, [trajectory], OneByOne()), Opening(trajectory, 3, 0))
        self.assertIsNone(opening(row, 1, [trajectory], OneByOne()))

    def test_contents_are_cut_by_the_labs_offsets(self):
        self.assertEqual(as_units("a🪔b"), "a\ud83e\ude94b")
        self.assertEqual(content_of("a🪔b🪔", StepSpan("act", 0, 6, 1, 4)), "🪔b")


if __name__ == "__main__":
    unittest.main()
