"""The stage ``wordcount``: its entry in the table of stages. The work itself is in `work`."""

from animstudio.catalog import Stage

_HOME = "wordcount_stage.work:"

STAGE = Stage(
    name="wordcount",
    function=_HOME + "count_words",
    spec=_HOME + "WordcountSpec",
    version=1,
    needs=(),
    summary="How many words every text of a folder has.",
    make=_HOME + "make",
    items=_HOME + "items",
    result=_HOME + "Wordcount",
    gather=_HOME + "gather",
)
