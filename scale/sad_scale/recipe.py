"""
Recipes, as the lab has them (workers/recipe.ts). Keys, bounds, defaults and what the arms fill in stand in
recipe.json, which `npm run scale:recipe` writes from the lab's own schema.
"""

import copy
import json
import pkgutil
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List

from .contradictions import contradictions
from .errors import ScaleError
from .javascript import parse_json
from .schema import Issue, check, describe, known_keys, show


class Recipe:
    """
    A recipe with every switch filled in, or a part of one. Keys are attributes under their JSON names
    (`recipe.objective.divergence`); `lambda`, a word of Python's, is `lambda_`. What a recipe may leave out
    and does is None.
    """

    def __init__(self, values: Dict[str, Any], schema: Dict[str, Any]):
        self._values = values
        self._schema = schema

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name.rstrip("_")]

    def __getitem__(self, key: str) -> Any:
        keys = known_keys(self._schema)
        if key not in keys:
            raise AttributeError(f"a recipe has no key {key!r} here, only {', '.join(keys)}")
        value = self._values.get(key)
        return Recipe(value, keys[key]) if isinstance(value, dict) else value

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Recipe) and self._values == other._values

    def __repr__(self) -> str:
        return f"Recipe({json.dumps(self._values)})"

    def to_json(self) -> Dict[str, Any]:
        """The recipe as JSON, keys in the order in which the lab writes them."""
        return copy.deepcopy(self._values)


def read_recipe(path: Path) -> Recipe:
    """
    Reads a recipe from a JSON file.

    :raises ScaleError: where there is no such file, it is no JSON or no recipe
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise ScaleError(f"The recipe {path} cannot be read: {problem}.") from None
    return recipe_from_text(text, str(path))


def recipe_from_text(text: str, where: str) -> Recipe:
    """
    Reads a recipe from JSON text.

    :param where: what to call it in messages
    :raises ScaleError: where the text is no JSON or no recipe
    """
    try:
        value = parse_json(text)
    except (ValueError, RecursionError) as problem:
        raise ScaleError(f"{where} is no JSON ({problem}); write it anew from the lab's page.") from None
    return parse_recipe(value, where)


def parse_recipe(value: Any, where: str = "The recipe") -> Recipe:
    """
    Checks a recipe and fills in its defaults.

    :param value: a parsed JSON value, not yet trusted
    :param where: what to call it in messages, e.g. the file's name
    :raises ScaleError: naming every key that is unknown or out of bounds, and every contradiction
    """
    schema = definitions()["schema"]
    parsed, issues = check(schema, value)
    if issues:
        raise ScaleError(f"{where}: {describe(issues, 'the whole recipe')}.")
    return Recipe(_fill_in(parsed), schema)


@lru_cache(maxsize=None)
def definitions() -> Dict[str, Any]:
    """
    What recipe.json holds: `schema`, `armSwitches`, and the defaults `beta` of jsd and `alpha` of skew-kl.
    """
    told = json.loads(pkgutil.get_data(__package__, "recipe.json").decode())
    told["schema"]["rule"] = _contradictions
    told["schema"]["properties"]["student"]["rule"] = _width_of_heads
    return told


def _width_of_heads(student: Dict[str, Any]) -> List[Issue]:
    width, heads = student["width"], student["heads"]
    if heads != 0 and width % heads == 0:
        return []
    message = f"must be a multiple of student.heads ({show(width)} is no multiple of {show(heads)})"
    return [Issue("student.width", message, stops=False)]


def _switches(parsed: Dict[str, Any]) -> Dict[str, Any]:
    return definitions()["armSwitches"][parsed["objective"]["arm"]]


def _contradictions(parsed: Dict[str, Any]) -> List[Issue]:
    arm = _switches(parsed)
    return contradictions(
        parsed,
        divergence=parsed["objective"].get("divergence", arm["divergence"]),
        order=parsed["curriculum"].get("order", arm["order"]),
        share=parsed["onPolicy"].get("share", arm["onPolicyShare"]),
    )


def _fill_in(parsed: Dict[str, Any]) -> Dict[str, Any]:
    """What the recipe leaves out, from its arm; keys in the order in which `parseRecipe` gives them."""
    arm = _switches(parsed)
    objective = parsed["objective"]
    divergence = objective.get("divergence", arm["divergence"])
    coefficients = {}
    for key, owner in (("beta", "jsd"), ("alpha", "skew-kl")):
        if divergence == owner:
            coefficients[key] = objective.get(key, definitions()[key])
    return {
        **parsed,
        "objective": {
            **objective,
            **coefficients,
            "divergence": divergence,
            "lambda": {kind: objective["lambda"].get(kind, weight) for kind, weight in arm["lambda"].items()},
            "normaliser": objective.get("normaliser", arm["normaliser"]),
            "spans": objective.get("spans", arm["spans"]),
        },
        "curriculum": {
            **parsed["curriculum"],
            "order": parsed["curriculum"].get("order", arm["order"]),
        },
        "onPolicy": {
            **parsed["onPolicy"],
            "share": parsed["onPolicy"].get("share", arm["onPolicyShare"]),
        },
    }
