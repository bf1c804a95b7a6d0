"""A recipe as a picture: which stage needs which, in the languages of Mermaid and Graphviz.

A thick edge is a flow: the later stage goes on with every item as soon as that one stands.
"""

from __future__ import annotations

from animstudio.pipeline.recipe.model import Recipe, StageNode


def mermaid(recipe: Recipe) -> str:
    """Return a Mermaid flowchart. Ids of stages are no words of its own: each has a prefix."""
    lines = ["flowchart TD"]
    for node in recipe.stages:
        left, right = ("[[", "]]") if node.fans_out else ("[", "]")
        lines.append(f'    s_{node.id}{left}"{node.id}<br/>{node.type}"{right}')
    for node in recipe.stages:
        for before in node.depends_on:
            arrow = "==>" if before == node.flows_from else "-->"
            lines.append(f"    s_{before} {arrow} s_{node.id}")
    return "\n".join(lines) + "\n"


def dot(recipe: Recipe) -> str:
    """Return a Graphviz digraph."""
    name = recipe.name.replace("\\", "\\\\").replace('"', '\\"')
    lines = [f'digraph "{name}" {{', "    node [shape=box];"]
    lines += [f'    "{node.id}" [label="{node.id}\\n{node.type}"{_twice(node)}];'
              for node in recipe.stages]  # fmt: skip
    for node in recipe.stages:
        for before in node.depends_on:
            thick = " [penwidth=2]" if before == node.flows_from else ""
            lines.append(f'    "{before}" -> "{node.id}"{thick};')
    return "\n".join([*lines, "}"]) + "\n"


def _twice(node: StageNode) -> str:
    return ", peripheries=2" if node.fans_out else ""
