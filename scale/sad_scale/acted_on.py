"""Which keys of a recipe scale acts on: one that it does not is an error, and never silence."""

from typing import Any, Iterator

from .errors import ScaleError

#: Every key of the lab's schema, with who acts on it. A key that is added there must be added here, by
#: whoever makes scale act on it; tests/test_acted_on.py holds the two together.
ACTED_ON = {
    # recipe.py
    "version": "recipe",
    "objective.arm": "recipe",
    # The order of rows, initial values, and everything else that is drawn.
    "seed": "random",
    "steps": "loop",
    "evaluateEvery": "loop",
    "batchRows": "data.batches",
    "accumulate": "trainer",
    "recompute": "model",
    "evaluate.cotSamples": "reasonings",
    "evaluate.cotTokens": "reasonings",
    # There are no worlds here; that they are left out is said once.
    "evaluate.rollouts.environment": "prepare",
    "evaluate.rollouts.episodes": "prepare",
    "evaluate.rollouts.turnTokens": "prepare",
    # The lab has read the trajectories by these; its reader of steps reads by them what the student writes.
    "reading": "lab_reader",
    "data.contextLength": "data.windows",
    "data.heldOut": "data.split",
    "data.packing": "data.packing",
    # The lab has trained the tokenizer that comes with the run.
    "tokenizer.kind": "prepare",
    "tokenizer.vocabularySize": "bundle",
    "student.kind": "model",
    "student.layers": "model",
    "student.width": "model",
    "student.heads": "model",
    "teacher.kind": "teachers",
    "teacher.source": "teachers",
    "teacher.k": "teachers",
    "teacher.halfPrecision": "teachers",
    "objective.divergence": "divergence",
    "objective.beta": "divergence",
    "objective.alpha": "divergence",
    "objective.hardShare": "divergence",
    "objective.temperature": "divergence",
    "objective.temperatureSquared": "divergence",
    "objective.lambda.reason": "objective",
    "objective.lambda.act": "objective",
    "objective.lambda.observation": "objective",
    "objective.normaliser": "objective",
    "objective.spans": "objective",
    "objective.weights.trajectory": "data.token_weights",
    "objective.weights.stepDecay": "data.token_weights",
    "objective.thoughtCap": "data.token_weights",
    "onPolicy.share": "on_policy",
    "onPolicy.maxTokens": "on_policy",
    "onPolicy.temperature": "on_policy",
    "curriculum.order": "data.curriculum",
    "curriculum.alpha": "data.curriculum",
    "curriculum.beta": "data.curriculum",
    "curriculum.gamma": "data.curriculum",
    "curriculum.pacing": "data.curriculum",
    "optimiser.kind": "optimiser",
    "optimiser.learningRate": "schedule",
    "optimiser.warmupSteps": "schedule",
    "optimiser.schedule": "schedule",
    "optimiser.weightDecay": "optimiser",
    "optimiser.clipNorm": "optimiser",
}


def keys_of(value: Any, path: str = "") -> Iterator[str]:
    """The paths of a recipe's values; of `reading`, which is the lab's own affair, one for all."""
    if isinstance(value, dict) and path != "reading":
        for key, inner in value.items():
            yield from keys_of(inner, f"{path}.{key}" if path else key)
    else:
        yield path


def refuse_unknown(recipe: Any) -> None:
    """:raises ScaleError: for keys that nothing here acts on"""
    strange = [key for key in keys_of(recipe.to_json()) if key not in ACTED_ON]
    if strange:
        raise ScaleError(
            f"This sad_scale does not act on the recipe's {' and '.join(strange)}: take the one that comes "
            "with the lab that wrote the recipe."
        )
