import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

import torch

from sad_scale import generate
from sad_scale.bpe import BpeParts, Tokenizer, byte_tokens
from sad_scale.errors import ScaleError
from sad_scale.folder import write_student
from sad_scale.model import GptConfig, initial_gpt
from sad_scale.written_text import WrittenText

TOKENIZER = Tokenizer(BpeParts([*byte_tokens(), None], [], {"<|endoftext|>": 256}))
PROMPTS = [{"prompt": "> go", "task": 7}, {"prompt": ""}, {"prompt": "🪔 \ud83d"}, {"prompt": "x" * 90}]


def spans(index):
    """A trajectory of two steps behind a prompt, as the lab exports it."""

    def span(kind, text, step):
        return {"kind": kind, "text": text, "content": text.strip(), "step": step, "contentAt": 0}

    return {
        "file": "a.txt",
        "index": index,
        "format": "react-text",
        "environment": "wiki",
        "warnings": [],
        "spans": [
            span("prompt", f"Question {index}: 🪔?\n", -1),
            span("reason", "Thought 1: I look.\n", 0),
            span("act", "Action 1: Search[x]\n", 0),
            span("observation", "Observation 1: y\n", 0),
            span("act", "Action 2: Finish[y]\n", 1),
        ],
    }


class GenerateTest(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = Path(place.name)
        torch.manual_seed(1)
        student = initial_gpt(GptConfig(257, 64, 1, 16, 2), 3)
        with torch.no_grad():
            for parameter in student.parameters():
                parameter.add_(0.3 * torch.randn_like(parameter))
        write_student(self.folder / "student", student, TOKENIZER)
        self.write("prompts.jsonl", PROMPTS)

    def write(self, name, lines):
        (self.folder / name).write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    def run_it(self, *more, prompts="prompts.jsonl", out="out.jsonl"):
        arguments = [str(self.folder / "student"), "--prompts", str(self.folder / prompts)]
        arguments += [
            "--out",
            str(self.folder / out),
            "--max-tokens",
            "20",
            "--temperature",
            "1",
            "--device",
            "cpu",
        ]
        with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(io.StringIO()):
            generate.main([*arguments, *more])
        self.said = json.loads(said.getvalue())
        return self.read(out)

    def read(self, out):
        return [json.loads(line) for line in (self.folder / out).read_text().splitlines()]

    def test_each_prompt_is_gone_on_from_whatever_is_written_beside(self):
        rollouts = self.run_it()
        self.assertEqual(self.said["rollouts"], 4)
        for index, rollout in enumerate(rollouts):
            self.assertEqual(rollout["index"], index)
            self.assertEqual(rollout["prompt"], PROMPTS[index]["prompt"])
            self.assertLessEqual(rollout["tokens"], 20)
            self.assertEqual(rollout["finished"], rollout["tokens"] < 20)
        self.assertEqual(rollouts[0]["task"], 7)
        self.assertEqual(self.run_it("--batch", "1"), rollouts)
        self.assertNotEqual(self.run_it("--seed", "2"), rollouts)
        self.assertEqual([path.name for path in self.folder.glob("out*")], ["out.jsonl"])

    def test_a_stop_ends_a_text_and_is_no_part_of_it(self):
        whole = self.run_it()[0]["text"]
        stop = whole[5]
        stopped = self.run_it("--stop", stop, "--stop", "never to be found")[0]
        self.assertEqual((stopped["text"], stopped["finished"]), (whole[: whole.index(stop)], True))

    def test_an_interrupted_command_goes_on_with_what_is_not_written(self):
        whole = self.run_it()
        self.run_it("--max-tokens", "1", out="other.jsonl")
        part = self.folder / "out.jsonl.part-1"
        (self.folder / "out.jsonl").unlink()
        settings = generate._settings(
            generate.parser().parse_args(
                [str(self.folder / "student"), "--prompts", str(self.folder / "prompts.jsonl"), "--out", "x"]
                + ["--max-tokens", "20", "--temperature", "1"]
            )
        )
        kept = {**whole[2], "text": "kept as it was"}
        part.write_text(f"{json.dumps({'settings': settings})}\n{json.dumps(kept)}\n" + '{"index": 3, "te')
        self.assertEqual(self.run_it("--resume"), [whole[0], whole[1], kept, whole[3]])
        self.assertFalse(part.exists())
        # All is there, so that nothing is written anew.
        self.assertEqual(self.run_it("--resume")[2], kept)
        part.write_text(f"{json.dumps({'settings': {**settings, 'seed': 9}})}\n")
        with self.assertRaisesRegex(ScaleError, r"begun with other settings \(seed 9\)"):
            self.run_it("--resume")
        self.assertEqual(self.run_it(), whole)

    def test_steps_are_written_anew_with_the_recorded_ones_beside(self):
        self.write("spans.jsonl", [spans(i) for i in range(3)])
        rollouts = self.run_it(prompts="spans.jsonl")
        self.assertEqual(
            [(one["trajectory"], one["step"]) for one in rollouts], [(i, s) for i in range(3) for s in (0, 1)]
        )
        self.assertEqual(rollouts[0]["prompt"], "Question 0: 🪔?\n")
        self.assertEqual(rollouts[0]["recorded"], "Thought 1: I look.\nAction 1: Search[x]\n")
        self.assertEqual(rollouts[1]["recorded"], "Action 2: Finish[y]\n")
        (self.folder / "recipe.json").write_text('{"data": {"heldOut": 0.4, "contextLength": 64}}')
        held_out = self.run_it("--recipe", str(self.folder / "recipe.json"), prompts="spans.jsonl")
        self.assertEqual(len({one["trajectory"] for one in held_out}), 1)

    def test_bad_input_is_refused_in_one_sentence(self):
        for name, content, message in (
            ("a.jsonl", '{"prompt": "x"}\n{"text": "x"}\n', r"a\.jsonl, line 2: no prompt"),
            ("b.jsonl", '{"prompt": \n', r"b\.jsonl, line 1: no JSON"),
            ("c.jsonl", "\n\n", "holds no prompt"),
            ("d.zip", "no zip", "is no whole zip"),
        ):
            (self.folder / name).write_text(content)
            with self.assertRaisesRegex(ScaleError, message):
                self.run_it(prompts=name)
        with self.assertRaisesRegex(ScaleError, "cannot be read"):
            self.run_it(prompts="missing.jsonl")
        with self.assertRaisesRegex(ScaleError, "cannot be written"):
            self.run_it(out="student")
        with self.assertRaises(SystemExit) as ended:
            self.run_it("--top-p", "0")
        self.assertEqual(ended.exception.code, 2)


class WrittenTextTest(unittest.TestCase):
    def test_a_character_of_several_tokens_and_a_stop_across_tokens_are_whole(self):
        text = WrittenText(TOKENIZER, ["🪔b", "zz"])
        ids = TOKENIZER.encode("a🪔c🪔bd").ids
        self.assertEqual([text.add(id_) for id_ in ids].index(True), len(ids) - 2)
        self.assertEqual(text.finish(), "a🪔c")
        half = WrittenText(TOKENIZER)
        for id_ in TOKENIZER.encode("a🪔").ids[:3]:
            half.add(id_)
        self.assertEqual(half.finish(), "a\ufffd")


if __name__ == "__main__":
    unittest.main()
