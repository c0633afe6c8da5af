import itertools
import json
import pathlib
import unittest

import torch

from sad_scale.attention import attend, plain_attend, segment_mask
from sad_scale.model import Gpt, GptConfig, initial_gpt

GOLDEN = pathlib.Path(__file__).parents[2] / "tests" / "golden"


def golden(name):
    return json.loads((GOLDEN / name).read_text())


def tensor(entry):
    return torch.tensor(entry["data"]).view(entry["shape"])


def model_of(entry):
    shape = entry["config"]
    config = GptConfig(*(shape[key] for key in ("vocab_size", "n_positions", "n_layer", "n_embd", "n_head")))
    model = Gpt(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensor(entry["parameters"][name]))
    return model


def relative_error(actual, wanted):
    return ((actual.detach() - wanted).norm() / wanted.norm()).item()


class GoldenTest(unittest.TestCase):
    """Against the numbers that the lab's own engines are held to (tests/golden)."""

    def setUp(self):
        self.golden = golden("gpt.json")

    def rows(self):
        batch = self.golden["batch"]
        return torch.tensor(batch["ids"]).view(batch["rows"], batch["length"]), torch.tensor(batch["weights"])

    def test_logits_are_those_of_the_golden_models(self):
        ids, _ = self.rows()
        for who in ("student", "teacher"):
            model = model_of(self.golden[who])
            logits = model.logits(model.hidden(ids))
            self.assertLess(
                relative_error(logits.flatten(), tensor(self.golden["logits"][who]).flatten()), 1e-5
            )

    def test_gradients_are_those_of_the_golden_model_with_and_without_recomputing(self):
        ids, weights = self.rows()
        (entry,) = [loss for loss in self.golden["losses"] if loss["name"] != "kl"]
        following = torch.cat([ids.flatten()[1:], torch.zeros(1, dtype=torch.int64)])
        for recompute in (False, True):
            model = model_of(self.golden["student"])
            logits = model.logits(model.hidden(ids, recompute=recompute)).flatten(0, 1)
            loss = (torch.nn.functional.cross_entropy(logits, following, reduction="none") * weights).sum()
            loss.backward()
            self.assertAlmostEqual(loss.item() / entry["value"], 1, 5)
            for name, parameter in model.named_parameters():
                self.assertLess(relative_error(parameter.grad, tensor(entry["gradients"][name])), 2e-5, name)

    def test_packed_rows_have_the_logits_of_their_windows_alone(self):
        packed = golden("packing.json")
        shape = packed["rows"], packed["length"]
        segments = torch.tensor(packed["segments"]).view(shape)
        model = model_of(self.golden["student"])
        ids, positions = (torch.tensor(packed[key]).view(shape) for key in ("ids", "positions"))
        logits = model.logits(model.hidden(ids, segments, positions))
        wanted = tensor(packed["logits"]).view_as(logits)
        own = logits * (segments >= 0)[..., None]
        self.assertLess(relative_error(own, wanted), 1e-5)


class ModelTest(unittest.TestCase):
    CONFIG = GptConfig(vocabularySize=40, contextLength=24, layers=2, width=16, heads=2)

    def test_reading_a_text_piece_by_piece_gives_the_hidden_states_of_the_whole(self):
        model = initial_gpt(self.CONFIG, 3)
        ids = torch.arange(2 * 20).view(2, 20) % 37
        whole = model.hidden(ids)
        cache = model.cache(texts=3, capacity=24)
        # Rows at two places of three, the second of which has read less.
        places = torch.tensor([2, 0])
        first = model.hidden_after(ids[:, :7], cache, places, torch.tensor([0, 0]))
        torch.testing.assert_close(first, whole[:, :7])
        model.hidden_after(ids[:1, 7:9], cache, places[:1], torch.tensor([7]))
        mixed = torch.stack([ids[0, 9:12], ids[1, 7:10]])
        then = model.hidden_after(mixed, cache, places, torch.tensor([9, 7]))
        torch.testing.assert_close(then, torch.stack([whole[0, 9:12], whole[1, 7:10]]))

    def test_single_tokens_of_texts_that_lie_apart_in_the_cache_are_read_as_in_the_whole(self):
        model = initial_gpt(self.CONFIG, 3)
        ids = torch.arange(9 * 12).view(9, 12) % 37
        whole = model.hidden(ids)
        cache = model.cache(texts=9, capacity=12)
        model.hidden_after(ids[:, :7], cache, torch.arange(9), torch.zeros(9, dtype=torch.int64))
        read = torch.full((9,), 7)
        # One behind the other, out of their order with others between, and too far apart to be read in one.
        for one in ([2, 3, 4], [5, 2, 0], [8, 0], [8, 7, 6, 5, 4, 3, 2, 1, 0]):
            places = torch.tensor(one)
            then = model.hidden_after(ids[places, read[places]][:, None], cache, places, read[places])
            torch.testing.assert_close(then[:, 0], whole[places, read[places]])
            read[places] += 1

    def test_attention_in_its_plain_form_and_pytorchs_own_is_a_weighted_mean(self):
        torch.manual_seed(1)
        queries, keys, values = torch.randn(3, 2, 2, 5, 4)
        segments = torch.tensor([[0, 0, 1, 1, 1], [0, 0, 0, 0, 0]])
        causal = torch.ones(5, 5).tril().bool()
        for mask in (None, segment_mask(segments)):
            wanted = torch.zeros_like(values)
            for row, head, t in itertools.product(range(2), range(2), range(5)):
                seen = causal[t] if mask is None else mask[row, 0, t]
                shares = torch.exp(keys[row, head][seen] @ queries[row, head, t] / 2)
                wanted[row, head, t] = shares @ values[row, head][seen] / shares.sum()
            torch.testing.assert_close(attend(queries, keys, values, mask), wanted)
            torch.testing.assert_close(plain_attend(queries, keys, values, mask), wanted)

    def test_matrices_decay_and_nothing_else_does(self):
        model = Gpt(self.CONFIG)
        decayed = model.decayed()
        self.assertEqual(len(decayed), 4 * self.CONFIG.layers)
        self.assertIn("transformer.h.1.mlp.c_proj.weight", decayed)
        self.assertNotIn("transformer.wpe.weight", decayed)

    def test_rows_beyond_the_context_are_refused(self):
        with self.assertRaises(ValueError):
            Gpt(self.CONFIG).hidden(torch.zeros(1, 25, dtype=torch.int64))


if __name__ == "__main__":
    unittest.main()
