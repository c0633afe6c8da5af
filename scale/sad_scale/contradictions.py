"""Switches of a recipe that contradict each other, in the lab's words (workers/contradictions.ts)."""

from typing import Any, Dict, List

from .javascript import number_text
from .schema import Issue

#: The source of a stored teacher that means the log-probabilities in the trajectories' own files.
FILES = "trajectories"

Parsed = Dict[str, Any]


def contradictions(recipe: Parsed, divergence: str, order: str, share: float) -> List[Issue]:
    """
    What contradicts what, each a sentence that names both.

    :param recipe: of sound fields, before its arm has filled in what it left out
    :param divergence: the recipe's own or else its arm's, as `order` and `share`, which is that of the rows
      on policy
    """
    issues = [*_of_objective(recipe, divergence), *_of_teacher(recipe)]
    if share > 0:
        issues += _of_on_policy(recipe, divergence)
    issues += _of_curriculum(recipe["curriculum"], order)
    rows, parts = recipe["batchRows"], recipe["accumulate"]
    if parts == 0 or rows % parts != 0:
        message = f"must divide batchRows ({number_text(rows)} is no multiple of {number_text(parts)})"
        issues.append(Issue("accumulate", message))
    return issues


def _of_objective(recipe: Parsed, divergence: str) -> List[Issue]:
    objective, teacher = recipe["objective"], recipe["teacher"]["kind"]
    issues = []

    def add(key: str, message: str) -> None:
        issues.append(Issue(f"objective.{key}", message))

    for key, owner in (("beta", "jsd"), ("alpha", "skew-kl")):
        if key in objective and divergence != owner:
            add(
                key,
                f'belongs to objective.divergence "{owner}" and the divergence is "{divergence}": remove one'
                " of them",
            )
    if objective["temperature"] != 1:
        if divergence == "cross-entropy":
            add(
                "temperature",
                'must be 1 where objective.divergence is "cross-entropy", which asks for no teacher’s logits'
                " to divide",
            )
        elif teacher == "model" and recipe["tokenizer"]["kind"] == "train-bpe":
            add(
                "temperature",
                "must be 1 where a model teaches a student with a tokenizer of its own (tokenizer.kind "
                '"train-bpe"): what is captured of it is not all of its logits',
            )
        elif teacher != "model":
            add(
                "temperature",
                f'must be 1 where teacher.kind is "{teacher}": only a model’s logits can be divided, of'
                " anything else not all are known",
            )
    if objective["hardShare"] > 0 and divergence == "cross-entropy":
        add("hardShare", 'must be 0 where objective.divergence is "cross-entropy", which is nothing but that')
    elif objective["hardShare"] == 1:
        add(
            "hardShare",
            f'must be less than 1, as it leaves nothing of objective.divergence "{divergence}": choose '
            '"cross-entropy" instead',
        )
    return issues


def _of_teacher(recipe: Parsed) -> List[Issue]:
    teacher = recipe["teacher"]
    if recipe["tokenizer"]["kind"] == "train-bpe":
        return []
    if teacher["kind"] == "text":
        message = 'must be "train-bpe" where teacher.kind is "text", since a text brings no tokenizer'
        return [Issue("tokenizer.kind", message)]
    if teacher["kind"] == "stored" and teacher["source"] == FILES:
        message = (
            f'must be "train-bpe" where teacher.source is "{FILES}", since their log-probabilities bring no'
            " tokenizer"
        )
        return [Issue("tokenizer.kind", message)]
    if teacher["kind"] == "model" and "k" in teacher:
        message = (
            'must be left out where tokenizer.kind is "teacher": the model then runs beside the student, and'
            " all of its vocabulary counts"
        )
        return [Issue("teacher.k", message)]
    return []


def _of_on_policy(recipe: Parsed, divergence: str) -> List[Issue]:
    def zero(where: str) -> List[Issue]:
        return [Issue("onPolicy.share", f"must be 0 where {where}")]

    if recipe["teacher"]["kind"] != "model" or recipe["tokenizer"]["kind"] != "teacher":
        return zero(
            'no model runs beside the student (teacher.kind "model" with tokenizer.kind "teacher"): nobody'
            " else can score what the student writes"
        )
    hard = recipe["objective"]["hardShare"]
    if divergence == "cross-entropy" or hard > 0:
        return zero(
            f'objective.divergence is "{divergence}" with a hardShare of {number_text(hard)}: the recorded'
            " token would be the student’s own"
        )
    if recipe["data"]["packing"]:
        return zero("data.packing is on: what the student writes has no room in a full row")
    return []


def _of_curriculum(curriculum: Parsed, order: str) -> List[Issue]:
    sorts = order in ("easy-first", "hard-first")
    if not sorts or curriculum["alpha"] + curriculum["beta"] + curriculum["gamma"] > 0:
        return []
    message = (
        f'is "{order}" and curriculum.alpha, beta and gamma are all 0, so there is nothing to sort by: raise'
        ' one of them, or choose "random"'
    )
    return [Issue("curriculum.order", message)]
