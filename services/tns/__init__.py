"""The Transient Name Server: a mirror of Fink's table of it, and which anomalies it already knows."""
