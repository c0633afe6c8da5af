import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from run_zip import jsonl, line, lines, tokenizer_json

from sad_scale.cache import once
from sad_scale.data.dataset import build_dataset
from sad_scale.data.store import TokenStore
from sad_scale.data.token_files import PART, open_store
from sad_scale.errors import ScaleError
from sad_scale.recipe import parse_recipe
from sad_scale.tokenizer import tokenizer_from_json
from sad_scale.trajectories import Trajectories


class TokenFilesTest(unittest.TestCase):
    """The tokens that ranks and runs share; that they are the lab's: tests/scale/data.test.ts."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.cache = self.folder / "cache"
        self.tokenizer = tokenizer_from_json(tokenizer_json(), "t.json")

    def trajectories(self, values, name="spans.jsonl"):
        (self.folder / name).write_text(jsonl(values))
        return Trajectories([self.folder / name])

    def made(self):
        return sorted(path.name for path in self.cache.glob("tokens-*") if path.is_dir())

    def assert_same(self, store, other):
        self.assertEqual(len(store), len(other))
        for index in range(len(store)):
            self.assertEqual(store.ids(index).tolist(), other.ids(index).tolist())
            self.assertEqual(store.runs(index), other.runs(index))
            self.assertEqual(store.outcome(index), other.outcome(index))
        self.assertEqual(list(store.each()), [(other.runs(i), other.outcome(i)) for i in range(len(other))])

    def test_several_processes_make_what_one_makes(self):
        endings = [{"success": True}, {"reward": 0.5}, {}, {"success": False, "reward": -1}]
        values = [{**value, **endings[i % 4]} for i, value in enumerate(lines(2 * PART + 7))]
        trajectories = self.trajectories(values)
        heard = []
        store = open_store(
            trajectories, self.tokenizer, self.cache, 2, lambda done, of: heard.append((done, of))
        )
        total = len(values)
        self.assertEqual(heard, [(PART, total), (2 * PART, total), (total, total)])
        self.assert_same(store, TokenStore.in_memory(trajectories, self.tokenizer))

    def test_a_tokenizer_that_cannot_be_made_anew_elsewhere_works_alone(self):
        class Other:
            def __init__(self, own):
                self.own = own
                self.end_of_text_id, self.to_json = own.end_of_text_id, own.to_json

            def encode(self, text):
                return self.own.encode(text)

        trajectories = self.trajectories(lines(PART + 1))
        store = open_store(trajectories, Other(self.tokenizer), self.cache, 2)
        self.assert_same(store, TokenStore.in_memory(trajectories, self.tokenizer))

    def test_a_later_run_finds_them(self):
        trajectories = self.trajectories(lines(3))
        open_store(trajectories, self.tokenizer, self.cache)
        heard = []
        again = Trajectories(trajectories.paths)
        store = open_store(again, self.tokenizer, self.cache, heard=lambda *told: heard.append(told))
        self.assertEqual(heard, [])
        self.assertEqual(len(self.made()), 1)
        self.assertEqual(len(build_dataset(again, self.tokenizer, parse_recipe({}), store=store).train), 2)

    def test_other_texts_and_tokenizers_have_their_own(self):
        trajectories = self.trajectories(lines(3))
        open_store(trajectories, self.tokenizer, self.cache)
        open_store(trajectories, tokenizer_from_json(tokenizer_json(["a b"]), "t.json"), self.cache)
        open_store(self.trajectories(lines(4), "more.jsonl"), self.tokenizer, self.cache)
        self.assertEqual(len(self.made()), 3)

    def test_a_broken_line_leaves_nothing_behind(self):
        values = lines(PART + 5)
        trajectories = self.trajectories([*values, line(("act", "x", None))])
        for processes in (1, 2):
            with self.assertRaisesRegex(ScaleError, f"line {PART + 6}: "):
                open_store(trajectories, self.tokenizer, self.cache, processes)
            self.assertEqual(self.made(), [])

    def test_what_was_lost_is_made_anew(self):
        trajectories = self.trajectories(lines(3))
        open_store(trajectories, self.tokenizer, self.cache)
        (self.cache / self.made()[0] / "ids").write_bytes(b"\0\0\0\0")
        store = open_store(trajectories, self.tokenizer, self.cache)
        self.assert_same(store, TokenStore.in_memory(trajectories, self.tokenizer))

    def test_one_that_is_killed_leaves_its_work_to_the_next(self):
        source = (
            "import pathlib, sys, time\nfrom sad_scale.cache import once\ndef make(folder):\n    (folder /"
            " 'half').write_text('half')\n    print('begun', flush=True)\n   "
            " time.sleep(60)\nonce(pathlib.Path(sys.argv[1]), make)"
        )
        folder = self.cache / "made"
        first = subprocess.Popen([sys.executable, "-c", source, str(folder)], stdout=subprocess.PIPE)
        first.stdout.readline()
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        first.stdout.close()
        self.assertFalse(folder.exists())
        begun = time.monotonic()
        once(folder, lambda part: (part / "whole").write_text("whole"))
        self.assertLess(time.monotonic() - begun, 30)
        self.assertEqual(sorted(path.name for path in folder.iterdir()), ["sizes.json", "whole"])
        self.assertEqual(list(self.cache.glob("made.part-*")), [])
