import json
import struct
import tempfile
import unittest
from pathlib import Path

import torch

from sad_scale.errors import ScaleError
from sad_scale.files import javascript_json, replace_file, replace_files
from sad_scale.safetensors import Safetensors, write_safetensors


class FilesTest(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = Path(place.name)

    def test_a_file_that_cannot_be_written_leaves_the_one_before(self):
        path = self.folder / "a"
        replace_file(path, b"before")

        def fill_the_disk(file):
            file.write(b"half")
            raise OSError(28, "No space left on device")

        with self.assertRaisesRegex(ScaleError, "No space left on device; what was there before is intact"):
            replace_file(path, fill_the_disk)

        def fill_the_disk_of_several(part):
            Path(part, "a").write_bytes(b"half")
            raise OSError(28, "No space left on device")

        with self.assertRaisesRegex(ScaleError, "No space left on device"):
            replace_files(self.folder, fill_the_disk_of_several)
        self.assertEqual([(one.name, one.read_bytes()) for one in self.folder.iterdir()], [("a", b"before")])

    def test_whatever_goes_wrong_no_half_a_file_stays(self):
        def give_up(file):
            file.write(b"half")
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            replace_file(self.folder / "a", give_up)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_json_is_written_as_javascript_writes_it(self):
        value = {
            "b": 1e-5,
            "10": [1e21, 1e-7, 2.0, -0.0, float("nan")],
            "2": {},
            "x": "\ud800é\x1f\x7f\n",
            "y": [[], None, True],
        }
        self.assertEqual(
            javascript_json(value),
            '{"2":{},"10":[1e+21,1e-7,2,0,null],"b":0.00001,"x":"\\ud800é\\u001f\x7f\\n","y":[[],null,true]}',
        )
        indented = javascript_json({"a": [1, {"b": 2}], "c": {}}, indent=True)
        self.assertEqual(indented, json.dumps({"a": [1, {"b": 2}], "c": {}}, indent=2))


class SafetensorsTest(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.path = Path(place.name, "x.safetensors")

    def raw(self, header, body):
        head = header if isinstance(header, bytes) else json.dumps(header).encode()
        self.path.write_bytes(struct.pack("<Q", len(head)) + head + body)

    def test_what_is_written_is_read_of_every_type_and_shape(self):
        tensors = {
            "scalar": torch.tensor(3.5),
            "half": torch.tensor([1.5, -2.0]).half(),
            "brain": torch.tensor([[1.5], [-2.0]]).bfloat16(),
            "empty": torch.empty(0, 3),
            "bytes": torch.tensor([0, 255, 7], dtype=torch.uint8),
            "ints": torch.tensor([-(2**31)], dtype=torch.int32),
            "longs": torch.tensor([2**62]),
            "turned": torch.arange(6.0).view(2, 3).t(),
        }
        write_safetensors(self.path, tensors, {"a": "b"})
        read = Safetensors(self.path)
        self.assertEqual((list(read), read.metadata), (list(tensors), {"a": "b"}))
        for name, tensor in tensors.items():
            self.assertTrue(torch.equal(read[name], tensor) and read[name].dtype == tensor.dtype, name)
        # What is done to a tensor is not done to the file.
        read["turned"].zero_()
        self.assertEqual(Safetensors(self.path)["turned"].sum(), 15)

    def test_values_need_not_lie_at_a_multiple_of_their_size(self):
        self.raw(
            {"a": {"dtype": "F32", "shape": [2], "data_offsets": [1, 9]}}, b"x" + struct.pack("<2f", 1.5, 2.5)
        )
        self.assertEqual(Safetensors(self.path)["a"].tolist(), [1.5, 2.5])

    def test_damage_is_told_by_what_is_wrong(self):
        entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
        for header, body, told in (
            (b"{", b"", "its header is broken"),
            (b"[]", b"", "its header is no JSON object"),
            ({"a": entry}, b"1234567", 'it ends inside tensor "a"'),
            ({"a": {**entry, "shape": [3]}}, b"12345678", r'tensor "a" has 8 bytes for shape \[3\]'),
            ({"a": {**entry, "shape": [-2]}}, b"12345678", 'the entry of tensor "a" is broken'),
            ({"a": 3}, b"", 'the entry of tensor "a" is broken'),
        ):
            self.raw(header, body)
            with self.assertRaisesRegex(
                ScaleError, f"x.safetensors is not a readable safetensors file: {told}"
            ):
                Safetensors(self.path)
        self.raw({"a": {**entry, "dtype": "F8"}, "b": entry}, b"12345678")
        self.assertEqual(Safetensors(self.path)["b"].shape, (2,))
        with self.assertRaisesRegex(ScaleError, 'tensor "a" is F8; what is read is F32'):
            Safetensors(self.path)["a"]


if __name__ == "__main__":
    unittest.main()
