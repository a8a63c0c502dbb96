"""The simulated sky: where its sources are, how they vary, how ZTF and Fink would have seen them.

Everything is drawn from the seed and from what is asked (field, night, object), so that the same seed and
`VERSION` give the same sky, whatever was made before.
"""

# Changes whenever the same seed would give another sky.
VERSION = 2
