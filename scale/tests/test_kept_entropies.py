import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import torch

from sad_scale.data.row import Row
from sad_scale.teachers.kept_entropies import kept_entropies


class Teacher:
    """One that counts how often it is asked."""

    dtype = torch.float32

    def __init__(self):
        self.asked = 0

    def entropies(self, dataset, count, recipe):
        self.asked += 1
        return [0.1 * (index + self.asked) for index in range(count)]


def row(trajectory, ids, kind=2):
    values = torch.tensor(ids)
    return Row(trajectory, values, torch.full_like(values, kind), values, values)


class KeptEntropiesTest(unittest.TestCase):
    """Entropies that one run leaves to the next."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cache = Path(folder.name)
        self.teacher = Teacher()

    def measured(self, *rows, path="big", count=2):
        return kept_entropies(
            self.teacher, path, SimpleNamespace(train=rows), count, SimpleNamespace(batchRows=2), self.cache
        )

    def test_are_worked_out_once_for_the_same_rows_in_any_order(self):
        first = self.measured(row(0, [1, 2]), row(1, [3]))
        self.assertEqual(first, [0.1, 0.2])
        self.assertEqual(self.measured(row(1, [3]), row(0, [1, 2])), first)
        self.assertEqual(self.teacher.asked, 1)

    def test_are_worked_out_anew_where_anything_differs(self):
        self.measured(row(0, [1, 2]), row(1, [3]))
        self.measured(row(0, [1, 2]), row(1, [4]))
        self.measured(row(0, [1, 2]), row(1, [3], kind=1))
        self.measured(row(0, [1, 2]), row(0, [3]))
        self.measured(row(0, [1, 2]), row(1, [3]), count=3)
        self.measured(row(0, [1, 2]), row(1, [3]), path="bigger")
        self.teacher.dtype = torch.bfloat16
        self.measured(row(0, [1, 2]), row(1, [3]))
        self.assertEqual(self.teacher.asked, 7)
