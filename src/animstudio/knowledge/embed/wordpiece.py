"""BERT's tokenizer (uncased English), made from its vocabulary.

`vocabulary.txt` is the one of BERT base uncased (Google, Apache-2.0), which MiniLM uses. It is
shipped here because the package that ships the network has no tokenizer. A ``[SEP]`` that stands
in a document is read as text, never as the model's own mark.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tokenizers import Tokenizer

VOCABULARY: Final = Path(__file__).with_name("vocabulary.txt")
OPEN: Final = 101
"""``[CLS]``, in front of every text."""
CLOSE: Final = 102
"""``[SEP]``, behind it."""


def load_wordpiece() -> Tokenizer:
    """Return the tokenizer; it neither cuts nor fills up, and adds no special tokens."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    words = VOCABULARY.read_text(encoding="utf-8").splitlines()
    numbers = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(
        models.WordPiece(numbers, unk_token="[UNK]", max_input_chars_per_word=100)
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer
