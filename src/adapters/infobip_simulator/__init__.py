"""A stand-in for Infobip: its API with an account of made-up numbers, and the calls that it would place."""
