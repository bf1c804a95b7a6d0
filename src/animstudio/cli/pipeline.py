"""``animstudio pipeline``: recipes checked, planned, run, explained, cleaned up."""

from __future__ import annotations

from cyclopts import App

from animstudio.cli import pipeline_look, pipeline_runs, pipeline_work

app = App(name="pipeline", help="Run recipes: stages over films that go on after anything.")
app.command(pipeline_look.validate)
app.command(pipeline_work.plan)
app.command(pipeline_work.why)
app.command(pipeline_work.run)
app.command(pipeline_runs.status)
app.command(pipeline_runs.list_, name="list")
app.command(pipeline_runs.report)
app.command(pipeline_runs.cancel)
app.command(pipeline_look.graph)
app.command(pipeline_look.schema)
app.command(pipeline_work.gc)
