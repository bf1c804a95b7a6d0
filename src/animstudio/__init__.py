"""Animation AI Studio: a film in, everything known about it out.

Importing the package loads nothing heavy; rooms are imported by name, for
example ``from animstudio.film.shots import find_shots``.
"""

__version__ = "0.1.0"
