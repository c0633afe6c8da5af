"""The command as a person gives it, on one rank; more of them are in tests/scale/ranks.test.ts."""

import contextlib
import io
import json
import math
import os
import signal
import struct
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import torch
from run_zip import contents, jsonl, line, lines, tokenizer_json, write_zip

from sad_scale import train
from sad_scale.acted_on import ACTED_ON
from sad_scale.errors import ScaleError
from sad_scale.folder import write_student
from sad_scale.model import GptConfig, initial_gpt
from sad_scale.parallel import open_ranks
from sad_scale.recipe import definitions, parse_recipe
from sad_scale.safetensors import read_safetensors
from sad_scale.schema import known_keys
from sad_scale.tokenizer import tokenizer_from_json
from sad_scale.trainer import Trainer

RECIPE = {
    "steps": 6,
    "batchRows": 3,
    "evaluateEvery": 2,
    "data": {"contextLength": 32, "heldOut": 0.3},
    "student": {"layers": 1, "width": 8, "heads": 2},
    "optimiser": {"learningRate": 0.01, "warmupSteps": 0},
}
MEASURED = ("tokensPerSecond", "elapsedMs")


class Folder(unittest.TestCase):
    """A person's folder with a run in it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.here = Path(folder.name)
        self.zip = write_zip(self.here / "RUN.zip", contents(RECIPE))

    def run_it(self, *arguments, out="out", inputs=None):
        """:return: what it prints"""
        told, said = io.StringIO(), io.StringIO()
        inputs = [self.zip] if inputs is None else inputs
        given = [
            *map(str, inputs),
            "--out",
            str(self.here / out),
            "--cache",
            str(self.here / "cache"),
            "--device",
            "cpu",
        ]
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(said):
            train.main([*given, *map(str, arguments)])
        self.said = said.getvalue()
        return json.loads(told.getvalue())

    def refused(self, *arguments, **given):
        with self.assertRaises(ScaleError) as caught:
            self.run_it(*arguments, **given)
        sentence = str(caught.exception)
        self.assertNotIn("\n", sentence)
        self.assertTrue(sentence.endswith("."), sentence)
        return sentence

    def stopped_at(self, step, *arguments, out="out"):
        """A run that is asked to end, by a signal."""
        take_step = Trainer.take_step

        def watched(trainer, stop=False, problem=None):
            if trainer.step == step:
                os.kill(os.getpid(), signal.SIGTERM)
                stop = True
            return take_step(trainer, stop, problem)

        with mock.patch.object(Trainer, "take_step", watched):
            return self.run_it(*arguments, out=out)

    def lines(self, out="out"):
        found = [json.loads(one) for one in (self.here / out / "metrics.jsonl").read_text().splitlines()]
        return [{key: value for key, value in one.items() if key not in MEASURED} for one in found]

    def bytes_of(self, name, out="out"):
        return (self.here / out / name).read_bytes()


class TrainTest(Folder):
    def test_a_run_writes_the_labs_folder_and_tells_its_end(self):
        told = self.run_it()
        self.assertEqual((told["step"], told["backend"], told["ranks"]), (6, "cpu", 1))
        self.assertEqual(
            sorted(path.name for path in (self.here / "out").iterdir()),
            [
                "checkpoint.safetensors",
                "config.json",
                "generation_config.json",
                "metrics.csv",
                "metrics.jsonl",
                "model.safetensors",
                "recipe.json",
                "tokenizer.json",
                "tokenizer_config.json",
            ],
        )
        splits = [(one["step"], one["split"]) for one in self.lines()]
        held_out = [(step, "held-out") for step in (0, 2, 4, 6)]
        self.assertEqual(sorted(splits), sorted(held_out + [(step, "train") for step in range(1, 7)]))
        self.assertEqual(splits[0], (0, "held-out"))
        self.assertEqual(parse_recipe(json.loads(self.bytes_of("recipe.json"))), parse_recipe(RECIPE))
        table = self.bytes_of("metrics.csv").decode().splitlines()
        self.assertEqual(len(table), 11)
        self.assertEqual({one.count(",") for one in table}, {table[0].count(",")})
        self.assertLess(told["train"]["loss"], self.lines()[1]["loss"])

    def test_a_run_of_parts_is_that_of_the_zip(self):
        parts = {"recipe.json": json.dumps(RECIPE), "tokenizer.json": json.dumps(tokenizer_json())}
        parts.update({"a.jsonl": jsonl(lines()[:2]), "b.jsonl": jsonl(lines()[2:])})
        for name, content in parts.items():
            (self.here / name).write_text(content)
        self.run_it()
        given = ["--recipe", self.here / "recipe.json", "--tokenizer", self.here / "tokenizer.json"]
        self.run_it(*given, inputs=[self.here / "a.jsonl", self.here / "b.jsonl"], out="parts")
        self.assertEqual(self.lines("parts"), self.lines())
        self.assertEqual(
            self.bytes_of("checkpoint.safetensors", "parts"), self.bytes_of("checkpoint.safetensors")
        )

    def test_one_that_was_stopped_by_a_signal_goes_on_as_if_it_had_not_been(self):
        self.run_it(out="whole")
        self.assertEqual(self.stopped_at(3, "--resume")["step"], 3)
        self.assertIn("Run stopped at step 3.", self.said)
        # A line whose end a killed run left out, and one that it had written beyond its checkpoint.
        with open(self.here / "out" / "metrics.jsonl", "a") as file:
            file.write(json.dumps({"step": 4, "split": "train"}) + '\n{"step": 5, "spl')
        self.assertEqual(self.run_it("--resume")["step"], 6)
        self.assertIn("Goes on from step 3 of 6", self.said)
        self.assertEqual(self.lines(), self.lines("whole"))
        for name in ("checkpoint.safetensors", "model.safetensors", "config.json", "tokenizer.json"):
            self.assertEqual(self.bytes_of(name), self.bytes_of(name, "whole"))
        elapsed = [json.loads(one)["elapsedMs"] for one in self.bytes_of("metrics.jsonl").splitlines()]
        self.assertEqual(elapsed, sorted(elapsed))

    def test_one_that_is_over_may_be_made_longer_and_begins_anew_without_resume(self):
        self.run_it()
        write_zip(self.zip, contents({**RECIPE, "steps": 8}))
        self.assertEqual(self.run_it("--resume")["step"], 8)
        self.assertEqual(len([one for one in self.lines() if one["split"] == "train"]), 8)
        self.run_it()
        self.assertEqual(len([one for one in self.lines() if one["split"] == "train"]), 8)
        self.assertIn("8 steps", self.said)

    def test_bfloat16_keeps_its_weights_in_float32_and_learns(self):
        told = self.run_it("--precision", "bfloat16")
        self.assertLess(told["train"]["loss"], self.lines()[1]["loss"])
        whole = self.run_it(out="whole")
        self.assertAlmostEqual(told["train"]["loss"], whole["train"]["loss"], delta=0.05)
        self.assertNotEqual(told["train"]["loss"], whole["train"]["loss"])
        self.assertEqual(
            read_safetensors(self.here / "out" / "model.safetensors")["transformer.ln_f.bias"].dtype,
            torch.float32,
        )

    def test_a_student_that_is_named_is_begun_with(self):
        tokenizer = tokenizer_from_json(tokenizer_json(), "tokenizer.json")
        model = initial_gpt(GptConfig(tokenizer.vocabulary_size, 48, 2, 12, 3), 9)
        write_student(self.here / "student", model, tokenizer)
        self.run_it("--student", self.here / "student")
        self.assertIn("not the one that the recipe's student describes", self.said)
        config = json.loads(self.bytes_of("config.json"))
        self.assertEqual((config["n_layer"], config["n_embd"], config["n_positions"]), (2, 12, 48))
        short = write_student(self.here / "short", initial_gpt(GptConfig(259, 16, 1, 8, 2), 1), tokenizer)
        self.assertIsNone(short)
        self.assertIn("reads 16 tokens at most", self.refused("--student", self.here / "short"))


class RefusalTest(Folder):
    """What is wrong is said in one sentence, and the last checkpoint stays."""

    def test_a_zip_that_was_cut_short(self):
        self.zip.write_bytes(self.zip.read_bytes()[:-200])
        self.assertIn("RUN.zip is no whole zip", self.refused())
        self.assertFalse((self.here / "out").exists())

    def test_a_teacher_that_stayed_at_home(self):
        recipe = {**RECIPE, "tokenizer": {"kind": "teacher"}, "teacher": {"kind": "model", "source": "big"}}
        write_zip(self.zip, contents(recipe))
        self.assertIn('The recipe\'s teacher "big" is a model and does not come with the run', self.refused())
        (self.here / "empty").mkdir()
        self.assertIn("config.json is missing", self.refused("--teacher", self.here / "empty"))

    def test_a_teacher_of_another_vocabulary(self):
        recipe = {**RECIPE, "tokenizer": {"kind": "teacher"}, "teacher": {"kind": "model", "source": "big"}}
        write_zip(self.zip, contents(recipe))
        other = tokenizer_from_json(tokenizer_json(("a c", "ac b")), "tokenizer.json")
        write_student(self.here / "teacher", initial_gpt(GptConfig(259, 48, 1, 8, 2), 1), other)
        self.assertIn("mean other tokens in the teacher's", self.refused("--teacher", self.here / "teacher"))

    def test_a_teacher_that_reads_less_than_a_row(self):
        recipe = {**RECIPE, "tokenizer": {"kind": "teacher"}, "teacher": {"kind": "model", "source": "big"}}
        write_zip(self.zip, contents(recipe))
        own = tokenizer_from_json(tokenizer_json(), "tokenizer.json")
        write_student(self.here / "teacher", initial_gpt(GptConfig(259, 16, 1, 8, 2), 1), own)
        self.assertIn("The teacher reads 16 tokens at most", self.refused("--teacher", self.here / "teacher"))

    def test_a_disk_that_is_full(self):
        self.stopped_at(3)
        before = self.bytes_of("checkpoint.safetensors")
        # What is written beside the checkpoint goes to a device that is always full.
        (self.here / "out" / "checkpoint.safetensors.part").symlink_to("/dev/full")
        sentence = self.refused("--resume")
        self.assertRegex(sentence, r"checkpoint\.safetensors could not be written: No space left on device")
        self.assertIn("The student of step 3 is kept.", sentence)
        self.assertEqual(self.bytes_of("checkpoint.safetensors"), before)
        self.assertEqual(self.run_it("--resume")["step"], 6)
        self.run_it(out="whole")
        self.assertEqual(
            self.bytes_of("checkpoint.safetensors"), self.bytes_of("checkpoint.safetensors", "whole")
        )

    def test_a_folder_that_is_none(self):
        (self.here / "file").write_text("")
        self.assertIn("cannot be written to", self.refused(out="file/out"))

    def test_a_run_of_another_recipe(self):
        self.run_it()
        before = self.bytes_of("metrics.jsonl")
        write_zip(self.zip, contents({**RECIPE, "seed": 2}))
        self.assertIn("The recipe differs from the one in", self.refused("--resume"))
        self.assertEqual(self.bytes_of("metrics.jsonl"), before)

    def test_a_run_with_another_tokenizer(self):
        self.run_it()
        files = contents(RECIPE)
        files["tokenizer.json"] = json.dumps(tokenizer_json(("a c", "ac b"))).encode()
        write_zip(self.zip, files)
        self.assertIn("is not that of this run", self.refused("--resume"))

    def test_checkpoints_that_are_damaged_or_of_another_student(self):
        self.run_it()
        path = self.here / "out" / "checkpoint.safetensors"
        whole = path.read_bytes()
        for damaged, words in (
            (whole[:-100], "is not a readable safetensors file"),
            (b"", "is not a readable safetensors file"),
            (whole[:-4] + struct.pack("<f", 2.5), "holds the step 2.5"),
            (whole[:-4] + struct.pack("<f", math.nan), "holds the step nan"),
            (whole.replace(b'\\"act\\":1', b'\\"act\\":"'), "not a readable safetensors file"),
            (whole.replace(b'\\"act\\":1', b'\\"act\\":x'), "holds the weights"),
        ):
            path.write_bytes(damaged)
            self.assertIn(words, self.refused("--resume"))
            self.assertEqual(path.read_bytes(), damaged)
        path.write_bytes(whole)
        tokenizer = tokenizer_from_json(tokenizer_json(), "tokenizer.json")
        write_student(self.here / "student", initial_gpt(GptConfig(259, 48, 2, 12, 3), 9), tokenizer)
        sentence = self.refused("--resume", "--student", self.here / "student")
        self.assertRegex(
            sentence,
            r'values under "parameters" where this recipe\'s student needs \d+: it is of another run',
        )

    def test_a_line_of_metrics_that_is_damaged(self):
        self.run_it()
        path = self.here / "out" / "metrics.jsonl"
        path.write_text(path.read_text().replace('"step":3', '"step":', 1))
        self.assertRegex(self.refused("--resume"), r"metrics\.jsonl is damaged at line 5")

    def test_numbers_that_are_not_finite(self):
        write_zip(
            self.zip, contents({**RECIPE, "optimiser": {"learningRate": 10, "warmupSteps": 0, "clipNorm": 0}})
        )
        take_step = Trainer.take_step

        def spoilt(trainer, *given):
            if trainer.step == 3:
                with torch.no_grad():
                    trainer.setup.engine.student.transformer["ln_f"].bias.fill_(math.nan)
            return take_step(trainer, *given)

        with mock.patch.object(Trainer, "take_step", spoilt):
            self.assertEqual(
                self.refused(),
                "The loss is no longer a finite number at step 4, first in the student’s logits at reason "
                "and act tokens: lower "
                "optimiser.learningRate (it is 10) or set optimiser.clipNorm. The student of step 2 is kept.",
            )
        self.assertTrue((self.here / "out" / "metrics.csv").exists())

    def test_moments_that_are_not_finite_do_not_take_the_place_of_the_last_checkpoint(self):
        take_step = Trainer.take_step

        def spoilt(trainer, *given):
            done = take_step(trainer, *given)
            if trainer.step == 4:
                state = trainer.setup.optimiser.adamw.state
                next(iter(state.values()))["exp_avg_sq"].fill_(math.inf)
            return done

        with mock.patch.object(Trainer, "take_step", spoilt):
            self.assertRegex(
                self.refused(),
                "The second moment of AdamW’s update at step 4 .* The student of step 2 is kept",
            )
        self.assertFalse((self.here / "out" / "checkpoint.safetensors.part").exists())
        self.assertEqual(self.run_it("--resume")["step"], 6)

    def test_nothing_to_train_on_and_what_contradicts_itself(self):
        write_zip(self.zip, contents({**RECIPE, "objective": {"lambda": {"reason": 0, "act": 0}}}))
        self.assertIn("Every weight in objective.lambda is 0", self.refused())
        self.assertIn("Name one RUN.zip", self.refused("--recipe", "recipe.json"))
        self.assertIn("Name the recipe of these spans", self.refused(inputs=["spans.jsonl"]))
        files = contents(RECIPE)
        files["trajectories.jsonl"] = jsonl([line(("prompt", "Only this.", -1))] * 4).encode()
        write_zip(self.zip, files)
        self.assertIn("None of the 3 training trajectories", self.refused())

    def test_a_key_that_nothing_acts_on(self):
        with mock.patch.dict(ACTED_ON):
            del ACTED_ON["objective.hardShare"]
            self.assertIn("does not act on the recipe's objective.hardShare", self.refused())
        write_zip(self.zip, contents({**RECIPE, "stepz": 3}))
        self.assertIn("stepz", self.refused())

    def test_success_in_a_world_is_left_to_the_lab_which_is_said_once(self):
        plain = self.run_it(out="plain")
        write_zip(
            self.zip, contents({**RECIPE, "evaluate": {"rollouts": {"environment": "wiki", "episodes": 3}}})
        )
        told = self.run_it()
        self.assertEqual(self.said.count("Success in the wiki (evaluate.rollouts)"), 1)
        self.assertIn("measured by the lab only", self.said)
        self.assertEqual(told["step"], plain["step"])
        self.assertEqual(self.lines(), self.lines("plain"))

    def test_what_writes_without_a_lab_that_reads(self):
        write_zip(self.zip, contents({**RECIPE, "evaluate": {"cotSamples": 2}}))
        sentence = self.refused("--lab", "/nowhere/node lab.js")
        self.assertRegex(sentence, "evaluate.cotSamples.*/nowhere/node")


class KeysTest(unittest.TestCase):
    def test_every_key_of_the_labs_schema_is_acted_on_and_no_other(self):
        found = set()

        def walk(schema, path):
            keys = {} if path == "reading" else known_keys(schema)
            if not keys:
                found.add(path)
            for key, inner in keys.items():
                walk(inner, f"{path}.{key}" if path else key)

        walk(definitions()["schema"], "")
        self.assertEqual(found, set(ACTED_ON))


class DeviceTest(unittest.TestCase):
    def test_a_rank_without_a_gpu_is_refused(self):
        started = {"LOCAL_WORLD_SIZE": "4", "LOCAL_RANK": "2"}
        with mock.patch.dict(os.environ, started), mock.patch("torch.cuda.is_available", lambda: True):
            with mock.patch("torch.cuda.device_count", lambda: 2), self.assertRaises(ScaleError) as caught:
                open_ranks()
        self.assertRegex(str(caught.exception), "started 4 ranks on .* finds 2 GPUs.* --nproc-per-node=2")

    def test_a_gpu_that_is_not_there_is_refused(self):
        with mock.patch("torch.cuda.is_available", lambda: False):
            with self.assertRaises(ScaleError) as caught:
                open_ranks("cuda")
        self.assertIn("finds no GPU", str(caught.exception))
