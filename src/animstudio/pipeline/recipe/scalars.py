"""What a plain word means: the core schema of YAML 1.2.2, section 10.3.2.

So ``on``, ``no``, ``yes``, ``12:30`` and ``1_000`` are text, and ``0o17`` is 15.
"""

from __future__ import annotations

import math
import re

_WORDS: dict[str, bool | None] = {"": None, "~": None}
_WORDS |= dict.fromkeys(("null", "Null", "NULL"))
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True)
_WORDS |= dict.fromkeys(("false", "False", "FALSE"), False)

_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMERIC = frozenset("0123456789+-.")
_DIGITS = 100


def core_value(text: str) -> str | int | float | bool | None:
    """Return the value of a plain scalar.

    Raises ValueError, with a sentence, for a number that no JSON file can hold.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if _INT.fullmatch(text) or _BASED.fullmatch(text):
        if len(text) > _DIGITS:
            raise ValueError(f"a whole number of more than {_DIGITS} digits")
        return int(text, 0) if _BASED.fullmatch(text) else int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise ValueError("a number too large to calculate with")
        return number
    if _ENDLESS.fullmatch(text):
        raise ValueError(f"{text} is no number that work can be planned with")
    return text
