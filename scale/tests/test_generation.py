import unittest

import torch

from sad_scale.generation import window_start, write_all
from sad_scale.model import GptConfig, initial_gpt
from sad_scale.random import Random
from sad_scale.sampling import sample

CONFIG = GptConfig(vocabularySize=40, contextLength=24, layers=2, width=16, heads=2)
PROMPT = [3, 17, 5]


def student():
    """Ten times GPT-2's start: logits far enough apart that the choice is not a matter of rounding."""
    model = initial_gpt(CONFIG, 2)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 2:
                parameter.mul_(10)
    return model


def write(prompts, **options):
    settings = dict(
        max_tokens=12, temperature=0, random=lambda _: Random(1), end_of_text_id=-1, vocabulary_size=40
    )
    return write_all(student(), prompts, **{**settings, **options})


def written_anew(model, prompt, count):
    """At temperature 0, every token reading its whole window anew."""
    ids = list(prompt)
    for _ in range(count):
        window = torch.tensor([ids[window_start(len(ids), CONFIG.contextLength) :]])
        ids.append(int(model.logits(model.hidden(window))[0, -1].argmax()))
    return ids[len(prompt) :]


class GenerationTest(unittest.TestCase):
    def test_texts_of_all_lengths_side_by_side_are_those_written_one_by_one_anew(self):
        prompts = [
            [(7 * i + j) % 40 for j in range(length)] for i, length in enumerate((1, 5, 23, 24, 25, 40))
        ]
        wanted = [written_anew(student(), prompt, 45) for prompt in prompts]
        self.assertEqual(write(prompts, max_tokens=45), wanted)
        self.assertEqual(write(prompts, max_tokens=45, side_by_side=2), wanted)
        self.assertGreater(len(set(wanted[0])), 2)

    def test_what_is_drawn_depends_on_a_texts_own_generator_alone(self):
        options = dict(temperature=1.3, top_k=9, top_p=0.9, random=lambda i: Random(i % 2 + 5))
        one, two, three = write([PROMPT, PROMPT, PROMPT], max_tokens=30, **options)
        self.assertEqual(one, three)
        self.assertNotEqual(one, two)
        self.assertEqual([one], write([PROMPT], max_tokens=30, **options))

    def test_a_text_ends_with_its_room_its_end_of_text_or_its_listener(self):
        (whole,) = write([PROMPT])
        self.assertEqual(write([PROMPT] * 3, room=[0, 4, 99]), [[], whole[:4], whole])
        end = whole[3]
        self.assertEqual(write([PROMPT], end_of_text_id=end), [whole[: whole.index(end) + 1]])
        heard = []

        def done(index, written):
            heard.append((index, len(written)))
            return index == 1 and len(written) == 2

        self.assertEqual(write([PROMPT] * 2, done=done, max_tokens=3), [whole[:3], whole[:2]])
        self.assertEqual(heard, [(0, 1), (1, 1), (0, 2), (1, 2), (0, 3)])
        enough = write([PROMPT] * 2, listener=lambda indices, texts: [len(text) == 5 for text in texts])
        self.assertEqual(enough, [whole[:5]] * 2)

    def test_only_ids_of_the_tokenizer_are_written(self):
        (written,) = write([PROMPT], vocabulary_size=7, temperature=3, max_tokens=60)
        self.assertEqual(max(written), 6)

    def test_a_manner_of_drawing_that_is_none_is_refused(self):
        for wrong in (dict(temperature=-1), dict(top_k=-1), dict(top_p=0), dict(temperature=float("nan"))):
            with self.assertRaises(ValueError):
                write([PROMPT], **wrong)
        with self.assertRaises(ValueError):
            write([[]])


class SampleTest(unittest.TestCase):
    def test_of_equal_logits_the_first_are_kept(self):
        logits = torch.tensor([[1.0, 3, 3, 3, 0]])
        draws = torch.arange(0, 1, 1 / 64)
        for options, ids in [
            ((1, 1.0), {1}),
            ((2, 1.0), {1, 2}),
            ((0, 0.5), {1, 2}),
            ((0, 1.0), {0, 1, 2, 3, 4}),
        ]:
            drawn = sample(logits.expand(64, 5), draws, 1.0, *options, vocabulary_size=5)
            self.assertEqual(set(drawn.tolist()), ids, options)
        self.assertEqual(sample(logits, draws[:1], 0, 0, 1.0, 5).tolist(), [1])


if __name__ == "__main__":
    unittest.main()
