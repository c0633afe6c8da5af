"""Python's side of teachers.test.ts: reads what the lab has put into a folder, and says what it makes of it."""

import json
import sys
import traceback
from pathlib import Path

import torch

from sad_scale.data.batches import pad_rows
from sad_scale.data.dataset import build_dataset
from sad_scale.errors import ScaleError
from sad_scale.folder import read_student
from sad_scale.recipe import parse_recipe
from sad_scale.score import main as score
from sad_scale.teachers.beside import BesideTeacher
from sad_scale.teachers.capture import Capture
from sad_scale.teachers.capture_format import content_hash
from sad_scale.teachers.capture_writer import CaptureWriter
from sad_scale.teachers.reading import Job
from sad_scale.teachers.report import report_targets
from sad_scale.teachers.sources import capture_targets
from sad_scale.teachers.stored import StoredTeacher
from sad_scale.teachers.targets import FileTargets
from sad_scale.teachers.writing import StudentTokens
from sad_scale.tokenizer import tokenizer_from_json
from sad_scale.trajectories import Trajectories

work = Path(sys.argv[1])
asked = json.loads((work / "asked.json").read_bytes())
trajectories = Trajectories([work / "spans.jsonl"])
K = asked["k"]


def tokenizer(name):
    return tokenizer_from_json(json.loads((work / f"{name}.json").read_bytes()), name)


def listed(targets):
    if targets is None:
        return None
    logs = targets.log_probabilities.flatten().tolist()
    return {
        "k": targets.k,
        "ids": targets.ids.flatten().tolist(),
        "logs": logs,
        "origins": targets.origins.tolist(),
    }


def read():
    capture = Capture(work / "lab.capture", "lab")
    writer = CaptureWriter(work / "again.part", capture.model, capture.k, capture.tokenizer, "x")
    entries = []
    for trajectory in trajectories:
        one = capture.get(content_hash(trajectory.text))
        writer.add(content_hash(trajectory.text), one)
        entries.append(
            {
                "ids": one.ids.tolist(),
                "written": one.written.tolist(),
                "topIds": one.top_ids.flatten().tolist(),
                "top": one.top.flatten().tolist(),
            }
        )
    writer.finish(work / "again.capture")
    return {"entries": entries, "header": [capture.model, capture.k, len(capture), capture.tokens]}


def wide():
    capture = Capture(work / "lab.capture")
    writer = CaptureWriter(work / "wide.part", "wide", capture.k, tokenizer("wide"))
    for trajectory in trajectories:
        one = capture.get(content_hash(trajectory.text))
        one.top_ids[:, -1] = asked["widest"]
        writer.add(content_hash(trajectory.text), one)
    writer.finish(work / "wide.capture")
    return Capture(work / "wide.capture").get(content_hash(trajectories[0].text)).top_ids[:, -1].tolist()


def damaged():
    said = {}
    for name in asked["damaged"]:
        try:
            capture = Capture(work / name, name)
            for one in trajectories:
                capture.get(content_hash(one.text))
        except ScaleError as error:
            said[name] = str(error)
    return said


def targets():
    capture = Capture(work / "lab.capture")
    found = {}
    for name in asked["students"]:
        source = capture_targets(capture, trajectories, tokenizer(name))
        found[name] = [listed(source(i)) for i in range(len(trajectories))]
    return found


def files():
    source = FileTargets(work / "targets.safetensors", len(trajectories))
    return [listed(source(i)) for i in range(len(trajectories))]


def stored():
    recipe = parse_recipe(asked["recipe"], "recipe")
    own = tokenizer("other")
    source = capture_targets(Capture(work / "lab.capture"), trajectories, own)
    data = build_dataset(trajectories, own, recipe)
    batch = pad_rows([data.train[i] for i in range(3)], 4, data.row_length)
    teacher = StoredTeacher(source)
    said = teacher.consult(batch)
    return {
        "before": batch.kinds.flatten().tolist(),
        "kinds": teacher.supervised(batch).kinds.flatten().tolist(),
        "ids": said.ids.tolist(),
        "logs": said.log_probabilities.tolist(),
        "entropies": teacher.entropies(data, len(trajectories), recipe),
        "report": list(vars(report_targets(source, trajectories, own)).values()),
    }


def scored():
    files_and_teacher = [str(work / "spans.jsonl"), "--teacher", str(work), "--k", str(K)]
    score([*files_and_teacher, "--out", str(work / "scored.capture"), "--device", "cpu"])


def entropies():
    asked["recipe"]["data"]["contextLength"] = asked["teacherReads"]
    recipe = parse_recipe(asked["recipe"], "recipe")
    model, own = read_student(work)
    teacher = BesideTeacher(model, device=torch.device("cpu"), dtype=torch.float32)
    return teacher.entropies(build_dataset(trajectories, own, recipe), len(trajectories), recipe)


def aligned():
    capture = Capture(work / "lab.capture")
    student, teacher = tokenizer("other"), capture.tokenizer
    writing = StudentTokens(student, teacher, K + 1)
    writer = CaptureWriter(work / "aligned.part", "big, aligned", K + 1, student)
    for trajectory in trajectories:
        one = capture.get(content_hash(trajectory.text))
        job = Job(trajectory, content_hash(trajectory.text), one.ids.tolist(), teacher.end_of_text_id)
        # The lab puts nothing in front of a text, so that of its first token nothing is known.
        job.written = torch.cat([torch.tensor([-1.0]), one.written])
        job.top_ids = torch.cat([torch.full((1, K), -1, dtype=torch.int32), one.top_ids])
        job.top = torch.cat([torch.zeros(1, K), one.top])
        writer.add(job.hash, writing.captured(job))
    writer.finish(work / "aligned.capture")


if __name__ == "__main__":
    said = {}
    for section in (read, wide, damaged, targets, files, stored, scored, entropies, aligned):
        try:
            said[section.__name__] = {"answer": section()}
        except Exception:
            said[section.__name__] = {"problem": traceback.format_exc()}
    (work / "said.json").write_text(json.dumps(said))
