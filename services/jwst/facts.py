"""What the rules need to know about all rows together, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from services.jwst import regions, wavelengths


@dataclass(frozen=True)
class Finding:
    """What one rule says of every row, shape (rows,) each.

    Parameters
    ----------
    checkable
        Whether the row has what the rule needs.
    broken
        Whether it is broken; only looked at where `checkable`.
    observed, expected
        Numbers (NaN where there is none) or text (None).
    """

    checkable: np.ndarray
    broken: np.ndarray
    observed: np.ndarray
    expected: np.ndarray


@dataclass(frozen=True)
class Facts:
    """A frame of observations with what several rules share.

    Parameters
    ----------
    frame
        As `services.jwst.read.Observations.frame`.
    retrieved_mjd
        When the file was retrieved; no row can have been observed later.
    """

    frame: pd.DataFrame
    retrieved_mjd: float

    def number(self, name: str) -> np.ndarray:
        """A numeric column as float64."""
        return self.frame[name].to_numpy(dtype=np.float64)

    @cached_property
    def jwst(self) -> np.ndarray:
        """Rows that are JWST's: by name of the mission, by the beginning of obs_id, or for want of another."""
        mission = self.frame["obs_collection"]
        begins = self.frame["obs_id"].str.lower().str.startswith("jw", na=False)
        return (mission.isna() | (mission.str.upper() == "JWST") | begins).to_numpy(dtype=bool)

    @cached_property
    def regions(self) -> regions.Regions:
        """Footprints."""
        return regions.regions(self.frame["s_region"])

    @cached_property
    def separation_deg(self) -> np.ndarray:
        """Angle between (s_ra, s_dec) and the centre of the footprint."""
        target = regions.unit_vectors(self.number("s_ra"), self.number("s_dec"))
        centre = regions.unit_vectors(self.regions.ra_deg, self.regions.dec_deg)
        return regions.separation_deg(target, centre)

    @cached_property
    def wavelengths(self) -> wavelengths.Expected:
        """Expected wavelengths."""
        return wavelengths.expected(self.frame)

    @cached_property
    def family(self) -> np.ndarray:
        """Instrument of a row without its mode ("NIRCAM", "MIRI", …); "" where there is none."""
        return (
            self.frame["instrument_name"]
            .str.upper()
            .str.replace(r"/.*", "", regex=True)
            .fillna("")
            .to_numpy(dtype=object)
        )

    def mode_in(self, *modes: str) -> np.ndarray:
        """Rows whose instrument_name is one of `modes`."""
        return self.frame["instrument_name"].str.upper().isin(modes).to_numpy(dtype=bool)
