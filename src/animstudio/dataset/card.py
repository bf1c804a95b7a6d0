"""A dataset's card, for people: ``card.md``, ``card.html``, and ``contact_sheet.html``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from animstudio.dataset.info import steps_of
from animstudio.dataset.page import bar, facts, figure, page, table
from animstudio.dataset.records import CharacterRecord, Manifest, PictureRecord, Rejected

SHOWN: Final = 12
"""Pictures of a character on the card; the contact sheet has all."""


def write_pages(manifest: Manifest, folder: Path) -> None:
    """Write the card and the contact sheet below a folder of drafts."""
    pages = {"card.md": markdown(manifest), "card.html": card_page(manifest),
             "contact_sheet.html": contact_sheet(manifest)}  # fmt: skip
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


def markdown(manifest: Manifest) -> str:
    """Return the card as Markdown."""
    steps = steps_of(manifest)
    lines = [
        f"# {_title(manifest)}", "", _lead(manifest), "",
        "| character | trigger | train | validation | repeats | left out |",
        "|---|---|--:|--:|--:|--:|",
    ]  # fmt: skip
    for one in manifest.characters:
        out = sum(gone.character == one.name for gone in manifest.rejected)
        lines.append(f"| {one.name} | {one.trigger} | {one.train} | {one.validation} "
                     f"| {one.repeats} | {out} |")  # fmt: skip
    lines += [f"\n**{one.name}**: {one.note}." for one in manifest.characters if one.note]
    lines += [
        "",
        f"{steps.pictures_per_epoch} pictures an epoch with repeats, "
        f"{steps.steps_per_epoch} steps; {steps.epochs} epochs are {steps.total} steps.",
    ]
    if manifest.rejected:
        lines += ["", "## Left out", "", "| why | pictures |", "|---|--:|"]
        lines += [f"| {why} | {count} |" for why, count in _reasons(manifest.rejected)]
        lines += ["", "Every one is in `rejected.json` with its number; the files stay where they "
                  "are. `--keep NAME` takes one in."]  # fmt: skip
    lines += [f"\n{_sentence(one)}" for one in manifest.not_checked]
    lines += ["", "## Where from", "", *(f"- {line}" for line in _origins(manifest))]
    return "\n".join(lines) + "\n"


def card_page(manifest: Manifest) -> str:
    """Return the card as a page."""
    steps = steps_of(manifest)
    body = [
        f"<h1>{escape(_title(manifest))}</h1><p class=soft>{escape(_lead(manifest))} "
        '<a href="contact_sheet.html">All pictures</a></p>',
        facts([
            ("pictures", str(len(manifest.pictures))),
            ("left out", str(len(manifest.rejected))),
            ("layout", manifest.style),
            ("an epoch", f"{steps.steps_per_epoch} steps"),
            (f"{steps.epochs} epochs", f"{steps.total} steps"),
        ]),
        "<h2>Characters</h2>", _characters(manifest),
    ]  # fmt: skip
    if manifest.rejected:
        most = max(count for _, count in _reasons(manifest.rejected))
        rows = [[escape(why), str(count), bar(count / most)]
                for why, count in _reasons(manifest.rejected)]  # fmt: skip
        body += ["<h2>Left out</h2>", table(["why", "pictures", ""], rows, [1])]
    body += [f"<p class=soft>{escape(_sentence(one))}</p>" for one in manifest.not_checked]
    body += ["<h2>Sizes</h2>", _sizes(manifest), "<h2>Where from</h2><ul>",
             *(f"<li>{escape(line)}</li>" for line in _origins(manifest)), "</ul>"]  # fmt: skip
    for one in manifest.characters:
        own = [p for p in manifest.pictures if p.character == one.name]
        if own:
            body.append(f"<h2>{escape(one.name)}</h2>{_grid(_spread(own, SHOWN))}")
    return page(_title(manifest), "\n".join(body))


def contact_sheet(manifest: Manifest) -> str:
    """Return a page with every picture, and every one that was left out with its reason."""
    body = ['<h1>All pictures</h1><p class=soft><a href="card.html">The card</a></p>']
    for one in manifest.characters:
        own = [p for p in manifest.pictures if p.character == one.name]
        out = [gone for gone in manifest.rejected if gone.character == one.name]
        body.append(f"<h2>{escape(one.name)}</h2><p class=soft>{_count(len(own), 'picture')}</p>")
        body.append(_grid(own))
        if out:
            figures = [figure(gone.source, f"{gone.reason}: {gone.said}", gone.name)
                       for gone in out if gone.reason != "unreadable"]  # fmt: skip
            body.append(f"<h3>Left out: {len(out)}</h3><div class=grid>{''.join(figures)}</div>")
            unread = [f"<li><code>{escape(gone.source)}</code> {escape(gone.said)}</li>"
                      for gone in out if gone.reason == "unreadable"]  # fmt: skip
            body.append(f"<ul>{''.join(unread)}</ul>" if unread else "")
    return page("All pictures", "\n".join(body))


def _grid(pictures: Sequence[PictureRecord]) -> str:
    figures = [
        figure(one.file, one.caption, f"{one.name}, {one.width}x{one.height}, sharpness "
               f"{one.measured.sharpness:g}") for one in pictures
    ]  # fmt: skip
    return f"<div class=grid>{''.join(figures)}</div>"


def _spread(pictures: Sequence[PictureRecord], count: int) -> list[PictureRecord]:
    step = max(1.0, len(pictures) / count)
    return [pictures[int(n * step)] for n in range(min(count, len(pictures)))]


def _characters(manifest: Manifest) -> str:
    most = max((one.train for one in manifest.characters), default=1) or 1
    rows = [
        [escape(one.name) + (f"<br><small>{escape(one.note)}</small>" if one.note else ""),
         escape(one.trigger), str(one.seen), str(one.train), str(one.validation),
         str(one.repeats), str(one.train * one.repeats), bar(one.train / most)]
        for one in manifest.characters
    ]  # fmt: skip
    head = ["character", "trigger", "seen", "train", "validation", "repeats", "an epoch", ""]
    return table(head, rows, [2, 3, 4, 5, 6])


def _sizes(manifest: Manifest) -> str:
    counts = Counter((one.width, one.height) for one in manifest.pictures)
    most = max(counts.values(), default=1)
    rows = [[f"{width} x {height}", str(count), bar(count / most)]
            for (width, height), count in sorted(counts.items())]  # fmt: skip
    return table(["width x height", "pictures", ""], rows, [1])


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _title(manifest: Manifest) -> str:
    names = [one.name for one in manifest.characters]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _lead(manifest: Manifest) -> str:
    shown = [one for one in manifest.characters if one.train + one.validation]
    return (
        f"{_count(len(manifest.pictures), 'picture')} of {_count(len(shown), 'character')}, laid "
        f"out for {manifest.style}; {len(manifest.rejected)} left out."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _reasons(left: Sequence[Rejected]) -> list[tuple[str, int]]:
    counts = Counter(one.reason for one in left)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _origins(manifest: Manifest) -> list[str]:
    """Return in words which films and folders the pictures are from."""
    films = Counter(p.provenance.film for p in manifest.pictures if p.provenance.film)
    shots: dict[str, set[int | None]] = {}
    for one in manifest.pictures:
        if one.provenance.film:
            shots.setdefault(one.provenance.film, set()).add(one.provenance.shot)
    lines = [f"film {film}: {_count(count, 'picture')} of {_count(len(shots[film]), 'shot')}"
             for film, count in sorted(films.items())]  # fmt: skip
    authors = Counter(one.caption_author for one in manifest.pictures)
    lines += [f"folder {_where(one)}" for one in manifest.characters]
    return [*lines, f"captions: {', '.join(f'{k} ({v})' for k, v in sorted(authors.items()))}"]


def _where(one: CharacterRecord) -> str:
    return f"{one.source} ({_count(one.seen, 'picture')}): {one.name}"
