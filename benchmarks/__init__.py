"""Times and sizes against their targets: ``make bench``."""
