"""Reading metrics as Prometheus does."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from adapters.telemetry.exposition import Exposition

Sample = tuple[str, frozenset[tuple[str, str]]]


def samples(text: bytes) -> Mapping[Sample, float]:
    """Every value by name and labels."""
    families = text_string_to_metric_families(text.decode())
    return {(each.name, frozenset(each.labels.items())): each.value for family in families for each in family.samples}


def value(text: bytes | Exposition, name: str, **labels: str) -> float | None:
    """The sum of the values of one name that have these labels among theirs; None when there are none."""
    page = text.text() if isinstance(text, Exposition) else text
    found = [
        each for (its, theirs), each in samples(page).items() if its == name and set(labels.items()) <= set(theirs)
    ]
    return sum(found) if found else None


def names(text: bytes) -> set[str]:
    """The names of the metrics, as the catalogue spells them."""
    families = text_string_to_metric_families(text.decode())
    return {f"{each.name}_total" if each.type == "counter" else each.name for each in families}
