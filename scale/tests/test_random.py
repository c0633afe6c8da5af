import unittest

from sad_scale.random import Random


class RandomTest(unittest.TestCase):
    """Of itself; against workers/random.ts it is checked in tests/scale/random.test.ts."""

    def test_many_numbers_are_those_one_after_another(self):
        one, many = Random(4294967295), Random(4294967295)
        self.assertEqual([one.next() for _ in range(1000)], many._many(1000).tolist())
        self.assertEqual(one.next(), many.next())

    def test_normals_go_on_where_the_last_ended(self):
        once, twice = Random(7), Random(7)
        self.assertEqual(
            once.normals(5).tolist(), twice.normals(2).tolist() + twice.normals(3).tolist()
        )
