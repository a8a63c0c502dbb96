"""Consistency of JWST observation metadata as MAST exports them: rules, detector, injection, evaluation."""
