"""What there is to a question: the alerts that answer it, and how we know them.

Anomalies come out of the index, classes from ``/latests``, positions from ``/conesearch``, names from SIMBAD through
the resolver; all but the first through the cache. When Fink does not answer, the anomalies at hand that fit are given
with the trouble: less than was asked, and said so.
"""

from __future__ import annotations

from services.house import House
from services.search.anomalies import anomalies
from services.search.by_class import of_class
from services.search.grammar import Query
from services.search.places import around, around_name, around_simbad
from services.search.result import Result


def run(house: House, query: Query, *, retry: bool = False, wait: bool = True) -> Result | None:
    """Alerts that answer a question of any kind but a plain name.

    Parameters
    ----------
    retry
        True for a person's Retry button.
    wait
        Whether the source may be waited for; None is returned when it would have to be.

    Raises
    ------
    WrongWord
        There is no such class.
    NotFound
        SIMBAD knows no such name.
    Rejected, Unavailable
        The source did not say, and nothing is known without it.
    """
    if query.kind == "anomalies":
        return anomalies(house, query, retry=retry, wait=wait)
    if query.kind == "class":
        return of_class(house, query, retry=retry, wait=wait)
    if query.kind == "position" and query.position is not None:
        return around(house, query, query.position, "", retry=retry, wait=wait)
    if not wait:
        return None
    return (around_simbad if query.kind == "simbad" else around_name)(house, query, retry)
