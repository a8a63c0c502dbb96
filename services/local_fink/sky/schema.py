"""The Arrow schema of the simulated packets: that of Fink's distribution, as far as it is served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from services.local_fink.columns import STAMPS, packet_schema

# Integers that need 64 bits; all others have 32 in Fink's packets.
_LONG = {"candid", "pid", "tblid", "objectidps1", "objectidps2", "objectidps3", "rfid"}
_STAMP = pa.struct([("fileName", pa.string()), ("stampData", pa.binary())])


def distribution_schema() -> pa.Schema:
    """Schema of one packet per row."""
    served = [(f.name, _STAMP if f.name in STAMPS.values() else _narrow(f.name, f.type)) for f in packet_schema()]
    return pa.schema([("candid", pa.int64()), *served])


def _narrow(name: str, kind: pa.DataType) -> pa.DataType:
    if pa.types.is_struct(kind):
        return pa.struct([(one.name, _narrow(one.name, one.type)) for one in kind])
    if pa.types.is_list(kind):
        return pa.list_(_narrow(name, kind.value_type))
    if name == "slsn_score":  # served as a 32-bit float, delivered as a 64-bit one
        return pa.float64()
    return pa.int32() if kind == pa.int64() and name not in _LONG else kind


def struct_array(kind: pa.StructType, columns: Mapping[str, Any], n: int, mask: Any = None) -> pa.StructArray:
    """A struct array of `n` rows; fields without a column are null, as are rows where `mask` is True."""
    arrays = [cells(columns.get(one.name), one.type, n) for one in kind]
    return pa.StructArray.from_arrays(arrays, fields=list(kind), mask=None if mask is None else pa.array(mask))


def cells(values: Any, kind: pa.DataType, n: int) -> pa.Array:
    """Values as an Arrow array: an array, a masked array (masked is null), a list, or one value for all rows."""
    if values is None:
        return pa.nulls(n, kind)
    if isinstance(values, np.ma.MaskedArray):
        return pa.array(values.data, mask=np.ma.getmaskarray(values)).cast(kind)
    if isinstance(values, np.ndarray):
        return pa.array(values).cast(kind)
    if isinstance(values, list):
        return pa.array(values, kind)
    return pa.repeat(pa.scalar(values, kind), n)
