import importlib.util
import pickle
import tempfile
import unittest
from pathlib import Path

import torch

from sad_scale.bpe import BpeParts, Tokenizer, byte_tokens
from sad_scale.errors import ScaleError
from sad_scale.folder import read_student, write_student
from sad_scale.generation import write_all
from sad_scale.model import GptConfig, initial_gpt
from sad_scale.random import Random

HAS_TRANSFORMERS = importlib.util.find_spec("transformers") is not None
NEEDED = unittest.skipUnless(HAS_TRANSFORMERS, "transformers is not installed for this Python")
TEXT = "Thought 1: the 🪔 lamp, naïve “☂”.\n> go to <|endoftext|> desk 1\n  x"


def byte_tokenizer():
    """The 256 bytes, two merges, and the end of a text."""
    tokens = byte_tokens()
    ids = {content: id_ for id_, content in enumerate(tokens)}
    merges = [(ids[b"t"], ids[b"h"], 256), (ids[b" "], 256, 257)]
    return Tokenizer(BpeParts([*tokens, b"th", b" th", None], merges, {"<|endoftext|>": 258}))


def configs():
    """Tiny models of several families, which keep what they have read in several ways."""
    from transformers import GPTNeoXConfig, LlamaConfig, MambaConfig, OPTConfig, Qwen2Config

    size = dict(vocab_size=264, hidden_size=32, num_hidden_layers=2, num_attention_heads=4)
    ends = dict(bos_token_id=258, eos_token_id=258, pad_token_id=258)
    longest = dict(intermediate_size=48, max_position_embeddings=40)
    yield LlamaConfig(**size, **ends, **longest, num_key_value_heads=2)
    yield Qwen2Config(**size, **ends, **longest, num_key_value_heads=2, tie_word_embeddings=True)
    yield GPTNeoXConfig(**size, **ends, **longest)
    yield OPTConfig(**size, **ends, ffn_dim=48, max_position_embeddings=40, word_embed_proj_dim=32)
    yield MambaConfig(vocab_size=264, hidden_size=32, num_hidden_layers=2, state_size=4, **ends)


def folder_of(config, folder):
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            # Away from the start, where all predictions are alike.
            parameter.add_(0.3 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    write_student(Path(folder, "lab"), initial_gpt(GptConfig(259, 40, 1, 8, 2), 1), byte_tokenizer())
    PreTrainedTokenizerFast.from_pretrained(Path(folder, "lab")).save_pretrained(folder)
    return model.eval()


def greedy(model, prompts, count):
    return write_all(
        model,
        prompts,
        max_tokens=count,
        temperature=0,
        random=lambda _: Random(1),
        end_of_text_id=-1,
        vocabulary_size=model.vocabulary_size,
    )


@NEEDED
class PretrainedTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.each = []
        for config in configs():
            folder = Path(cls.place.name, config.model_type)
            cls.each.append((config.model_type, folder, folder_of(config, folder)))

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    def test_predictions_are_those_of_transformers_and_survive_being_written(self):
        ids = torch.arange(2 * 17).view(2, 17) * 7 % 259
        for _, folder, theirs in self.each:
            student, tokenizer = read_student(folder)
            wanted = theirs(ids).logits
            torch.testing.assert_close(student.logits(student.hidden(ids)), wanted)
            with torch.no_grad():
                next(student.parameters()).mul_(2)
            changed = student.logits(student.hidden(ids))
            self.assertFalse(torch.allclose(changed, wanted))
            tensors = {name: value.detach().clone() for name, value in student.named_parameters()}
            for given in (None, tensors):
                write_student(Path(folder, "again"), student, tokenizer, given)
                again, _ = read_student(Path(folder, "again"))
                torch.testing.assert_close(again.logits(again.hidden(ids)), changed)
            self.assertEqual([name for name in Path(folder, "again").iterdir() if "part" in name.name], [])

    def test_windows_side_by_side_are_as_each_alone_or_refused(self):
        ids = torch.arange(20)[None] * 11 % 259
        cuts = [(0, 6), (6, 7), (7, 20)]
        segments = torch.cat([torch.full((end - start,), i) for i, (start, end) in enumerate(cuts)])[None]
        positions = torch.cat([torch.arange(end - start) for start, end in cuts])[None]
        for kind, folder, _ in self.each:
            student, _ = read_student(folder)
            try:
                packed = student.hidden(ids, segments, positions)
                self.assertNotEqual(kind, "mamba")
            except ScaleError as error:
                # Whether OPT can depends on the version of transformers.
                self.assertIn(kind, ("mamba", "opt"))
                self.assertIn(f"not possible with the architecture {kind}", str(error))
                continue
            alone = torch.cat([student.hidden(ids[:, start:end]) for start, end in cuts], 1)
            torch.testing.assert_close(packed, alone, rtol=1e-4, atol=1e-5)

    def test_gradients_are_the_same_where_layers_are_computed_anew(self):
        ids = torch.arange(12)[None]
        for _, folder, _ in self.each:
            student, _ = read_student(folder)
            gradients = []
            for recompute in (False, True):
                student.zero_grad()
                student.logits(student.hidden(ids, recompute=recompute)).square().mean().backward()
                gradients.append([parameter.grad for parameter in student.parameters()])
            torch.testing.assert_close(*gradients)
            self.assertIn("model.", next(iter(student.decayed())))

    def test_greedy_texts_are_those_of_generate_and_windows_move_on(self):
        prompts = [[5, 6, 7, 8, 9, 10], [1], [44, 3, 17]]
        for kind, folder, theirs in self.each:
            student, _ = read_student(folder)
            written = greedy(student, prompts, 14)
            for prompt, text in zip(prompts, written):
                whole = theirs.generate(
                    torch.tensor([prompt]),
                    max_new_tokens=14,
                    min_new_tokens=14,
                    do_sample=False,
                    eos_token_id=None,
                )
                self.assertEqual(text, whole[0, len(prompt) :].tolist())
            # Long enough that windows move, and in rooms of their own.
            if kind != "mamba":
                long = greedy(student, [prompts[0] * 5], 30)
                both = greedy(student, [prompts[1], prompts[0] * 5], 30)
                self.assertEqual(both[1], long[0])


@NEEDED
class LabFolderTest(unittest.TestCase):
    def test_transformers_loads_a_students_folder_and_predicts_and_writes_the_same(self):
        from transformers import AutoModelForCausalLM, AutoTokenizer

        student = initial_gpt(GptConfig(259, 48, 2, 32, 4), 3)
        with torch.no_grad():
            for parameter in student.parameters():
                parameter.add_(0.2 * torch.randn_like(parameter))
        tokenizer = byte_tokenizer()
        with tempfile.TemporaryDirectory() as folder:
            write_student(folder, student, tokenizer)
            theirs, spelling = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(
                folder
            )
        text = TEXT.replace("<|endoftext|>", "")
        ids = spelling(text).input_ids
        self.assertEqual(ids, tokenizer.encode(text).ids)
        self.assertEqual(spelling.decode(ids), text)
        logits = student.logits(student.hidden(torch.tensor([ids[:40]])))
        torch.testing.assert_close(logits, theirs(torch.tensor([ids[:40]])).logits, rtol=1e-5, atol=1e-5)
        whole = theirs.generate(
            torch.tensor([ids[:9]]), max_new_tokens=30, do_sample=False, eos_token_id=None
        )
        self.assertEqual(greedy(student, [ids[:9]], 30)[0], whole[0, 9:].tolist())


@NEEDED
class HfTokenizerTest(unittest.TestCase):
    def test_a_byte_level_tokenizer_gives_what_the_labs_gives(self):
        from sad_scale.hf_tokenizer import HfTokenizer

        own = byte_tokenizer()
        with tempfile.TemporaryDirectory() as folder:
            write_student(folder, initial_gpt(GptConfig(259, 48, 1, 8, 2), 3), own)
            theirs = HfTokenizer.read(folder)
            other = pickle.loads(pickle.dumps(theirs))
            self.assertEqual(other.encode(TEXT), theirs.encode(TEXT))
        self.assertEqual((theirs.vocabulary_size, theirs.end_of_text_id), (259, 258))
        for text in (TEXT, "", " ", "🪔🪔", "x \ud83d y\u00a0 z", " the\n\nthe"):
            self.assertEqual(theirs.encode(text), own.encode(text), repr(text))
        ids = own.encode(TEXT).ids
        self.assertEqual(theirs.decode([*ids[:14], 258]), own.decode(ids[:14]))
        self.assertEqual(
            [theirs.bytes_of(id_) for id_ in range(259)], [own.bytes_of(id_) for id_ in range(259)]
        )
        with self.assertRaises(ScaleError):
            theirs.bytes_of(999)


class WithoutTransformersTest(unittest.TestCase):
    def test_a_folder_of_another_architecture_asks_for_it(self):
        if HAS_TRANSFORMERS:
            wanted = "transformers reads no causal language model there"
        else:
            wanted = 'pip install "transformers>=4.40"'
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "config.json").write_text('{"model_type": "nothing-of-the-kind"}')
            for path in (folder, Path(folder, "missing")):
                with self.assertRaisesRegex(ScaleError, wanted):
                    read_student(path)


if __name__ == "__main__":
    unittest.main()
