"""The only room that speaks Fink: requests, column names, and answers turned into typed frames."""
