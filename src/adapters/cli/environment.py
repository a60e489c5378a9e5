"""The settings as the commands read them."""

from adapters.cli.output import note
from adapters.settings import InForce, Settings, read_settings


def settings_in_force() -> InForce:
    """The settings with their sources; what was given and is no setting is told on stderr. Raises SettingsError."""
    in_force = read_settings()
    for warning in in_force.warnings:
        note(f"masking: {warning}")
    return in_force


def settings() -> Settings:
    """The settings alone."""
    return settings_in_force().settings
