"""What Oddfinch knows: sources, caches and facts. No room here imports Dash or Plotly."""
