"""Generated wards: patients, what happens to them, and how a ward measures it. Not real patients.

Everything comes out of `random.Random` with seeds that are texts, so that one seed is one ward on
every machine. What the shapes are modelled on is said where each of them stands.
"""
