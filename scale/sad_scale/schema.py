"""
JSON Schema, as far as the lab's recipe uses it (recipe.json, generated from workers/recipe.ts), with the
lab's own words for what is wrong (workers/issues.ts): so that a recipe that one side refuses is refused by
the other with the same sentence.
"""

import math
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from .javascript import LARGEST_SAFE_INTEGER, number_text, plain_number, quote, units
from .json_path import path_problem

LONGEST_VALUE = 40


@dataclass(frozen=True)
class Issue:
    """
    One thing that is wrong with a JSON value.

    :ivar path: the key it is about, dotted; empty for the whole value
    :ivar message: what would be right and what is there, to be read after the key
    :ivar stops: whether what depends on several keys is then not looked at any more
    :ivar bound: whether the value is too large, which says more than another issue of the same key
    """

    path: str
    message: str
    stops: bool = True
    bound: bool = False


def check(schema: Dict[str, Any], value: Any) -> Tuple[Any, List[Issue]]:
    """
    Checks a value and fills in what it leaves out.

    :param schema: a JSON Schema of objects, lists, texts, numbers, truth values, constants, choices and
      unions of objects that a constant key tells apart; keys that it does not name are issues. `rule`, which
      JSON Schema has not, is a function from an object whose keys are sound to what else is wrong with it
    :return: the value with its defaults, keys in the schema's order, and what is wrong with it; the first
      issue of a key alone, a bound before others
    """
    found: List[Issue] = []
    output = _check(schema, value, (), found)
    return output, one_for_each(found)


def one_for_each(found: List[Issue]) -> List[Issue]:
    """One issue for a key, in the order in which they were found."""
    issues: Dict[str, Issue] = {}
    for issue in found:
        if issue.path not in issues or issue.bound:
            issues[issue.path] = issue
    return list(issues.values())


def describe(issues: List[Issue], whole: str) -> str:
    """The issues as one sentence without its full stop: each key, what would be right, what is there."""
    return "; ".join(f"{issue.path or whole} {issue.message}" for issue in issues)


def known_keys(schema: Dict[str, Any]) -> Dict[str, Dict[str, Any]]:
    """The keys that an object may have, those of all variants of a union; empty for what is no object."""
    if "oneOf" in schema:
        return {key: of for variant in schema["oneOf"] for key, of in known_keys(variant).items()}
    return schema.get("properties", {})


def _check(schema: Dict[str, Any], value: Any, path: Tuple[str, ...], found: List[Issue]) -> Any:
    if "oneOf" in schema:
        return _check_union(schema["oneOf"], value, path, found)
    if "const" in schema:
        return _check_choice([schema["const"]], value, path, found)
    if "enum" in schema:
        return _check_choice(schema["enum"], value, path, found)
    return CHECKS[schema["type"]](schema, value, path, found)


def _check_object(schema: Dict[str, Any], value: Any, path: Tuple[str, ...], found: List[Issue]) -> Any:
    if not isinstance(value, dict):
        return _wrong_type("a JSON object", value, path, found)
    output: Dict[str, Any] = {}
    before = len(found)
    for key, of in schema["properties"].items():
        if key in value or "default" in of:
            output[key] = _check(of, value.get(key, of.get("default")), (*path, key), found)
        elif key in schema.get("required", ()):
            _check(of, MISSING, (*path, key), found)
    for key in value:
        if key not in schema["properties"]:
            message = "is an unknown key: remove it or correct its spelling"
            found.append(Issue(".".join((*path, key)), message, stops=False))
    if "rule" in schema and not any(issue.stops for issue in found[before:]):
        found += schema["rule"](output)
    return output


def _check_union(
    variants: List[Dict[str, Any]], value: Any, path: Tuple[str, ...], found: List[Issue]
) -> Any:
    if not isinstance(value, dict):
        return _wrong_type("a JSON object", value, path, found)
    key = next(key for key, of in variants[0]["properties"].items() if "const" in of)
    told = value.get(key, MISSING)
    for variant in variants:
        if _same(variant["properties"][key]["const"], told):
            return _check(variant, value, path, found)
    options = [variant["properties"][key]["const"] for variant in variants]
    return _check_choice(options, told, (*path, key), found)


def _check_choice(options: List[Any], value: Any, path: Tuple[str, ...], found: List[Issue]) -> Any:
    for option in options:
        if _same(option, value):
            return option
    names = [show(option) for option in options]
    names[-2:] = [" or ".join(names[-2:])]
    found.append(Issue(".".join(path), f"must be {', '.join(names)} (it is {show(value)})"))
    return value


def _check_list(schema: Dict[str, Any], value: Any, path: Tuple[str, ...], found: List[Issue]) -> Any:
    if not isinstance(value, list):
        return _wrong_type("a list", value, path, found)
    if _is_more(schema.get("maxItems"), len(value), value, path, found):
        return value
    return [_check(schema["items"], item, (*path, str(i)), found) for i, item in enumerate(value)]


def _check_text(schema: Dict[str, Any], value: Any, path: Tuple[str, ...], found: List[Issue]) -> Any:
    if not isinstance(value, str):
        return _wrong_type("text", value, path, found)
    if units(value) < schema.get("minLength", 0):
        found.append(Issue(".".join(path), f"must not be empty (it is {show(value)})", stops=False))
    _is_more(schema.get("maxLength"), units(value), value, path, found)
    problem = path_problem(value) if schema.get("format") == "json-path" else None
    if problem:
        found.append(Issue(".".join(path), f"must be a path such as turns[*].thought ({problem})"))
    return value


def _is_more(most: Optional[int], size: int, value: Any, path: Tuple[str, ...], found: List[Issue]) -> bool:
    """Whether a list or text is longer than it may be, which is an issue."""
    if most is None or size <= most:
        return False
    message = f"must be at most {most} (it is {show(value)})"
    found.append(Issue(".".join(path), message, stops=False, bound=True))
    return True


def _check_truth(schema: Dict[str, Any], value: Any, path: Tuple[str, ...], found: List[Issue]) -> Any:
    if not isinstance(value, bool):
        return _wrong_type("true or false", value, path, found)
    return value


def _check_number(schema: Dict[str, Any], value: Any, path: Tuple[str, ...], found: List[Issue]) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(_double(value)):
        return _wrong_type("a number", value, path, found)
    number = plain_number(_double(value))
    bounds = [(key, schema[key]) for key in BOUNDS if key in schema]
    if schema["type"] == "integer":
        if not float(number).is_integer():
            return _wrong_type("a whole number", value, path, found)
        bounds = [("minimum", -LARGEST_SAFE_INTEGER), ("maximum", LARGEST_SAFE_INTEGER), *bounds]
    for key, bound in bounds:
        words, breaks = BOUNDS[key]
        if breaks(number, bound):
            message = f"must be {words} {number_text(bound)} (it is {show(value)})"
            found.append(Issue(".".join(path), message, stops=False, bound=key.endswith("aximum")))
    return number


def _wrong_type(wanted: str, value: Any, path: Tuple[str, ...], found: List[Issue]) -> Any:
    found.append(Issue(".".join(path), f"must be {wanted} (it is {show(value)})"))
    return value


def show(value: Any) -> str:
    """A JSON value in a message, long ones cut."""
    if value is MISSING:
        return "missing"
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = quote(value) if isinstance(value, str) else number_text(_double(value))
    if units(text) <= LONGEST_VALUE:
        return text
    # Half a surrogate pair at the end, which the lab would show, cannot be printed.
    return text.encode("utf-16-le")[: 2 * LONGEST_VALUE].decode("utf-16-le", "ignore") + "…"


def _double(value: float) -> float:
    """A JSON number as JavaScript holds it; whole numbers beyond all doubles are infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _same(option: Any, value: Any) -> bool:
    """Whether two JSON values are one and the same; Python takes True for 1."""
    return isinstance(option, bool) == isinstance(value, bool) and option == value


class _Missing:
    """Stands where a key is required and left out."""


MISSING = _Missing()

CHECKS = {
    "object": _check_object,
    "array": _check_list,
    "string": _check_text,
    "boolean": _check_truth,
    "number": _check_number,
    "integer": _check_number,
}

BOUNDS = {
    "minimum": ("at least", lambda value, bound: value < bound),
    "exclusiveMinimum": ("more than", lambda value, bound: value <= bound),
    "maximum": ("at most", lambda value, bound: value > bound),
    "exclusiveMaximum": ("less than", lambda value, bound: value >= bound),
}
