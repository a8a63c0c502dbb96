"""Fink's API as methods that give typed frames: one per endpoint, live or local alike.

Every method checks its question first (`InvalidQuery`), and raises `Rejected`, `NoAnswer`, `ServerFailed` or
`Garbled` (see `services.errors`) rather than return an empty frame for a failure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

import pandas as pd
from requests.adapters import BaseAdapter

from services.errors import InvalidQuery, NotFound, ServerFailed
from services.fink import columns as declared
from services.fink import queries
from services.fink.calls import CallLog
from services.fink.columns import LIGHT_CURVE, LIST
from services.fink.decode import Cutout, parse_classes, parse_counts, parse_cutouts, parse_table
from services.fink.exchange import Arriving, Exchange
from services.fink.policy import ENDPOINTS, PROCESS_SLOTS, TNS_TABLE, Slots, background
from services.fink.queries import check_object_id
from services.nights import night_start_jd

__all__ = ["PUBLIC_API", "FinkClient", "background", "check_object_id"]

PUBLIC_API = "https://api.ztf.fink-portal.org"

PREFIX_ROWS = 10_000
"""Most rows that Fink gives for one id or beginning of one (FINK_API 1.2)."""

TNS_ROWS = 10_000_000
"""More rows than Fink's TNS table will have: without a limit of ours it gives ten (FINK_API 1.4)."""

T = TypeVar("T")

_RESOLVED: dict[tuple[str, bool], tuple[str, ...]] = {
    ("tns", False): declared.TNS,
    ("tns", True): declared.TNS,
    ("simbad", False): declared.SIMBAD,
    ("simbad", True): declared.SIMBAD_REVERSE,
    ("ssodnet", False): declared.SSODNET,
    ("ssodnet", True): declared.SSODNET,
}


class FinkClient:
    """Client of one Fink-compatible server; safe to use from several threads.

    Parameters
    ----------
    base_url
        The server, `PUBLIC_API` for the live one.
    transport
        What carries the requests; the network when None (see `services.fink.transport` for the others).
    calls
        Where every request is recorded; a new log when None.
    sleep, clock
        Pause and monotonic clock, in seconds.
    slots
        Limit on requests in flight; the one of the process unless given.
    """

    def __init__(
        self,
        base_url: str = PUBLIC_API,
        *,
        transport: BaseAdapter | None = None,
        calls: CallLog | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        slots: Slots = PROCESS_SLOTS,
    ) -> None:
        self._exchange = Exchange(base_url, transport=transport, calls=calls, sleep=sleep, clock=clock, slots=slots)
        self.base_url = self._exchange.base_url
        self.calls = self._exchange.calls

    def close(self) -> None:
        """Close the pooled connections."""
        self._exchange.close()

    def fetch_anomalies(
        self, start: date | str, stop: date | str, *, columns: Sequence[str] | None = LIST, n: int = 400
    ) -> pd.DataFrame:
        """The anomalous alerts of a range of nights.

        Parameters
        ----------
        start, stop
            First and last night (UTC dates), both included.
        columns
            House names; full rows when None. ``object_id`` and ``jd`` come in any case.
        n
            Rows asked for at first. As long as as many come back, four times as many are asked for, so that
            nothing is cut off in silence.

        Returns
        -------
        DataFrame
            Typed rows (`services.fink.decode`), newest first; empty when there are none.
        """
        first, last = queries.check_nights(start, stop)
        names, arguments = _columns(columns, always=("object_id", "jd"))
        arguments |= {"start_date": _day_before(first), "stop_date": last.isoformat()}
        asked = queries.check_n(n)
        frame = self._table("anomaly", {**arguments, "n": asked}, names)
        while len(frame) >= asked:
            asked *= 4
            frame = self._table("anomaly", {**arguments, "n": asked}, names)
        return _newest_first(_of_nights(frame, first, last))

    def fetch_objects(
        self, object_id: str, *, columns: Sequence[str] | None = LIGHT_CURVE, upper_limits: bool = True
    ) -> pd.DataFrame:
        """The light curve of one object.

        Parameters
        ----------
        object_id
            ZTF object id.
        columns
            House names; full rows when None. ``object_id`` and ``jd`` come in any case; the former is known from
            the question (an id is complete, so it is the prefix of itself alone).
        upper_limits
            Bring upper limits and low-quality detections too.

        Returns
        -------
        DataFrame
            Typed rows, oldest first. ``tag`` is ``valid``, ``badquality`` or ``upperlim``.

        Raises
        ------
        NotFound
            When Fink answers that there is no such object.
        """
        wanted = check_object_id(object_id)
        names, arguments = _columns(columns, always=("jd",))
        arguments |= {"objectId": wanted, "withupperlim": upper_limits}
        frame = _only(self._object_rows(arguments, names), wanted)
        if frame.empty:
            raise NotFound(ENDPOINTS["objects"].call, f"found nothing of the name {wanted}")
        frame["tag"] = frame["tag"].fillna("valid")
        return frame.sort_values("jd", kind="stable", ignore_index=True)

    def fetch_prefix(self, prefix: str) -> pd.DataFrame:
        """The alerts of all objects whose id begins so.

        Parameters
        ----------
        prefix
            "ZTF", two digits and four letters or more.

        Returns
        -------
        DataFrame
            ``object_id, jd``, newest first; empty when there are none. Fink gives at most `PREFIX_ROWS` rows, those
            of the ids that come first in the alphabet: with as many, there may be more.
        """
        arguments = {"objectId": queries.check_object_prefix(prefix), "columns": "i:objectId,i:jd"}
        return _newest_first(self._table("objects", arguments, ["object_id", "jd"]))

    def fetch_latests(
        self,
        class_name: str,
        *,
        n: int = 100,
        start: date | str | None = None,
        stop: date | str | None = None,
        trend: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """The newest alerts of a class.

        Parameters
        ----------
        class_name
            As Fink spells it: "SN candidate", "(SIMBAD) QSO", "(TNS) SN Ia".
        n
            At most so many rows.
        start, stop
            First and last night (UTC dates), both included; both or neither.
        trend
            "rising", "fading", or for "(CTA) Blazar low state" "low_state", "new_low_state": those of the newest `n`.
            Fink fails (500) when none of them has a ``mag_rate``, and needs that column among `columns`.
        columns
            House names; all that this endpoint has when None (fewer than the others have).

        Returns
        -------
        DataFrame
            Typed rows, newest first; an object may come more than once. Empty when there are none, and also
            for a class that Fink has never heard of: it does not tell these apart.
        """
        names, arguments = _columns(columns, always=("object_id", "jd"))
        arguments |= {"class": queries.check_class(class_name), "n": queries.check_n(n)}
        arguments |= {"trend": trend} if trend else {}
        if start is None and stop is None:
            return _newest_first(self._table("latests", arguments, names))
        first, last = queries.check_nights(start or "", stop or "")
        arguments |= {"startdate": _day_before(first), "stopdate": (last + timedelta(days=1)).isoformat()}
        return _newest_first(_of_nights(self._table("latests", arguments, names), first, last))

    def fetch_resolver(self, resolver: str, name: str, reverse: bool = False, nmax: int = 10) -> pd.DataFrame:
        """Names of other catalogues for ZTF's objects, and the other way round.

        Parameters
        ----------
        resolver
            "tns", "simbad" or "ssodnet".
        name
            A name there (for "tns" the beginning of one, "" for the whole table), or a ZTF object id when
            ``reverse``.
        reverse
            From ZTF's id to the other catalogue.
        nmax
            At most so many rows.

        Returns
        -------
        DataFrame
            Typed rows with the columns `columns.TNS`, ``SIMBAD``, ``SIMBAD_REVERSE`` or ``SSODNET``, in
            Fink's order; empty when the name is unknown. TNS gives one row per name a survey had for it.
        """
        where, what = queries.check_resolver(resolver, name, reverse)
        arguments = {"resolver": where, "name": what, "nmax": queries.check_n(nmax, "nmax")}
        # Only a JSON true counts; the key is left out otherwise.
        return self._table("resolver", arguments | ({"reverse": True} if reverse else {}), _RESOLVED[where, reverse])

    def stream_tns_table(self, read: Callable[[Arriving], T]) -> T:
        """The whole TNS table, read while it arrives: tens of MB of JSON, a list of rows as for `fetch_resolver`.

        Parameters
        ----------
        read
            From the arriving answer to a value; called again should the connection break. See `Exchange.ask_streamed`.
        """
        return self._exchange.ask_streamed(TNS_TABLE, {"resolver": "tns", "name": "", "nmax": TNS_ROWS}, read)

    def fetch_classes(self) -> dict[str, list[str]]:
        """The classes that `fetch_latests` knows, by who gives them."""
        return self._exchange.ask("classes", {}, parse_classes)

    def fetch_conesearch(self, ra: float, dec: float, radius_arcsec: float, *, n: int = 1000) -> pd.DataFrame:
        """Objects around a position.

        Parameters
        ----------
        ra, dec
            Centre in degrees (J2000).
        radius_arcsec
            At most 18,000.
        n
            At most so many rows per cell of the sky that the circle touches.

        Returns
        -------
        DataFrame
            The latest alert of each object (`columns.CONESEARCH`), nearest first, ``separation_degree`` from
            the centre; empty when there are none.
        """
        right_ascension, declination = queries.check_position(ra, dec)
        arguments = {
            "ra": right_ascension,
            "dec": declination,
            "radius": queries.check_radius(radius_arcsec),
            "n": queries.check_n(n),
        }
        return self._table("conesearch", arguments, declared.CONESEARCH)

    def fetch_cutouts(self, object_id: str, candid: str | None = None) -> dict[str, Cutout]:
        """The stamps of one alert.

        Parameters
        ----------
        object_id, candid
            The alert; the newest one of the object when ``candid`` is None.

        Returns
        -------
        dict
            "Science", "Template" and "Difference", as far as Fink has them: float32, 2-D (63 x 63, smaller at
            the edge of a detector), NaN for pixels without value. Row 0 is the bottom of the sky.

        Raises
        ------
        ServerFailed
            Also for an object or alert that does not exist: Fink answers both with 500.
        """
        arguments = {"objectId": check_object_id(object_id), "kind": "All", "output-format": "array"}
        if candid is not None:
            arguments["candid"] = queries.check_candid(candid)
        return self._exchange.ask("cutouts", arguments, parse_cutouts)

    def fetch_statistics(self, date_prefix: str = "", columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Counts of processed alerts per night.

        Parameters
        ----------
        date_prefix
            "20250902", "202509", "2025", or "" for every night.
        columns
            Fink's names ("basic:sci", "class:SN candidate"); all when None.

        Returns
        -------
        DataFrame
            ``night`` (str, YYYY-MM-DD) and the counts (Int64) under Fink's names, in Fink's order. A count
            that Fink did not write is missing, not 0.
        """
        arguments = {"date": queries.check_date_prefix(date_prefix)}
        wanted = None if columns is None else queries.check_statistics(columns)
        if wanted:
            arguments["columns"] = ",".join(wanted)
        return self._exchange.ask("statistics", arguments, lambda body, call: parse_counts(body, call, wanted))

    def fetch_metadata(self, *, object_id: str | None = None, internal_name: str | None = None) -> pd.DataFrame:
        """Names and comments that Fink's anomaly team gave; reads only.

        Parameters
        ----------
        object_id
            ZTF object id, or "all".
        internal_name
            A name like "Fink J042203.10+362318.7". Exactly one of the two.

        Returns
        -------
        DataFrame
            Rows with the columns `columns.METADATA`; empty when there are none.
        """
        if (object_id is None) == (internal_name is None):
            raise InvalidQuery(
                "Either an object id or an internal name is needed.",
                example=queries.OBJECT_EXAMPLE,
                field="object_id",
            )
        if internal_name is not None:
            return self._table("metadata", {"internal_name": internal_name}, declared.METADATA)
        wanted = "all" if object_id == "all" else check_object_id(object_id or "")
        return self._table("metadata", {"objectId": wanted}, declared.METADATA)

    def _table(self, kind: str, arguments: dict[str, Any], names: Sequence[str] | None) -> pd.DataFrame:
        return self._exchange.ask(kind, arguments, lambda body, call: parse_table(body, names, call=call))

    def _object_rows(self, arguments: dict[str, Any], names: list[str] | None) -> pd.DataFrame:
        """Rows as Fink gives them; where it breaks on full rows (an alert lacks an integer), by columns."""
        if names is not None:
            return self._table("objects", arguments, [*dict.fromkeys(["object_id", *names]), "tag"])
        try:
            return self._table("objects", arguments, None)
        except ServerFailed as error:
            if error.status != 500:
                raise
        everything = [column.fink for column in declared.ALERT if declared.requestable(column.name)]
        return self._table("objects", {**arguments, "columns": ",".join(everything)}, None)


def _columns(columns: Sequence[str] | None, *, always: Sequence[str]) -> tuple[list[str] | None, dict[str, Any]]:
    """House names of the columns, and the argument that asks for them."""
    if columns is None:
        return None, {}
    names = queries.check_columns(columns, always=always)
    return names, {"columns": ",".join(map(declared.fink_name, names))}


def _day_before(night: date) -> str:
    """Fink loses the first 2.4 h of a window (it compares row keys as text): it is asked a day earlier."""
    return (night - timedelta(days=1)).isoformat()


def _of_nights(frame: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    jd = frame["jd"]
    return frame[(jd >= night_start_jd(first)) & (jd < night_start_jd(last + timedelta(days=1)))]


def _newest_first(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values("jd", ascending=False, kind="stable", ignore_index=True)


def _only(frame: pd.DataFrame, object_id: str) -> pd.DataFrame:
    """Rows of the object itself: Fink searches for a prefix, and its full rows may come without any id."""
    frame["object_id"] = frame["object_id"].fillna(object_id)
    return frame[frame["object_id"] == object_id].copy()
