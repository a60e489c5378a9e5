"""Sealing of real numbers: the key file, the keys made from it, and the vaults that use them."""
