"""Small runs as the lab packs them, for tests."""

import hashlib
import json
import zipfile

from sad_scale.byte_level import BYTE_OF_ID, CHARACTER_OF_BYTE

BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False}


def tokenizer_json(merges=("a b", "ab c")):
    """A tokenizer of single bytes and the merges given."""
    names = [CHARACTER_OF_BYTE[byte] for byte in BYTE_OF_ID]
    names += [merge.replace(" ", "") for merge in merges]
    return {
        "model": {
            "type": "BPE",
            "vocab": {name: id_ for id_, name in enumerate(names)},
            "merges": list(merges),
        },
        "pre_tokenizer": BYTE_LEVEL,
        "decoder": BYTE_LEVEL,
        "added_tokens": [{"id": len(names), "content": "<|endoftext|>", "special": True}],
    }


def line(*spans, **fields):
    """A trajectory's line from its spans: (kind, text, step)."""
    spans = [
        {"kind": kind, "text": text, "content": text.strip(), "step": step, "contentAt": 0}
        for kind, text, step in spans
    ]
    return {
        "file": "f.txt",
        "index": 0,
        "format": "x",
        "environment": "unknown",
        "spans": spans,
        "warnings": [],
        **fields,
    }


def lines(count=6):
    """Trajectories of a prompt and some steps."""
    steps = [("reason", "> think: abc\n", "act", "> go\n", "observation", "Seen.\n")] * 3
    return [
        line(
            ("prompt", f"Task {i}.\n", -1),
            *(
                (kind, text, step)
                for step, each in enumerate(steps[: 1 + i % 3])
                for kind, text in zip(each[::2], each[1::2])
            ),
            index=i,
        )
        for i in range(count)
    ]


def jsonl(values):
    """JSON lines."""
    return "".join(f"{json.dumps(value)}\n" for value in values)


def contents(recipe=None, count=6):
    """The files of a run, by name."""
    return {
        "README.txt": b"Hello.",
        "recipe.json": json.dumps(recipe or {}).encode(),
        "tokenizer.json": json.dumps(tokenizer_json()).encode(),
        "trajectories.jsonl": jsonl(lines(count)).encode(),
    }


def about(files, **changed):
    """What run.json tells of files."""
    facts = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    }
    told = {
        "format": "structured-agent-distillation-lab run",
        "version": 1,
        "lab": "0",
        "trajectories": files.get("trajectories.jsonl", b"").count(b"\n"),
        "vocabularySize": 259,
        "tokenizer": facts.get("tokenizer.json", {}).get("sha256"),
        "files": facts,
    }
    return {**told, **changed}


def write_zip(path, files, told=None):
    """RUN.zip of these files; `told` in place of what run.json would tell of them."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
        if told is not False:
            zipped.writestr("run.json", json.dumps(about(files) if told is None else told))
    return path
