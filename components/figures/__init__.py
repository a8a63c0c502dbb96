"""Facts in, Plotly figure (as a dict) out. No Dash, no services, no fetching."""
