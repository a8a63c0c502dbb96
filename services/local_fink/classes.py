"""Classes: the vocabularies of ``/classes``, and the index of alerts by Fink's class that ``/latests`` searches.

``vocabulary.csv`` holds Fink's search classes (fink_types.csv of the API) and the object types of the Transient
Name Server; SIMBAD's types are those of ``services/taxonomy_types.csv``, old and new spelling together.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd

from services.classification import INPUTS, UNKNOWN, classify

_HERE = Path(__file__).parent
# Alerts classified at a time when the index is made.
_BLOCK = 50_000
_SIMBAD_TITLE = "Cross-match with SIMBAD (see http://simbad.u-strasbg.fr/simbad/sim-display?data=otypes)"
# As in the packets: what Fink computes is d:, what ZTF measures is i:.
_FINK_S = ("cdsxmatch", "tracklet", "roid", "mulens", "snn_snia_vs_nonia", "snn_sn_vs_all")
CLASSIFIED_ON = {f"{'d' if name in _FINK_S or name.startswith('rf_') else 'i'}:{name}": name for name in INPUTS}


def classes_of(alerts: pd.DataFrame) -> pd.Series:
    """Fink's class of alerts that have the columns `CLASSIFIED_ON`."""
    return classify(alerts[list(CLASSIFIED_ON)].rename(columns=CLASSIFIED_ON)).set_axis(alerts.index)


def fill_index(database: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``classes``: id and class of every row of ``alerts``."""
    database.execute("CREATE TABLE classes (id BIGINT, class VARCHAR)")
    columns = ", ".join(f'"{name}"' for name in CLASSIFIED_ON)
    # A cursor of its own: the other connection writes while this one reads.
    with database.cursor() as reading:
        for batch in reading.sql(f"SELECT id, {columns} FROM alerts").to_arrow_reader(_BLOCK):
            alerts = batch.to_pandas(integer_object_nulls=False)
            made = pd.DataFrame({"id": alerts["id"], "class": classes_of(alerts)})
            database.register("made", made)
            database.execute("INSERT INTO classes SELECT * FROM made")
            database.unregister("made")


@cache
def tns_types() -> frozenset[str]:
    """Object types of the Transient Name Server (43)."""
    return frozenset(_labels("TNS"))


def _labels(vocabulary: str) -> list[str]:
    with (_HERE / "vocabulary.csv").open(encoding="utf-8", newline="") as file:
        return [row["label"] for row in csv.DictReader(file) if row["vocabulary"] == vocabulary]


def _simbad_labels() -> set[str]:
    with (_HERE.parent / "taxonomy_types.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row[column] for row in rows for column in ("old_label", "new_label")} - {UNKNOWN}


@cache
def vocabularies() -> dict[str, list[str]]:
    """What can be asked of ``/latests``: title of each vocabulary → its labels, sorted without regard to case."""
    return {
        _SIMBAD_TITLE: _in_order(f"(SIMBAD) {label}" for label in _simbad_labels()),
        "Cross-match with TNS": _in_order(f"(TNS) {label}" for label in tns_types()),
        "Fink classifiers": _in_order(_labels("Fink")),
    }


def _in_order(labels: Iterable[str]) -> list[str]:
    return sorted(labels, key=lambda label: (label.lower(), label))
