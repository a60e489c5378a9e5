import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from adapters.grpc_server.field_masks import named_fields
from masking_core.errors import InvalidArgument

ALLOWED = ("labels", "reference")


def test_a_mask_names_its_paths() -> None:
    assert named_fields(FieldMask(paths=["labels", "labels"]), ALLOWED, ["reference"]) == {"labels"}


@pytest.mark.parametrize("paths", [[], ["*"]])
def test_an_empty_mask_and_a_star_stand_for_what_is_implied(paths: list[str]) -> None:
    assert named_fields(FieldMask(paths=paths), ALLOWED, ["reference"]) == {"reference"}


@pytest.mark.parametrize(
    "paths", [["name"], ["labels", "*"], ["labels.colour"], [""], ["Labels"], ["labels", "no such"]]
)
def test_any_other_path_is_refused(paths: list[str]) -> None:
    with pytest.raises(InvalidArgument, match=r"^update_mask: may name labels, reference, or \* alone$"):
        named_fields(FieldMask(paths=paths), ALLOWED, ALLOWED)
