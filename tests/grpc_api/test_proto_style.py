import subprocess
import sys
import sysconfig
from importlib.resources import files
from pathlib import Path

import pytest
from google.api import field_behavior_pb2

PROTO = Path(__file__).parents[2] / "proto"
BUF = Path(sysconfig.get_path("scripts")) / "buf"


def lint(folder: Path, proto: Path) -> subprocess.CompletedProcess[str]:
    """What buf says of a folder of protos; it reads them as protoc understands them, and needs no network."""
    image = folder / "image.binpb"
    includes = (proto, Path(field_behavior_pb2.__file__).parents[2], files("grpc_tools") / "_proto")
    sources = [str(path.relative_to(proto)) for path in sorted(proto.rglob("*.proto"))]
    described = ["--include_imports", "--include_source_info", f"--descriptor_set_out={image}"]
    protoc = [sys.executable, "-m", "grpc_tools.protoc", *(f"-I{path}" for path in includes), *described, *sources]
    subprocess.run(protoc, check=True)
    return subprocess.run(
        [BUF, "lint", image, "--config", PROTO / "buf.yaml"],
        check=False,
        capture_output=True,
        text=True,
        env={"HOME": str(folder)},
    )


def test_the_protos_are_written_as_protos_should_be(tmp_path: Path) -> None:
    said = lint(tmp_path, PROTO)
    assert (said.stdout, said.stderr, said.returncode) == ("", "", 0)


@pytest.mark.parametrize(
    ("slip", "rule"),
    [
        ("message bad_name {}", 'Message name "bad_name" should be PascalCase'),
        ("message Bad { string badField = 1; }", 'Field name "badField" should be lower_snake_case'),
        ("enum Colour { RED = 0; }", 'Enum value name "RED" should be prefixed with "COLOUR_"'),
    ],
)
def test_a_slip_in_a_proto_would_be_found(tmp_path: Path, slip: str, rule: str) -> None:
    folder = tmp_path / "proto" / "masking" / "v1"
    folder.mkdir(parents=True)
    (folder / "slip.proto").write_text(f'syntax = "proto3"; package masking.v1;\n{slip}\n')
    said = lint(tmp_path, tmp_path / "proto")
    assert said.returncode != 0
    assert rule in said.stdout
