import json
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

from run_zip import about, contents, jsonl, line, lines, tokenizer_json, write_zip

from sad_scale.bundle import open_bundle, open_parts
from sad_scale.errors import ScaleError


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.zip = self.folder / "RUN.zip"
        self.cache = self.folder / "cache"

    def refusal(self, do, *args):
        with self.assertRaises(ScaleError) as caught:
            do(*args)
        sentence = str(caught.exception)
        self.assertTrue(sentence.endswith("."), sentence)
        self.assertNotIn("\n", sentence)
        return sentence

    def opened(self):
        return open_bundle(self.zip, self.cache)


class BundleTest(Folder):
    """
    What of RUN.zip is read, and with which words it is refused. One that the lab packed:
    tests/scale/bundle.test.ts.
    """

    def refused(self, files, told=None):
        write_zip(self.zip, files, told)
        sentence = self.refusal(self.opened)
        self.assertFalse(any(path.name.startswith("run-") and path.is_dir() for path in self.cache.glob("*")))
        return sentence

    def test_a_run_is_read_and_unpacked_once(self):
        write_zip(self.zip, contents({"steps": 7}))
        bundle = self.opened()
        self.assertEqual(bundle.recipe.steps, 7)
        self.assertEqual(len(bundle.trajectories), 6)
        self.assertEqual(bundle.trajectories[5].spans[0].text, "Task 5.\n")
        self.assertEqual(bundle.tokenizer.encode("abc").ids, [257])
        self.assertEqual(bundle.vocabulary_size, 259)
        self.assertEqual((bundle.teacher, bundle.capture, bundle.targets), (None, None, None))
        made = {path: path.stat().st_mtime_ns for path in self.cache.rglob("*.json*")}
        self.assertEqual(self.opened().trajectories.fingerprint, bundle.trajectories.fingerprint)
        self.assertEqual({path: path.stat().st_mtime_ns for path in self.cache.rglob("*.json*")}, made)
        self.assertFalse(list(self.cache.rglob("README.txt")))

    def test_what_goes_with_teachers_is_found(self):
        files = contents()
        for name in ("teacher/config.json", "teacher/model.safetensors", "teacher/tokenizer.json"):
            files[name] = name.encode()
        files.update({"teacher.capture": b"capture", "targets.safetensors": b"targets"})
        write_zip(self.zip, files)
        bundle = self.opened()
        self.assertEqual((bundle.teacher / "config.json").read_bytes(), b"teacher/config.json")
        self.assertEqual(bundle.capture.read_bytes(), b"capture")
        self.assertEqual(bundle.targets.read_bytes(), b"targets")

    def test_what_a_machine_lost_of_the_cache_is_unpacked_anew(self):
        write_zip(self.zip, contents())
        self.opened()
        (lost,) = self.cache.rglob("trajectories.jsonl")
        lost.write_bytes(b"")
        self.assertEqual(len(self.opened().trajectories), 6)

    def test_ranks_that_start_together_find_the_same(self):
        write_zip(self.zip, contents())
        source = (
            "import sys, pathlib; from sad_scale.bundle import open_bundle; "
            "print(len(open_bundle(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])).trajectories))"
        )
        started = [
            subprocess.Popen([sys.executable, "-c", source, self.zip, self.cache], stdout=subprocess.PIPE)
            for _ in range(2)
        ]
        self.assertEqual([process.communicate()[0].strip() for process in started], [b"6"] * 2)
        self.assertEqual([path.name for path in self.cache.glob("*.part-*")], [])

    def test_a_truncated_zip_is_refused(self):
        write_zip(self.zip, contents())
        content = self.zip.read_bytes()
        for size in (0, 10, len(content) // 2, len(content) - 1):
            self.zip.write_bytes(content[:size])
            self.assertIn("RUN.zip is no whole zip", self.refusal(self.opened))

    def test_a_damaged_file_is_refused_by_name(self):
        files = contents()
        write_zip(self.zip, files)
        with zipfile.ZipFile(self.zip) as zipped:
            at = zipped.getinfo("trajectories.jsonl").header_offset
        content = bytearray(self.zip.read_bytes())
        content[at + 120] ^= 0xFF
        self.zip.write_bytes(content)
        self.assertIn("trajectories.jsonl is damaged", self.refusal(self.opened))

    def test_a_file_of_another_content_is_refused(self):
        files = contents()
        told = about(files)
        files["recipe.json"] = b"[]"
        self.assertIn("recipe.json is not as it was packed", self.refused(files, told))

    def test_files_outside_of_the_folder_are_refused(self):
        for name in ("../evil", "/evil", "teacher/../../evil", "C:\\evil"):
            sentence = self.refused({**contents(), name: b"evil"})
            self.assertIn("would be written outside of its folder", sentence)

    def test_what_is_no_run_is_refused(self):
        self.assertIn("holds no run.json", self.refused(contents(), False))
        self.assertIn("is not a run of the lab", self.refused(contents(), {"format": "x"}))
        self.assertIn("is of version 2 and", self.refused(contents(), about(contents(), version=2)))
        self.assertIn(
            "does not tell what it holds", self.refused(contents(), {**about(contents()), "files": []})
        )
        self.assertIn("check its path", self.refusal(open_bundle, self.folder / "missing.zip", self.cache))

    def test_another_tokenizer_is_refused(self):
        files = contents()
        told = about(files, tokenizer="0" * 64)
        self.assertIn(
            "tokenizer.json is not the tokenizer that the run was packed with", self.refused(files, told)
        )
        write_zip(self.zip, files, about(files, vocabularySize=258))
        self.assertIn("its tokenizer has 259 ids and its student's vocabulary 258", self.refusal(self.opened))

    def test_all_that_is_missing_is_told_in_one_sentence(self):
        files = contents()
        told = about({**files, "teacher.capture": b"x"})
        del files["trajectories.jsonl"]
        files["README.txt"] += b"!"
        sentence = self.refused(files, told)
        for part in (
            "trajectories.jsonl is missing",
            "teacher.capture is missing",
            "README.txt has 7 bytes in place of 6",
        ):
            self.assertIn(part, sentence)

    def test_half_a_teacher_is_refused(self):
        write_zip(self.zip, {**contents(), "teacher/config.json": b"{}"})
        self.assertIn(
            "teacher/model.safetensors and teacher/tokenizer.json of its teacher", self.refusal(self.opened)
        )

    def test_fewer_lines_than_were_packed_are_refused(self):
        write_zip(self.zip, contents(), about(contents(), trajectories=7))
        self.assertIn("holds 6 trajectories in place of 7", self.refusal(self.opened))

    def test_a_recipe_of_a_later_lab_is_refused_by_its_key(self):
        write_zip(self.zip, contents({"objective": {"lambada": {}}}))
        self.assertEqual(
            self.refusal(self.opened),
            "recipe.json in RUN.zip: objective.lambada is an unknown key: remove it or correct its spelling.",
        )

    def test_a_cache_that_cannot_be_written_is_told(self):
        write_zip(self.zip, contents())
        (self.folder / "file").write_bytes(b"")
        self.assertIn("--cache", self.refusal(open_bundle, self.zip, self.folder / "file"))


class PartsTest(Folder):
    """A recipe and lines of their own, and what is wrong with lines."""

    def parts(self, *texts, recipe=None):
        paths = []
        for i, text in enumerate(texts):
            paths.append(self.folder / f"{i}.jsonl")
            paths[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
        (self.folder / "r.json").write_text(json.dumps(recipe or {}))
        return open_parts(self.folder / "r.json", paths)

    def test_files_are_one_set_in_their_order(self):
        bundle = self.parts(jsonl(lines(3)) + "\n  \n", jsonl(lines(2)).rstrip())
        self.assertEqual([each.index for each in bundle.trajectories], [0, 1, 2, 0, 1])
        self.assertEqual([each.index for each in bundle.trajectories.between(2, 5)], [2, 0, 1])
        self.assertEqual(bundle.trajectories[-1].index, 1)
        self.assertEqual([each.index for each in bundle.trajectories[1:4]], [1, 2, 0])
        with self.assertRaises(IndexError):
            bundle.trajectories[5]
        self.assertIsNone(bundle.tokenizer)

    def test_the_same_lines_have_the_same_fingerprint(self):
        prints = [
            self.parts(*texts).trajectories.fingerprint for texts in ([jsonl(lines(3))], [jsonl(lines(3))])
        ]
        self.assertEqual(prints[0], prints[1])
        self.assertNotEqual(prints[0], self.parts(jsonl(lines(4))).trajectories.fingerprint)

    def test_broken_lines_are_told_by_their_number(self):
        good = jsonl(lines(1))
        for broken, words in (
            ('{"file": ', "no whole JSON object"),
            ("[]", "not a segmented trajectory"),
            ('{"messages": []}', "not a segmented trajectory"),
            ('{"spans": [], "index": NaN}', "no whole JSON object"),
            (json.dumps(line()), "its spans hold no text"),
            ('{"spans": [{"kind": "thought", "text": "x"}]}', 'is not of "kind"'),
            ('{"spans": [{"kind": "act", "text": "x", "content": "x"}]}', 'have no "step"'),
            (b'{"file": "\xff"}', "no whole JSON object"),
        ):
            content = broken if isinstance(broken, bytes) else broken.encode()
            bundle = self.parts(good.encode() + b"\n" + content)
            sentence = self.refusal(lambda: bundle.trajectories[1])
            self.assertIn("0.jsonl, line 3: ", sentence)
            self.assertIn(words, sentence)

    def test_files_that_hold_nothing_are_refused(self):
        self.assertIn("hold no trajectory", self.refusal(self.parts, "\n \n"))
        self.assertIn(
            "check its path", self.refusal(open_parts, self.folder / "r.json", [self.folder / "none.jsonl"])
        )

    def test_recipes_that_are_none_are_refused(self):
        self.assertIn(
            "steps must be a number", self.refusal(lambda: self.parts(jsonl(lines(1)), recipe={"steps": "7"}))
        )
        self.assertIn("cannot be read", self.refusal(open_parts, self.folder / "none.json", []))
        (self.folder / "r.json").write_text('{"steps": NaN}')
        self.assertIn("is no JSON", self.refusal(open_parts, self.folder / "r.json", []))

    def test_a_tokenizer_of_its_own_is_read(self):
        self.parts(jsonl(lines(1)))
        (self.folder / "t.json").write_text(json.dumps(tokenizer_json()))
        bundle = open_parts(self.folder / "r.json", [self.folder / "0.jsonl"], self.folder / "t.json")
        self.assertEqual(bundle.tokenizer.decode([256, 0]), "ab!")
        (self.folder / "t.json").write_text("{}")
        self.assertIn(
            't.json: "model" is missing',
            self.refusal(open_parts, self.folder / "r.json", [], self.folder / "t.json"),
        )

    def test_halves_that_meet_are_one_character_of_the_first_span(self):
        text = jsonl([line(("prompt", "a\ud83d", -1), ("act", "\ude00b\udc00", 0))])
        trajectory = self.parts(text).trajectories[0]
        self.assertEqual(trajectory.text, "a\U0001f600b\udc00")
        self.assertEqual(trajectory.span_ends(), [2, 4])
