"""
`python -m sad_scale COMMAND …`: recipes of the Structured Agent Distillation Lab on PyTorch distributed.
"""

import importlib
import os
import sys

from .parallel import Agreed, RankLost, lost, sentence_of

USAGE = """usage: python -m sad_scale COMMAND …, or torchrun … -m sad_scale COMMAND … for several ranks

train      trains a student by a recipe: RUN.zip --out DIR [--resume]
score      writes what a teacher predicts of trajectories, for the lab to load
generate   lets a student write, for evaluation elsewhere
act        draws tokens for the lab, whose worlds a student acts in

python -m sad_scale COMMAND --help tells a command's options.
"""

COMMANDS = ("train", "score", "generate", "act")


def main() -> int:
    """
    :return: the exit status
    """
    name, arguments = (sys.argv[1] if len(sys.argv) > 1 else ""), sys.argv[2:]
    if name in ("help", "--help", "-h"):
        sys.stdout.write(USAGE)
        return 0
    if name not in COMMANDS:
        said = f"sad_scale: there is no command {name!r}.\n" if name else ""
        sys.stderr.write(f"{said}{USAGE}")
        return 2
    # Loaded late, as some of it takes long.
    command = importlib.import_module(f"{__package__}.{name}")
    try:
        command.main(arguments)
        return 0
    except KeyboardInterrupt:
        problem, is_told = "It was stopped before its first step.", _rank() == 0
    except Exception as error:
        if _is_of_ranks(error):
            error = RankLost(lost(error))
        problem = sentence_of(error)
        if problem is None:
            raise
        is_told = _rank() == 0 or not isinstance(error, (Agreed, RankLost))
    if is_told:
        sys.stderr.write(f"sad_scale {name}: {problem}\n")
    return 1


def _is_of_ranks(error: Exception) -> bool:
    """Whether a collective of DDP, FSDP or the optimiser was left alone."""
    if not isinstance(error, RuntimeError) or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return False
    words = ("Connection closed by peer", "Connection reset by peer", "NCCL", "gloo", "Gloo", "Broken pipe")
    return any(word in str(error) for word in words)


def _rank() -> int:
    return int(os.environ.get("RANK", "0"))


if __name__ == "__main__":
    status = main()
    if status != 0 and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        # Without taking leave of the other ranks, which might wait for it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
