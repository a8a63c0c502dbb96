"""What is kept, for how long, and how it is refreshed; backends behind one small interface, bytes only."""

from services.cache.backend import Backend, Claim
from services.cache.disk import DiskBackend
from services.cache.entry import Fetched
from services.cache.lifetimes import Lifetime
from services.cache.swr import Cache, CacheStats
from services.cache.workers import Workers

__all__ = ["Backend", "Cache", "CacheStats", "Claim", "DiskBackend", "Fetched", "Lifetime", "Workers"]
