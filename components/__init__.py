"""What things look like: values in, Dash component out. Nothing here fetches."""
