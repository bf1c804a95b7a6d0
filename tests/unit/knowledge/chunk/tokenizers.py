"""Tokenizers for tests: as words, as letters, and several tokens on one letter."""

from __future__ import annotations

import re

Spans = list[tuple[int, int]]

_WORDS = re.compile(r"[^\W_]{1,6}|[^\w\s]|_")


def words(text: str) -> Spans:
    """Pieces of words of six letters at most, and every mark by itself, as WordPiece's."""
    return [found.span() for found in _WORDS.finditer(text)]


def letters(text: str) -> Spans:
    """Every letter but white space, between a model's own two tokens."""
    spans = [(at, at + 1) for at, letter in enumerate(text) if not letter.isspace()]
    return [(0, 0), *spans, (0, 0)]


def bytes_of(text: str) -> Spans:
    """Every byte, so that one letter may have four tokens, white space included."""
    return [(at, at + 1) for at, letter in enumerate(text) for _ in letter.encode()]


def none(text: str) -> Spans:
    """No token at all."""
    return []
