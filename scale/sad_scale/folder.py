"""
Student folders: what the lab and transformers (AutoModelForCausalLM, AutoTokenizer) load, written file for
file as workers/models/folder.ts writes it. A folder that is none of the lab's GPT goes to transformers, where
installed.
"""

import importlib.util
from pathlib import Path
from typing import Any, List, Mapping, Optional, Tuple, Union

import torch

from .bpe import END_OF_TEXT
from .errors import ScaleError
from .files import javascript_json, make_folder, read_json, replace_file
from .model import EPSILON, Gpt, GptConfig
from .safetensors import Safetensors, listed, write_safetensors

WEIGHTS = "model.safetensors"
#: Sizes of a model, each with the most that it may be: a damaged file is not to exhaust the memory.
SIZES = {"vocab_size": 2**24, "n_positions": 2**24, "n_embd": 2**16, "n_layer": 1024, "n_head": 2**16}


def write_student(
    folder: Union[str, Path], model: Any, tokenizer: Any, tensors: Optional[Mapping[str, torch.Tensor]] = None
) -> None:
    """
    Writes a student's folder; each file is replaced as a whole.

    :param model: a `Gpt`, or one of `pretrained.py`
    :param tensors: its parameters by name, where the model itself does not hold all of them (being sharded)
    :raises ScaleError: where the disk is full
    """
    folder = Path(folder)
    make_folder(folder)
    if not isinstance(model, Gpt):
        model.save(folder, tensors)
        _save_tokenizer(tokenizer, folder, model.context_length)
        return
    values = tensors if tensors is not None else dict(model.named_parameters())
    # In the lab's order and under its names, whatever the order of what was gathered.
    own = {name: values[name].detach().float() for name, _ in model.named_parameters()}
    write_safetensors(folder / WEIGHTS, own, {"format": "pt"})
    ids = {"bos_token_id": tokenizer.end_of_text_id, "eos_token_id": tokenizer.end_of_text_id}
    _write_json(folder / "config.json", {**_hf_config(model.config), **ids})
    _save_tokenizer(tokenizer, folder, model.context_length)
    generation = {**ids, "pad_token_id": tokenizer.end_of_text_id, "max_length": model.context_length}
    _write_json(folder / "generation_config.json", generation)


def _save_tokenizer(tokenizer: Any, folder: Path, context_length: int) -> None:
    """The lab's tokenizer as the lab writes it, one of transformers as transformers does."""
    if hasattr(tokenizer, "save"):
        tokenizer.save(folder)
        return
    _write_json(folder / "tokenizer.json", tokenizer.to_json())
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": END_OF_TEXT,
            "eos_token": END_OF_TEXT,
            "model_max_length": context_length,
            "clean_up_tokenization_spaces": False,
        },
    )


def _hf_config(config: GptConfig) -> dict:
    """The shape in the words of transformers' GPT2Config."""
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": config.vocabularySize,
        "n_positions": config.contextLength,
        "n_embd": config.width,
        "n_layer": config.layers,
        "n_head": config.heads,
        "activation_function": "gelu_new",
        "layer_norm_epsilon": EPSILON,
        "tie_word_embeddings": True,
        "attn_pdrop": 0,
        "embd_pdrop": 0,
        "resid_pdrop": 0,
    }


def _write_json(path: Path, value: Any) -> None:
    replace_file(path, f"{javascript_json(value, indent=True)}\n".encode())


def read_student(path: Union[str, Path], dtype: torch.dtype = torch.float32) -> Tuple[Any, Any]:
    """
    Reads a student or a teacher: the lab's GPT from its folder with nothing but PyTorch, anything else, which
    may then be a name that transformers knows as well, by transformers.

    :param dtype: of its parameters, for one that is only read; a student is trained in float32
    :return: a model with `.hidden`, `.logits`, `.context_length` and `.vocabulary_size`, and its tokenizer
    :raises ScaleError: naming the file and what is wrong with it, or that transformers is missing
    """
    config, reason = _config_of(path)
    if config is None:
        _require_transformers(reason)
        from .pretrained import read_pretrained

        return read_pretrained(path, dtype)
    folder, where = Path(path), _name_of(path)
    model = _read_gpt(config, Safetensors(folder / WEIGHTS, f"{where}/{WEIGHTS}"))
    tokenizer = _read_tokenizer(folder, where)
    if tokenizer.vocabulary_size > config.vocabularySize:
        raise ScaleError(
            f"{where}: the tokenizer has {tokenizer.vocabulary_size} tokens, the model only "
            f"{config.vocabularySize}; they are not of one folder."
        )
    return model.to(dtype), tokenizer


def read_tokenizer(path: Union[str, Path]) -> Any:
    """
    The tokenizer of what `read_student` reads, without reading the weights.

    :raises ScaleError: see `read_student`
    """
    config, reason = _config_of(path)
    if config is not None:
        return _read_tokenizer(Path(path), _name_of(path))
    _require_transformers(reason)
    from .hf_tokenizer import HfTokenizer

    return HfTokenizer.read(path)


def _config_of(path: Union[str, Path]) -> Tuple[Optional[GptConfig], str]:
    """
    The shape of a lab's GPT whose files are all there; None, and the reason, where transformers has to read
    it.

    :raises ScaleError: where a file is missing
    """
    folder, where = Path(path), _name_of(path)
    if not folder.is_dir():
        return None, f"{path} is no folder on this machine"
    if not (folder / "config.json").exists():
        raise _missing(where, "config.json")
    hf = read_json(folder / "config.json", f"{where}: config.json")
    issues = _issues(hf)
    if issues:
        return None, f"{where}: config.json is not that of a GPT-2 as the lab knows it: {'; '.join(issues)}"
    if not (folder / WEIGHTS).exists() and _other_weights(folder):
        return None, f"{where}: {WEIGHTS} is missing, the weights being in files of another kind"
    for name in (WEIGHTS, "tokenizer.json"):
        if not (folder / name).exists():
            raise _missing(where, name)
    return GptConfig(hf["vocab_size"], hf["n_positions"], hf["n_layer"], hf["n_embd"], hf["n_head"]), ""


def _name_of(path: Union[str, Path]) -> str:
    """How messages name a folder."""
    return str(path).rstrip("/")


def has_transformers() -> bool:
    """Whether transformers is installed."""
    return importlib.util.find_spec("transformers") is not None


def _require_transformers(reason: str) -> None:
    if not has_transformers():
        raise ScaleError(
            f"{reason}; other models are read by transformers, which is not installed "
            '(pip install "transformers>=4.40").'
        )


def _missing(where: str, name: str) -> ScaleError:
    return ScaleError(
        f"{where}: {name} is missing; a student folder holds {WEIGHTS}, config.json and tokenizer.json."
    )


def _other_weights(folder: Path) -> bool:
    return any(folder.glob("*.safetensors.index.json")) or any(folder.glob("pytorch_model*.bin"))


def _issues(hf: Any) -> List[str]:
    """What in a config.json is not as the lab's GPT has it."""
    if not isinstance(hf, dict):
        return ["the whole file must be a JSON object"]
    issues = []

    def expect(key: str, right: Any, otherwise: Any = None) -> None:
        found = hf.get(key, otherwise)
        if found != right or isinstance(found, bool):
            issues.append(
                f"{key} must be {_shown(right)} (it is {_shown(found) if key in hf else 'missing'})"
            )

    expect("model_type", "gpt2")
    for key, most in SIZES.items():
        found = hf.get(key)
        shown = _shown(found) if key in hf else "missing"
        if type(found) is not int:
            issues.append(f"{key} must be a {'whole ' if type(found) is float else ''}number (it is {shown})")
        elif found < 1:
            issues.append(f"{key} must be at least 1 (it is {shown})")
        elif found > most:
            issues.append(f"{key} must be at most {most} (it is {shown})")
    expect("activation_function", "gelu_new", "gelu_new")
    expect("layer_norm_epsilon", EPSILON, EPSILON)
    if issues:
        return issues
    if hf["n_embd"] % hf["n_head"] != 0:
        issues.append(f"n_embd {hf['n_embd']} is no multiple of n_head {hf['n_head']}")
    if hf.get("n_inner") not in (None, 4 * hf["n_embd"]):
        issues.append(f"n_inner must be 4 × n_embd (it is {_shown(hf['n_inner'])})")
    # Switches of GPT2Config that change what is computed.
    for key in ("scale_attn_by_inverse_layer_idx", "add_cross_attention"):
        if hf.get(key):
            issues.append(f"{key} must be false")
    for key in ("scale_attn_weights", "tie_word_embeddings"):
        if hf.get(key) is False:
            issues.append(f"{key} must be true")
    return issues


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    text = javascript_json(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _read_gpt(config: GptConfig, tensors: Safetensors) -> Gpt:
    """:raises ScaleError: for a tensor that is missing, of another shape or not finite, by name"""
    named = {}
    # Checked before anything is allocated: once all shapes are those of the file, so is the sum of their
    # sizes.
    for name, parameter in Gpt(config, device="meta").named_parameters():
        # Some exports of GPT-2 leave the prefix out.
        found = name if name in tensors else name[len("transformer.") :]
        if found not in tensors:
            raise ScaleError(f'{tensors.where}: tensor "{name}" is missing; is this a GPT-2 folder?')
        shape = tensors.shape(found)
        if shape != list(parameter.shape):
            raise ScaleError(
                f'{tensors.where}: tensor "{name}" has shape {listed(shape)} where config.json implies '
                f"{listed(parameter.shape)}."
            )
        named[name] = found
    model = Gpt(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            values = tensors[named[name]]
            if not values.is_floating_point():
                raise ScaleError(f'{tensors.where}: tensor "{name}" holds whole numbers, not weights.')
            if not torch.isfinite(values).all():
                raise ScaleError(
                    f'{tensors.where}: tensor "{name}" holds values that are not finite numbers.'
                )
            parameter.copy_(values)
    return model


def _read_tokenizer(folder: Path, where: str) -> Any:
    """The lab's own where it reads the file, else transformers', where installed."""
    from .tokenizer import tokenizer_from_json

    parsed = read_json(folder / "tokenizer.json", f"{where}: tokenizer.json")
    try:
        return tokenizer_from_json(parsed, f"{where}/tokenizer.json")
    except ScaleError:
        if not has_transformers():
            raise
    from .pretrained import HfTokenizer

    return HfTokenizer.read(folder)
