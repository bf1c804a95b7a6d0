"""How many tokens a caption has for CLIP's text encoder, counted with its own tokenizer.

`clip_merges.txt.xz` holds the 48,894 merges of CLIP's byte-pair encoding (OpenAI, MIT licence), of
which the vocabulary follows: Radford et al., "Learning transferable visual models from natural
language supervision", 2021.
"""

from __future__ import annotations

import lzma
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MERGES: Final = Path(__file__).with_name("clip_merges.txt.xz")
_WORDS: Final = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""


def count_tokens(text: str) -> int:
    """Return the tokens of a text, without the two that mark its ends."""
    return len(clip_tokenizer().encode(text, add_special_tokens=False).ids)


@lru_cache(maxsize=1)
def clip_tokenizer() -> Tokenizer:
    """Return the tokenizer; it neither cuts nor fills up."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    lines = lzma.decompress(MERGES.read_bytes()).decode().splitlines()
    merges = [(first, second) for first, second in (line.split() for line in lines)]
    signs = _byte_signs()
    words = [*signs, *(f"{sign}</w>" for sign in signs), *("".join(pair) for pair in merges)]
    words += ["<|startoftext|>", "<|endoftext|>"]
    tokenizer = Tokenizer(
        models.BPE(
            vocab={word: number for number, word in enumerate(words)}, merges=merges,
            end_of_word_suffix="</w>", unk_token="<|endoftext|>",
        )
    )  # fmt: skip
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return tokenizer


def _byte_signs() -> list[str]:
    """Return the sign that stands for each byte, in the vocabulary's order: GPT-2's table."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in set(plain)]
    return [chr(byte) for byte in plain] + [chr(256 + n) for n in range(len(rest))]
