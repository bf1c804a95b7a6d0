"""From YAML text to a checked, typed recipe, and an exact answer to every mistake in it.

``load.load_recipe`` reads; ``model`` has what it returns; ``expand`` and ``resolve`` turn a
stage of it into work. Everything wrong is gathered and raised at once as ``InvalidRecipe``.
"""
