"""
Divergences, normalisers and their gradients against tests/golden/objective.json, which PyTorch's autograd
made.
"""

import json
import math
import unittest
from pathlib import Path
from types import SimpleNamespace

import torch

from sad_scale.divergence import HEAD_SUMS, Divergence, Stored, logit_gradient, measure_rows
from sad_scale.head import head
from sad_scale.objective import NO_TERM, TERM_OF_KIND, TERMS, Objective, predictions_of, supervise, tally
from sad_scale.objective import term_scales

GOLDEN = Path(__file__).parents[2] / "tests" / "golden" / "objective.json"
KIND_CODES = {"p": 0, "r": 1, "a": 2, "o": 3, "x": 4, "_": 255}


def golden():
    return json.loads(GOLDEN.read_text())


def divergence_of(case) -> Divergence:
    given = case["divergence"]
    return Divergence(
        given["name"],
        given["temperature"],
        given["temperatureSquared"],
        given["hardShare"],
        given.get("beta"),
        given.get("alpha"),
    )


def stored_of(stored, dtype) -> Stored:
    """null in the file is −∞"""
    logs = [[-math.inf if log is None else log for log in row] for row in stored["logProbabilities"]]
    return Stored(torch.tensor(stored["ids"]), torch.tensor(logs, dtype=dtype))


def large_logits(seed, vocabulary):
    """Integers that any language makes alike, as logits in [-4, 4); as tests/golden/objective.py has them."""
    state = (torch.arange(vocabulary, dtype=torch.int64) * 2654435761 + seed * 40503) % 2**32
    state = ((state ^ (state // 2**15)) * 2246822519) % 2**32
    return (state.double() / 2**32 * 8 - 4).float().double()


def batch_of(kinds, ids=None, weights=None, segments=None):
    """A batch as `data.batches` gives it, of kinds as letters."""
    rows, length = len(kinds), len(kinds[0])
    return SimpleNamespace(
        rows=rows,
        length=length,
        ids=(torch.arange(100, 100 + rows * length) if ids is None else torch.tensor(ids)).view(rows, length),
        kinds=torch.tensor([[KIND_CODES[kind] for kind in row] for row in kinds], dtype=torch.uint8),
        weights=None if weights is None else torch.tensor(weights).view(rows, length),
        segments=None if segments is None else torch.tensor(segments).view(rows, length),
    )


class DivergenceTest(unittest.TestCase):
    def near(self, found, right, tolerance, what):
        right = torch.tensor(right, dtype=torch.float64)
        found = found.double().flatten()
        error = (found - right).abs() / right.abs().clamp(min=1)
        self.assertLess(float(error.max()), tolerance, what)

    def check_rows(self, dtype, tolerance):
        count = 0
        for rows in golden()["rows"]:
            shape = (len(rows["tokens"]), rows["vocabulary"])
            logits = torch.tensor(rows["logits"], dtype=dtype).view(shape)
            tokens = torch.tensor(rows["tokens"])
            teachers = {"model": torch.tensor(rows["teacherLogits"], dtype=dtype).view(shape), "text": None}
            teachers.update((kind, stored_of(stored, dtype)) for kind, stored in rows["stored"].items())
            for case in rows["cases"]:
                said, divergence = teachers[case["teacher"]], divergence_of(case)
                what = f"{rows['name']}, {case['teacher']}, {divergence}"
                columns = measure_rows(logits, tokens, said, divergence)
                self.assertTrue(bool(torch.isfinite(columns).all()), what)
                self.near(columns[:, 0], case["values"], tolerance, what)
                self.near(logit_gradient(logits, tokens, said, divergence), case["gradient"], tolerance, what)
                count += 1
        self.assertGreater(count, 160)

    def test_values_and_gradients_are_the_golden_ones_in_float64(self):
        self.check_rows(torch.float64, 1e-6)

    def test_values_and_gradients_are_the_golden_ones_in_float32(self):
        self.check_rows(torch.float32, 2e-5)

    def test_a_vocabulary_of_50257_costs_no_digit(self):
        large = golden()["large"]
        vocabulary, picks = large["vocabulary"], large["picks"]
        logits = torch.stack([large_logits(1, vocabulary), large_logits(2, vocabulary)]).float()
        teacher = torch.stack([3 * large_logits(3, vocabulary), 4 * large_logits(4, vocabulary)]).float()
        teachers = {"model": teacher, "top-k": stored_of(large["stored"], torch.float32)}
        signs = (torch.arange(vocabulary) % 11 - 5).double()
        for case in large["cases"]:
            said, divergence = teachers[case["teacher"]], divergence_of(case)
            values = measure_rows(logits, torch.tensor(large["tokens"]), said, divergence)[:, 0]
            gradient = logit_gradient(logits, torch.tensor(large["tokens"]), said, divergence).double()
            self.near(values, case["values"], 1e-5, case)
            self.near(gradient[:, picks], torch.tensor(case["picked"]).tolist(), 1e-5, case)
            self.near((gradient * signs).sum(-1), case["weighted"], 1e-5, case)
            self.near(gradient.abs().sum(-1), case["absolute"], 1e-5, case)

    def test_what_cannot_be_compared_is_refused(self):
        logits, tokens = torch.zeros(1, 3), torch.zeros(1, dtype=torch.long)
        for divergence in (
            Divergence("jsd"),
            Divergence("skew-kl", alpha=1.0),
            Divergence("forward-kl", 2.0),
        ):
            with self.assertRaises(ValueError):
                measure_rows(logits, tokens, None, divergence)


class HeadTest(unittest.TestCase):
    def check_batch(self, chunk_elements):
        batch = golden()["batch"]
        vocabulary = batch["vocabulary"]
        found = batch_of(batch["kinds"], batch["ids"])
        teacher = SimpleNamespace(
            kind="model", logits=lambda at: torch.tensor(batch["teacherLogits"]).view(-1, vocabulary)[at]
        )
        for case in batch["cases"]:
            divergence = divergence_of(case)
            objective = Objective(batch["weights"], case["normaliser"], divergence)
            predictions = predictions_of(found, objective)
            supervised = supervise(predictions, objective, tally(predictions).totals.tolist())
            logits = torch.tensor(batch["logits"]).view(-1, vocabulary).requires_grad_()
            said = teacher if case["teacher"] == "model" else None
            result = head(
                logits[predictions.positions],
                # Something of the student's own on the way, which is asked for its gradient as well.
                lambda own: own * 1.0,
                supervised,
                said,
                divergence,
                chunk_elements=chunk_elements,
                vocabulary=vocabulary,
            )
            result.loss.backward()
            self.assertAlmostEqual(result.loss.item(), case["value"], delta=2e-5 * max(1, abs(case["value"])))
            error = (logits.grad.flatten().double() - torch.tensor(case["gradient"]).double()).abs().max()
            self.assertLess(float(error), 1e-5, case["divergence"])
            # The loss once more from the sums, and the squares from the gradient.
            totals = tally(predictions).totals.tolist()
            again = sum(
                objective.weights[term] * scale * float(own[0])
                for term, scale, own in zip(TERMS, term_scales(objective, totals), result.sums)
            )
            self.assertAlmostEqual(again, case["value"], delta=2e-5 * max(1, abs(case["value"])))
            squares = logits.grad[predictions.positions].double().square().sum(-1)
            expected = torch.zeros(3).double().index_add_(0, predictions.terms, squares)
            self.assertLess(float((result.squares - expected).abs().max() / expected.max()), 1e-6)

    def test_the_whole_objective_is_the_golden_one(self):
        self.check_batch(None)

    def test_the_whole_objective_is_the_golden_one_in_chunks_of_three_rows(self):
        self.check_batch(3 * 4)

    def test_chunks_are_measured_once_and_computed_twice(self):
        seen = []

        def to_logits(own):
            seen.append(len(own))
            return own @ table

        table = torch.randn(5, 11, requires_grad=True)
        own = torch.randn(7, 5, requires_grad=True)
        objective = Objective({"reason": 1, "act": 1, "observation": 0}, "sum", Divergence("forward-kl"))
        predictions = predictions_of(batch_of(["prrraara"], [3] * 8), objective)
        supervised = supervise(predictions, objective, [4, 3, 0])
        result = head(own, to_logits, supervised, None, objective.divergence, True, 22, 11)
        result.loss.backward()
        self.assertEqual(sorted(seen), [1, 1, 2, 2, 2, 2, 2, 2])
        self.assertEqual(result.rows.shape, (7, 3))
        whole = (torch.log_softmax(own @ table, -1)[:, 3] * -1).sum()
        wanted = torch.autograd.grad(whole, [own, table])
        self.assertLess(float((own.grad - wanted[0]).abs().max()), 1e-5)
        self.assertLess(float((table.grad - wanted[1]).abs().max()), 1e-5)

    def test_a_batch_without_predictions_gives_zeros_and_a_way_back(self):
        table = torch.randn(5, 11, requires_grad=True)
        hidden = torch.randn(4, 5, requires_grad=True)
        objective = Objective(
            {"reason": 1, "act": 1, "observation": 0}, "span-mean", Divergence("jsd", beta=0.5)
        )
        predictions = predictions_of(batch_of(["pppp"], [1] * 4), objective)
        supervised = supervise(predictions, objective, [0, 0, 0])
        stored = SimpleNamespace(kind="stored", ids=torch.zeros(4, 2), log_probabilities=torch.zeros(4, 2))
        for teacher in (
            None,
            stored,
            SimpleNamespace(kind="model", logits=lambda at: torch.zeros(len(at), 11)),
        ):
            own = hidden[predictions.positions]
            result = head(
                own, lambda rows: rows @ table, supervised, teacher, objective.divergence, True, 22, 11
            )
            result.loss.backward()
            self.assertEqual(result.loss.item(), 0)
            self.assertEqual(float(result.sums.abs().max()), 0)
            self.assertEqual(float(table.grad.abs().max()), 0)
            self.assertEqual(float(hidden.grad.abs().max()), 0)

    def test_a_number_that_is_not_finite_spoils_its_own_term_only(self):
        objective = Objective({"reason": 1, "act": 1, "observation": 0}, "sum", Divergence("forward-kl"))
        predictions = predictions_of(batch_of(["pra"], [1, 1, 1]), objective)
        supervised = supervise(predictions, objective, [1, 1, 0])
        own = torch.tensor([[math.nan, 0.0], [1.0, 2.0]])
        sums = head(own, lambda rows: rows, supervised, None, objective.divergence).sums
        self.assertTrue(bool(torch.isnan(sums[0, HEAD_SUMS.index("divergence")])))
        self.assertTrue(bool(torch.isfinite(sums[1:]).all()))

    def test_a_model_with_a_wider_or_narrower_table_is_compared_where_both_have_tokens(self):
        objective = Objective({"reason": 1, "act": 1, "observation": 0}, "sum", Divergence("forward-kl"))
        predictions = predictions_of(batch_of(["pra"], [1, 1, 1]), objective)
        supervised = supervise(predictions, objective, [1, 1, 0])
        own, said = torch.randn(2, 9), torch.randn(2, 9)

        def loss(student, teacher):
            model = SimpleNamespace(kind="model", logits=lambda at: said[at][:, :teacher])
            return float(
                head(own[:, :student], lambda rows: rows, supervised, model, objective.divergence).loss
            )

        self.assertEqual(loss(7, 9), loss(7, 7))
        self.assertEqual(loss(9, 7), loss(7, 7))
        self.assertNotEqual(loss(9, 9), loss(7, 7))


class WeightsTest(unittest.TestCase):
    """Against workers/objective/weights.ts they are checked in tests/scale/training.test.ts."""

    def test_every_kind_has_its_term(self):
        self.assertEqual(TERM_OF_KIND[:5].tolist(), [NO_TERM, 0, 1, 2, 2])
        self.assertEqual(int(TERM_OF_KIND[255]), NO_TERM)

    def test_losses_are_those_of_the_design(self):
        """NLL [1, 2, 3] of reason and [4] of act: 2.5 by token mean, 6 by span means, 10 by sum."""
        for normaliser, act, expected in (
            ("token-mean", 1, 2.5),
            ("span-mean", 1, 6),
            ("sum", 1, 10),
            ("weight-sum", 1.5, 12 / 4.5),
        ):
            objective = Objective(
                {"reason": 1, "act": act, "observation": 0}, normaliser, Divergence("forward-kl")
            )
            predictions = predictions_of(batch_of(["prrra"]), objective)
            weights = supervise(predictions, objective, tally(predictions).totals.tolist()).weights
            self.assertAlmostEqual(float(weights @ torch.tensor([1.0, 2, 3, 4])), expected, 5)

    def test_nothing_is_predicted_from_another_window_nor_at_no_weight(self):
        objective = Objective({"reason": 1, "act": 1, "observation": 0}, "sum", Divergence("forward-kl"))
        batch = batch_of(["prrarao"], segments=[0, 0, 0, 0, 1, 1, 1], weights=[1.0, 1, 0, 1, 1, 0.5, 1])
        predictions = predictions_of(batch, objective)
        self.assertEqual(predictions.positions.tolist(), [0, 2, 4])
        self.assertEqual(predictions.own.tolist(), [1, 1, 0.5])
        self.assertEqual(tally(predictions).counts.tolist(), [1, 2, 0])
        self.assertEqual(tally(predictions).totals.tolist(), [1, 1.5, 0])
        with self.assertRaises(ValueError):
            predictions_of(SimpleNamespace(kinds=torch.tensor([[0, 7]], dtype=torch.uint8)), objective)
