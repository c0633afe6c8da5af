import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import torch
from run_zip import contents, line, tokenizer_json, write_zip

from sad_scale.bundle import open_bundle
from sad_scale.data.batches import Deck, pad_rows
from sad_scale.data.dataset import build_dataset
from sad_scale.errors import ScaleError
from sad_scale.folder import write_student
from sad_scale.model import GptConfig, initial_gpt
from sad_scale.recipe import parse_recipe
from sad_scale.score import main as score
from sad_scale.teachers import open_teacher, require_lessons
from sad_scale.teachers.capture import Capture, open_captures
from sad_scale.teachers.capture_format import content_hash
from sad_scale.teachers.route import begin_of
from sad_scale.teachers.sources import capture_targets
from sad_scale.teachers.targets import KeptTargets, TokenTargets
from sad_scale.tokenizer import tokenizer_from_json
from sad_scale.trajectories import Trajectories

OWN = tokenizer_from_json(tokenizer_json(("t h", "th e", "o k", "Ġ t")), "own")
OTHER = tokenizer_from_json(tokenizer_json(("l a", "m p", "la mp", "e r")), "other")
CPU = torch.device("cpu")


def recipe_of(**changes):
    return parse_recipe(
        {
            "steps": 4,
            "batchRows": 2,
            "data": {"contextLength": 32, "heldOut": 0},
            "tokenizer": {"kind": "teacher"},
            "teacher": {"kind": "model", "source": "big"},
            **changes,
        },
        "recipe",
    )


class TeachersTest(unittest.TestCase):
    """Teachers as a run opens them."""

    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory()
        cls.work = Path(cls._folder.name)
        cls.model = initial_gpt(GptConfig(OWN.vocabulary_size + 3, 32, 1, 16, 2), 7)
        write_student(cls.work / "big", cls.model, OWN)
        things = ["lamp", "mug 😀", "日本", "plate"]
        texts = [
            line(("prompt", f"Find the {x}.\n", -1), ("reason", "Hm.\n", 0), ("act", f"> take {x}\n", 0))
            for x in things
        ]
        (cls.work / "spans.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in texts))
        cls.trajectories = Trajectories([cls.work / "spans.jsonl"])

    @classmethod
    def tearDownClass(cls):
        cls._folder.cleanup()

    def opened(self, recipe, tokenizer=OWN, **given):
        bundle = SimpleNamespace(teacher=self.work / "big", capture=None, targets=None)
        bundle.__dict__.update({name: given.pop(name) for name in list(given) if name in vars(bundle)})
        cache = given.pop("cache", self.work / "cache")
        self.said = io.StringIO()
        with contextlib.redirect_stderr(self.said):
            return open_teacher(
                bundle,
                self.trajectories,
                tokenizer,
                recipe,
                device=CPU,
                dtype=given.pop("dtype", torch.float32),
                cache=cache,
                **given,
            )

    def captured(self, name, *arguments):
        out = self.work / name
        quiet = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
        with quiet[0], quiet[1]:
            score(
                [
                    str(self.work / "spans.jsonl"),
                    "--teacher",
                    str(self.work / "big"),
                    "--out",
                    str(out),
                    *arguments,
                ]
            )
        return out

    def test_the_text_needs_no_teacher(self):
        recipe = recipe_of(tokenizer={"kind": "train-bpe"}, teacher={"kind": "text"})
        self.assertIsNone(self.opened(recipe))
        require_lessons(None, None, recipe)

    def test_a_model_beside_the_student_says_what_it_predicts(self):
        recipe = recipe_of()
        for dtype, error in ((torch.float32, 1e-5), (torch.bfloat16, 0.05)):
            teacher = self.opened(recipe, dtype=dtype)
            data = build_dataset(self.trajectories, OWN, recipe)
            batch = pad_rows(Deck(data, recipe).rows_at(0), 2, data.row_length, OWN.end_of_text_id)
            self.assertIs(teacher.supervised(batch), batch)
            positions = torch.tensor([0, 3, data.row_length + 2])
            said = teacher.consult(batch).logits(positions)
            own = self.model.logits(self.model.hidden(batch.ids)).view(-1, self.model.vocabulary_size)[
                positions
            ]
            self.assertEqual((said.dtype, said.requires_grad), (torch.float32, False))
            self.assertLess(float((said - own).abs().max()), error)
            require_lessons(teacher, data, recipe)
        teacher.width = OWN.vocabulary_size
        self.assertEqual(teacher.consult(batch).logits(positions).shape, (3, OWN.vocabulary_size))
        teacher.width = self.model.vocabulary_size + 2
        wide = teacher.consult(batch).logits(positions).softmax(1)
        self.assertTrue(torch.isfinite(wide.clamp_min(1e-30).log()).all())
        self.assertEqual(float(wide[:, -2:].sum()), 0)

    def test_a_model_reads_windows_in_one_row_as_if_each_were_alone(self):
        recipe = recipe_of(data={"contextLength": 96, "heldOut": 0, "packing": True})
        data = build_dataset(self.trajectories, OWN, recipe)
        packed = next(row for row in data.packs if len(row) > 1)
        teacher = self.opened(recipe)
        teacher.model = initial_gpt(GptConfig(OWN.vocabulary_size, data.row_length, 1, 16, 2), 7)
        both = teacher.consult(pad_rows([packed], 1, data.row_length))
        start = 0
        for window in packed:
            alone = teacher.consult(pad_rows([window], 1, data.row_length))
            at = torch.arange(len(window))
            self.assertLess(float((both.logits(start + at) - alone.logits(at)).abs().max()), 1e-5)
            start += len(window)

    def test_a_model_is_refused_other_ids_and_longer_rows(self):
        with self.assertRaisesRegex(
            ScaleError, r"^big: ids of the student's vocabulary \(261\) mean other tokens"
        ):
            self.opened(recipe_of(), OTHER)
        recipe = recipe_of(data={"contextLength": 64, "heldOut": 0})
        teacher = self.opened(recipe)
        batch = pad_rows([], 1, 64)
        with self.assertRaisesRegex(
            ScaleError, "reads 32 tokens at most and the rows have 64: set data.contextLength"
        ):
            teacher.consult(batch)
        with self.assertRaisesRegex(
            ScaleError, '"big" is a model and does not come with the run: name its folder by'
        ):
            self.opened(recipe, teacher=None)

    def test_a_model_with_other_tokens_is_captured_once_and_aligned(self):
        recipe = recipe_of(
            tokenizer={"kind": "train-bpe"}, teacher={"kind": "model", "source": "big", "k": 6}
        )
        cache = self.work / "captured-first"
        teacher = self.opened(recipe, OTHER, cache=cache)
        self.assertEqual(teacher.kind, "stored")
        self.assertIn("captured 4 of 4 trajectories", self.said.getvalue())
        (file,) = cache.iterdir()
        self.assertEqual(Capture(file).k, 6)
        again = self.opened(recipe, OTHER, cache=cache)
        self.assertNotIn("captured", self.said.getvalue())
        whole = capture_targets(Capture(self.captured("six.capture", "--k", "6")), self.trajectories, OTHER)
        for index in range(4):
            for source in (teacher.source, again.source):
                self.assertEqual(source(index).ids.tolist(), whole(index).ids.tolist())
                found = source(index).log_probabilities
                self.assertTrue(torch.allclose(found, whole(index).log_probabilities, atol=1e-4))
        data = build_dataset(self.trajectories, OTHER, recipe)
        require_lessons(teacher, data, recipe)
        measured = teacher.entropies(data, 4, recipe)
        self.assertTrue(all(0 < entropy < 6 for entropy in measured))
        # Another k is another capture.
        self.opened(
            recipe_of(tokenizer={"kind": "train-bpe"}, teacher={"kind": "model", "source": "big"}),
            OTHER,
            cache=cache,
        )
        self.assertEqual(sorted(Capture(file).k for file in cache.iterdir()), [6, 16])

    def test_a_capture_is_refused_where_it_has_nothing_to_say(self):
        stored = {"kind": "stored", "source": "big.capture"}
        capture = self.captured("own.capture")
        recipe = recipe_of(teacher=stored)
        teacher = self.opened(recipe, teacher_path=capture)
        self.assertIn("knows 4 of 4 trajectories", self.said.getvalue())
        data = build_dataset(self.trajectories, OWN, recipe)
        require_lessons(teacher, data, recipe)
        with self.assertRaisesRegex(ScaleError, "^big.capture: ids of the student's vocabulary"):
            self.opened(recipe, OTHER, capture=capture)
        with self.assertRaisesRegex(ScaleError, 'The capture "big.capture" does not come with the run'):
            self.opened(recipe)
        (self.work / "others.jsonl").write_text(json.dumps(line(("act", "go\n", 0))) + "\n")
        self.trajectories = Trajectories([self.work / "others.jsonl"])
        with self.assertRaisesRegex(
            ScaleError, 'None of the 1 trajectories is in the capture "big.capture": load'
        ):
            self.opened(recipe, capture=capture)
        del self.trajectories
        only_acts = recipe_of(teacher=stored, objective={"lambda": {"reason": 0, "act": 0, "observation": 1}})
        with self.assertRaisesRegex(
            ScaleError, "reach no token that objective.lambda weighs in the 4 training rows"
        ):
            require_lessons(teacher, data, only_acts)
        with self.assertRaisesRegex(ScaleError, "brings no targets.safetensors"):
            self.opened(
                recipe_of(
                    tokenizer={"kind": "train-bpe"}, teacher={"kind": "stored", "source": "trajectories"}
                )
            )

    def test_several_captures_in_a_folder_are_as_one(self):
        folder = self.work / "parts"
        folder.mkdir()
        lines = (self.work / "spans.jsonl").read_text().splitlines(True)
        for part in range(2):
            (self.work / f"part{part}.jsonl").write_text("".join(lines[part::2]))
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                out = ["--out", str(folder / f"{part}.capture")]
                score([str(self.work / f"part{part}.jsonl"), "--teacher", str(self.work / "big"), *out])
        both = open_captures(folder)
        whole = Capture(self.captured("whole.capture"))
        for trajectory in self.trajectories:
            one, two = both.get(content_hash(trajectory.text)), whole.get(content_hash(trajectory.text))
            self.assertEqual(one.top_ids.tolist(), two.top_ids.tolist())
        self.assertIsNone(both.get(b"\0" * 32))

    def test_a_run_from_the_lab_is_scored_by_the_teacher_in_it(self):
        files = contents(count=3)
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            files[f"teacher/{name}"] = (self.work / "big" / name).read_bytes()
        run = write_zip(self.work / "RUN.zip", files)
        out = self.work / "run.capture"
        with contextlib.redirect_stdout(io.StringIO()) as told, contextlib.redirect_stderr(io.StringIO()):
            score([str(run), "--out", str(out), "--k", "3", "--cache", str(self.work / "cache"), "--align"])
        self.assertEqual(json.loads(told.getvalue())["trajectories"], 3)
        bundle = open_bundle(run, self.work / "cache")
        self.assertEqual(Capture(out).tokenizer.to_json(), bundle.tokenizer.to_json())
        with self.assertRaisesRegex(
            ScaleError, "so its predictions are aligned to the student's tokens: give a RUN.zip"
        ):
            self.captured("none.capture", "--align")

    def test_targets_are_made_again_only_when_there_was_no_room_for_them(self):
        made = []

        def make(trajectory):
            made.append(trajectory)
            if trajectory == 9:
                return None
            return TokenTargets(1, torch.zeros(10, 1).int(), torch.zeros(10, 1), torch.zeros(10).byte())

        kept = KeptTargets(make, 350)
        for trajectory in [0, 1, 0, 1, 9, 9, 2, 0, 1]:
            kept(trajectory)
        self.assertEqual(made, [0, 1, 9, 2, 0, 1])

    def test_what_stands_in_front_of_a_text_is_what_the_tokenizer_puts_there(self):
        def of(**json):
            return begin_of(SimpleNamespace(to_json=lambda: json, end_of_text_id=5))

        front = {"SpecialToken": {"id": "<s>", "type_id": 0}}
        text = {"Sequence": {"id": "A", "type_id": 0}}
        template = {"type": "TemplateProcessing", "special_tokens": {"<s>": {"id": "<s>", "ids": [1]}}}
        self.assertEqual(of(post_processor={**template, "single": [front, text]}), 1)
        processors = [{"type": "ByteLevel"}, {**template, "single": [front, text]}]
        self.assertEqual(of(post_processor={"type": "Sequence", "processors": processors}), 1)
        self.assertEqual(of(post_processor={**template, "single": [text, front]}), 5)
        self.assertEqual(of(added_tokens=[{"content": "<|endoftext|>", "id": 3}]), 3)
