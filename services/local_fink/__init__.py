"""A local Fink: alert packets served as the Fink API does it (``python -m services.local_fink serve``)."""

from services.local_fink.api import create_app
from services.local_fink.store import Store, Summary

__all__ = ["Store", "Summary", "create_app"]
