"""What can go wrong with a file of JWST observations: it is not one."""

from __future__ import annotations

from services.errors import InvalidQuery

EXPECTED = (
    "A CSV of JWST observations as the MAST portal or astroquery exports it: one header line with columns such as "
    "obs_id, instrument_name, filters, s_ra, s_dec, t_min, t_max, t_exptime, em_min, em_max."
)


class UnusableFile(InvalidQuery):
    """A file that cannot be read as observations.

    Parameters
    ----------
    what
        What is wrong with it, as a sentence for the screen.
    expected
        What would have worked, as a sentence.
    """

    def __init__(self, what: str, expected: str = EXPECTED) -> None:
        super().__init__(what, example=expected, field="file")
        self.expected = expected

    def __str__(self) -> str:
        return f"{self.what} Expected: {self.expected}"
