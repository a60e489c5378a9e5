"""What every test has in common."""

from hypothesis import settings

settings.register_profile("masking", deadline=None, print_blob=True)
settings.load_profile("masking")
