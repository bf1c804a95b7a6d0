"""The whole page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files
from string import Template

from animstudio.kernel.markup import Child, Markup, element, join, name
from animstudio.kernel.progress_views import duration
from animstudio.kernel.sizes import size_text
from animstudio.pipeline import events as on
from animstudio.pipeline.graph_svg import counts_text, graph_svg, state_of
from animstudio.pipeline.report.facts import Facts, Span, Trouble
from animstudio.pipeline.report.timeline import timeline
from animstudio.pipeline.stage_account import StageAccount

ITEMS = 100
"""Items of a stage that are listed; the others are counted."""
TROUBLES = 50
DRAWN = 150
"""Stages up to which the recipe is drawn."""


def render_report(facts: Facts) -> str:
    """Return the report as one HTML file: no script, nothing to fetch."""
    main = [
        _header(facts), _failures(facts), _table(facts), _graph(facts), timeline(facts),
        _items(facts), _others(facts), _recipe(facts),
    ]  # fmt: skip
    return Template(_packaged("page.html")).substitute(
        title=join(f"{facts.run.recipe}: {facts.run.status}"),
        style=_packaged("page.css"),
        body=join(main),
    )


def _header(facts: Facts) -> Markup:
    run, account = facts.run, facts.account
    counts = StageAccount("", made=sum(s.made for s in account.stages.values()),
                          reused=sum(s.standing for s in account.stages.values()),
                          failed=sum(s.failed for s in account.stages.values()),
                          blocked=sum(s.blocked for s in account.stages.values()),
                          skipped=sum(s.skipped for s in account.stages.values()),
                          closed=sum(s.closed for s in account.stages.values()))  # fmt: skip
    spent = sum(stage.seconds for stage in account.stages.values())
    pairs = [
        ("Status", run.status), ("Took", duration((facts.until - facts.began).total_seconds())),
        ("Work", f"{duration(spent)} by {account.slots} at once"),
        ("Written", size_text(account.bytes)),
        ("Most memory of an item", size_text(account.peak) if account.peak else "not measured"),
    ]  # fmt: skip
    cells = [element("div", element("dt", key), element("dd", value)) for key, value in pairs]
    return element(
        "header",
        element("p", "Pipeline run", class_="kicker"),
        element("h1", name(run.recipe)),
        element("p", counts_text(counts), class_="lead"),
        element("p", f"{run.id}, begun {run.started.astimezone():%Y-%m-%d %H:%M:%S}, in ",
                name(run.root), class_="soft"),
        element("p", account.note, class_="soft") if account.note else None,
        element("p", run.reason, class_="soft") if run.reason else None,
        element("dl", cells, class_="facts"),
        class_="top",
    )  # fmt: skip


def _failures(facts: Facts) -> Markup | None:
    if not facts.failed:
        return None
    rows = [_failure(one) for one in facts.failed[:TROUBLES]]
    more = len(facts.failed) - len(rows)
    return element(
        "section", element("h2", f"{len(facts.failed):,} failed"), rows,
        element("p", f"and {more:,} more", class_="soft") if more > 0 else None,
        class_="attention",
    )  # fmt: skip


def _failure(one: Trouble) -> Markup:
    where = f"{one.stage}/{one.item}" if one.item else one.stage
    log = None
    if one.tail:
        log = element("details", element("summary", "End of its log"),
                      element("pre", one.tail, tabindex="0"))  # fmt: skip
    return element("div", element("h3", name(where)), element("p", f"{one.kind}: {one.reason}"),
                   log, class_="failure")  # fmt: skip


def _table(facts: Facts) -> Markup:
    heads = ("Stage", "State", "Items", "Forecast", "Took", "Memory", "Written")
    working = {stage for stage, _ in facts.account.at_work} if facts.run.alive else set()
    rows = [_stage(stage, stage.id in working) for stage in facts.account.stages.values()]
    head = element("tr", [element("th", one, scope="col") for one in heads])
    table = element("table", element("thead", head), element("tbody", rows))
    note = "Forecast is what its items took in earlier runs; took is their work added up."
    return element("section", element("h2", "Stages"), element("p", note, class_="soft"),
                   element("div", table, class_="scroller stages", tabindex="0", role="region",
                           aria_label="Stages"))  # fmt: skip


def _stage(stage: StageAccount, working: bool) -> Markup:
    state = state_of(stage, working)
    forecast = duration(stage.planned * stage.each) if stage.each and stage.planned else ""
    cells: list[Child] = [
        element("span", state, class_=f"state {state}"), counts_text(stage), forecast,
        duration(stage.seconds) if stage.made or stage.seconds else "",
        size_text(stage.peak) if stage.peak else "",
        size_text(stage.bytes) if stage.bytes else "",
    ]  # fmt: skip
    first = element("th", name(stage.id), scope="row")
    return element("tr", first, [element("td", cell) for cell in cells])


def _graph(facts: Facts) -> Markup | None:
    recipe = facts.recipe
    if recipe is None or not 1 < len(recipe.stages) <= DRAWN:
        return None
    picture = graph_svg(recipe.name, recipe.stages, facts.account.stages)
    return element("section", element("h2", "Which needs which"),
                   element("div", picture, class_="scroller", tabindex="0", role="region",
                           aria_label="Graph of the stages"))  # fmt: skip


def _items(facts: Facts) -> Markup:
    stages: dict[str, list[Span]] = {id: [] for id in facts.account.stages}
    for span in facts.spans:
        stages.setdefault(span.stage, []).append(span)
    folds = [_fold(facts.account.of(id), spans) for id, spans in stages.items()]
    return element("section", element("h2", "Items, and why each was made"), folds)


def _fold(stage: StageAccount, spans: Sequence[Span]) -> Markup:
    ranked = sorted(spans, key=lambda s: (not s.ending.startswith("failed"), s.began))
    rows = [
        element("tr", element("th", name(s.item or "all"), scope="row"),
                element("td", f"{s.ending or 'at work'}{', the same as before' * s.same}"),
                element("td", duration((s.until - s.began).total_seconds())),
                element("td", s.why))
        for s in ranked[:ITEMS]
    ]  # fmt: skip
    head = element("tr", [element("th", one, scope="col") for one in ("Item", "", "Took", "Why")])
    parts: list[Child] = []
    if rows:
        table = element("table", element("thead", head), element("tbody", rows))
        parts.append(element("div", table, class_="scroller", tabindex="0", role="region",
                             aria_label=f"Items of {stage.id}"))  # fmt: skip
    if len(spans) > ITEMS:
        parts.append(element("p", f"and {len(spans) - ITEMS:,} more attempts", class_="soft"))
    parts.append(element("p", _stood(stage), class_="soft"))
    summary = element("summary", element("b", name(stage.id)), " ", counts_text(stage))
    return element("details", summary, parts)


def _stood(stage: StageAccount) -> str:
    if stage.closes:
        return on.LAST
    said = []
    if stage.reused:
        said.append(f"{stage.reused:,} reused: nothing they depend on had changed")
    if stage.adopted:
        said.append(f"{stage.adopted:,} adopted: published by a run that was killed just then")
    if stage.retried:
        said.append(f"{stage.retried:,} tries failed and were repeated")
    return "; ".join(said) or "none stood before"


def _others(facts: Facts) -> Markup | None:
    if not facts.others:
        return None
    shown = facts.others[:ITEMS]
    rows = [
        element("li", element("b", name(f"{o.stage}/{o.item}" if o.item else o.stage)),
                f" {o.kind}: {o.reason}")
        for o in shown
    ]  # fmt: skip
    more = len(facts.others) - len(shown)
    return element("section", element("h2", "Blocked and skipped"), element("ul", rows),
                   element("p", f"and {more:,} more") if more else None)  # fmt: skip


def _recipe(facts: Facts) -> Markup | None:
    recipe = facts.recipe
    if recipe is None:
        return None
    rows = [element("div", element("dt", key), element("dd", str(value)))
            for key, value in recipe.params.items()]  # fmt: skip
    text = element("details", element("summary", "The recipe as it was"),
                   element("pre", recipe.text, tabindex="0")) if recipe.text else None  # fmt: skip
    return element("section", element("h2", "Recipe"), _source(recipe.source),
                   element("dl", rows, class_="params") if rows else None, text)  # fmt: skip


def _source(source: str) -> Iterable[Markup]:
    return [element("p", name(source), class_="soft")] if source else []


def _packaged(file: str) -> str:
    return files("animstudio.pipeline.report").joinpath(file).read_text("utf-8")
