"""The storage backends: one folder each, chosen by the scheme of ``MASKING_STORE``."""
