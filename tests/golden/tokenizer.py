"""
Writes tokenizer.json beside it: what Hugging Face's Rust tokenizers make of a small invented text, so that training,
encoding and the file format of workers/tokenizer are held against code that is not ours.

    pip install tokenizers==0.23.2 && python tests/golden/tokenizer.py
"""

import json
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

LINES = [
    "You are in the middle of a kitchen. Looking around, you see a cabinet 1, a drawer 2, a fridge 1.",
    "Your task is to: put a clean mug in the coffee machine.",
    "> think: To solve the task, I need to find a mug, clean it, then put it in the coffee machine.",
    "OK.",
    "> go to cabinet 1\nThe cabinet 1 is closed.\n> open cabinet 1\nYou open the cabinet 1. In it, you see a mug 3.",
    "Thought 1: I'll take the mug, because it's what the task wants; they've left it here and we're near the sink.",
    "Action 1: Search[the mug that wasn't clean]\nObservation 1: Could not find it. Similar: ['mug', 'cup', 'bowl'].",
    "Thought 2: So I don't know yet.   Three spaces, then\ttabs\t\tand\n\n\nempty lines.",
    "Action 2: Finish[yes]",
    "Größe, café, naïve, Ελληνικά, русский, 日本語の文章, 한국어, عربى, हिन्दी 😀 👩‍👩‍👧 aaaa aaaaa aaaaaaa 1234567890 12 123",
]
TEXT = "\n".join(LINES * 3)

CASES = [
    *LINES,
    "",
    " ",
    "\n",
    "  leading and trailing  ",
    "a  b   c    d\t e \n f\r\ng\u00a0h\u3000i\u2028j",
    "\u0085next line and \ufeffa byte order mark\ufeff",
    "I'm you're he's she'd we'll they've don't 'tis 'S 'LL can’t",
    "x=1;y[2]+={'k': \"v\"}; // <tag> && || !== #hash @name $5.00 100% 3½ ² Ⅷ ٣",
    "e\u0301 \U0001f1e9\U0001f1ea \U0001f9d1\U0001f3fd\u200d\U0001f680 \U00020bb7野家",
    "abababab mugmugmug cabinetcabinet",
    "\u0000\u0001\u007f\u0080\u009f\u00ad",
]

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
tokenizer.train_from_iterator(
    [TEXT],
    trainers.BpeTrainer(
        vocab_size=639,
        min_frequency=2,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    ),
)
tokenizer.add_special_tokens([AddedToken("<|endoftext|>", special=True, normalized=False)])

golden = {
    "versions": {"tokenizers": tokenizers.__version__},
    "text": TEXT,
    "vocabularySize": tokenizer.get_vocab_size(),
    "tokenizer": json.loads(tokenizer.to_str()),
    "cases": [
        {
            "text": case,
            "ids": tokenizer.encode(case).ids,
            # Offsets in code points, as Hugging Face counts them.
            "offsets": [list(pair) for pair in tokenizer.encode(case).offsets],
        }
        for case in CASES
    ],
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, ensure_ascii=True) + "\n")
