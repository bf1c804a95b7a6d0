"""The graphics cards as commands meet them: real or pretended, and the book of leases on them."""

from __future__ import annotations

import os
from pathlib import Path

from animstudio.gpu.book import FILE, VARIABLE, Book
from animstudio.gpu.devices import Look, looking
from animstudio.kernel.settings import Settings, read_settings
from animstudio.pipeline.cards import Cards


def look(settings: Settings | None = None) -> Look:
    """Return how to look at the cards."""
    settings = settings or read_settings(cwd=Path.cwd(), environment=os.environ)
    return looking(settings.fake_gpus)


def book(settings: Settings | None = None) -> Book:
    """Return the book that every process of this user and machine claims in."""
    settings = settings or read_settings(cwd=Path.cwd(), environment=os.environ)
    return Book(settings.state / "gpu" / FILE, look(settings))


def cards_for(what: str) -> Cards:
    """Return the cards for a run, within the lease of the job that it is part of, if any."""
    return Cards(book(), what, os.environ.get(VARIABLE))
