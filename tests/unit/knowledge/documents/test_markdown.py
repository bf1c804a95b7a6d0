from __future__ import annotations

from pathlib import Path

from tests.unit.knowledge.documents.reading import block, pieces, read

NOTES = """---
title: "Luca, notes"
---

Intro with `code`
over two lines.

# Act **one** #

- first item
  goes on

  and on
- second

1. numbered

Under
lined
-----

| Name | Age |
|------|-----|
| Luca | 13  |
After the table.

```python
# not a heading
x = 1

y = 2
```

> quoted

### Deep

Words.:contentReference[oaicite:3]{index=3}
***
## [Act two](x.md)
"""


def test_blocks(tmp_path: Path):
    document = read(tmp_path, "a.md", NOTES)
    assert document.title == "Luca, notes"
    assert pieces(document) == [
        ("paragraph", '---\ntitle: "Luca, notes"\n---'),
        ("paragraph", "Intro with `code`\nover two lines."),
        ("heading", "# Act **one** #"),
        ("list_item", "- first item\n  goes on\n\n  and on"),
        ("list_item", "- second"),
        ("list_item", "1. numbered"),
        ("heading", "Under\nlined\n-----"),
        ("table", "| Name | Age |\n|------|-----|\n| Luca | 13  |"),
        ("paragraph", "After the table."),
        ("code", "```python\n# not a heading\nx = 1\n\ny = 2\n```"),
        ("paragraph", "> quoted"),
        ("heading", "### Deep"),
        ("paragraph", "Words.:contentReference[oaicite:3]{index=3}"),
        ("paragraph", "***"),
        ("heading", "## [Act two](x.md)"),
    ]


def test_paths_of_headings(tmp_path: Path):
    document = read(tmp_path, "a.md", NOTES)
    assert block(document, "first item").headings == ("Act one",)
    assert block(document, "x = 1").headings == ("Act one", "Under lined")
    assert block(document, "x = 1").language == "python"
    assert block(document, "Words.").headings == ("Act one", "Under lined", "Deep")
    assert document.blocks[-1].headings == ("Act one",)


def test_what_is_left_open_at_the_end(tmp_path: Path):
    assert pieces(read(tmp_path, "a.md", "```\nopen code\n\n# no heading")) == [
        ("code", "```\nopen code\n\n# no heading")
    ]
    assert pieces(read(tmp_path, "b.md", "#\n\n#hashtag\n\nx")) == [
        ("heading", "#"), ("paragraph", "#hashtag"), ("paragraph", "x"),
    ]  # fmt: skip


def test_plain_text(tmp_path: Path):
    text = "My film\n\nChapter 1\n\nOne.\nTwo.\n\n* item\n* other\n\n第二章 海边\n\n他来了。\n"
    document = read(tmp_path, "a.txt", text)
    assert document.title == "My film"
    assert pieces(document) == [
        ("paragraph", "My film"),
        ("heading", "Chapter 1"),
        ("paragraph", "One.\nTwo."),
        ("list_item", "* item"),
        ("list_item", "* other"),
        ("heading", "第二章 海边"),
        ("paragraph", "他来了。"),
    ]
    assert block(document, "他来了").headings == ("第二章 海边",)


def test_underlined_headings_of_plain_text(tmp_path: Path):
    text = "The Film\n========\n\nIntro.\n\nProps\n-----\nWords.\n\nnot\none\n---\n\nEnd\n===\nx\n"
    document = read(tmp_path, "a.rst", text)
    assert document.title == "The Film"
    assert [(b.kind, b.headings) for b in document.blocks] == [
        ("heading", ()),
        ("paragraph", ("The Film",)),
        ("heading", ("The Film",)),
        ("paragraph", ("The Film", "Props")),
        ("paragraph", ("The Film", "Props")),
        ("heading", ()),
        ("paragraph", ("End",)),
    ]
