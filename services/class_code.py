"""The code for counts of classes: what Fink's documentation does in three lines, and what it takes for other counts."""

from __future__ import annotations

from datetime import date

import pandas as pd

from services.class_counts import COLUMN, By, Spelling, Unit, group_of
from services.exports import SIMULATED
from services.fink.columns import fink_name
from services.snippets import LOCAL_API, PUBLIC_API, ROWS_PER_NIGHT, SERVE_SIMULATED, anomalies, snippet
from services.sources import Source

#: First night of Fink's anomaly service: nothing is before it, so nothing is lost at the lower end of a window.
FIRST_SCORED_NIGHT = date(2023, 1, 25)
DOCUMENTED_ROWS = 10_000
"""Rows that Fink's documentation asks for: more than there were."""

_LABEL = {by: fink_name(column) for by, column in COLUMN.items()} | {"fink": "v:classification"}


def class_script(
    first: date, last: date, by: By, spelling: Spelling, unit: Unit, source: Source, labels: pd.Series
) -> str:
    """Python that fetches the alerts and prints the counts on the screen; it needs ``requests`` and ``pandas`` only.

    Parameters
    ----------
    first, last
        Nights, both included.
    by, spelling, unit
        What is counted, as for `services.class_counts.class_counts`.
    source
        Where the counts come from: nobody but a local Fink has a simulated sky.
    labels
        The labels that occur, any number of times: those that are joined are named in the script.
    """
    if by == "simbad" and spelling == "raw" and unit == "alerts" and first <= FIRST_SCORED_NIGHT:
        return documented_script(first, last, source)
    return _fetching(first, last, by, source) + "\n".join(_counting(by, spelling, unit, labels)) + "\n"


def documented_script(first: date, last: date, source: Source, *, base_url: str | None = None) -> str:
    """The histogram as Fink's documentation makes it: one request, one frame, one ``groupby``."""
    url = base_url or (LOCAL_API if source.simulated else PUBLIC_API)
    rows = max(DOCUMENTED_ROWS, ROWS_PER_NIGHT * ((last - first).days + 1))
    note = f"# {SIMULATED}: a local Fink has this sky; start it first:\n" if source.simulated else ""
    note += "".join(f"#   {command}\n" for command in SERVE_SIMULATED) if source.simulated else ""
    return f"""import pandas as pd
import requests

{note}r = requests.post("{url}/api/v1/anomaly", json={{"n": {rows}, "start_date": "{first}",
    "stop_date": "{last}", "columns": "i:objectId,d:cdsxmatch"}})
pdf = pd.DataFrame(r.json())
print(pdf.groupby("d:cdsxmatch").size().sort_values(ascending=False).to_string())
"""


def _fetching(first: date, last: date, by: By, source: Source) -> str:
    if by != "fink":
        return anomalies(first, last, ("object_id", COLUMN[by]), source=source)
    # Fink computes its class only where no columns are named.
    payload = {"start_date": f"{first}", "stop_date": f"{last}"}
    return snippet("anomaly", payload, source=source, note=f"Anomalies with Fink's class, {first} to {last}")


def _counting(by: By, spelling: Spelling, unit: Unit, labels: pd.Series) -> list[str]:
    joined = {
        label: group
        for label in sorted(map(str, labels.dropna().unique()))
        if (group := group_of(label, by, spelling)[0]) != label
    }
    steps = [f'labels = rows["{_LABEL[by]}"]']
    if by == "tns":
        steps = ["# No type is an empty cell.", f'labels = rows["{_LABEL[by]}"].replace({{"": None, "nan": None}})']
    if joined:
        said = "What is counted as one family." if spelling == "family" else "What is counted as one class."
        pairs = [f'    "{label}": "{group}",' for label, group in joined.items()]
        steps += [f"# {said}", "joined = {", *pairs, "}", "labels = labels.replace(joined)"]
    counts = "labels.value_counts()"
    if unit == "objects":
        counts = 'rows.groupby(labels)["i:objectId"].nunique().sort_values(ascending=False)'
    return [*steps, f"print({counts}.to_string())"]
