"""The port to the provider's account."""

from typing import Protocol

from masking_core.signature import Credential


class ProviderCredentials(Protocol):
    """The pair that the provider signs webhooks with."""

    def current(self) -> str:
        """The apiId it signs with now; empty when it signs nothing."""
        ...

    def set(self, credential: Credential) -> None:
        """Sign with this pair from now on, in the place of any other."""
        ...
