"""Generates the gRPC stubs and their type hints from proto/ whenever the package is built or installed."""

import os
import shutil
import sysconfig
from importlib.resources import files
from pathlib import Path
from typing import Any

from google.api import field_behavior_pb2
from grpc_tools import protoc
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
PROTOS = tuple(
    f"masking/v1/{name}_service.proto" for name in ("session", "number", "call", "event", "privacy", "block")
)


def generate(root: Path = ROOT) -> None:
    """Write ``src/masking/v1/*_pb2*.py`` and ``.pyi``; raises RuntimeError when protoc refuses a file."""
    output = root / "src"
    # The proto path equals the package path, so that the generated files find each other.
    arguments = [
        "protoc",
        f"-I{root / 'proto'}",
        f"-I{Path(field_behavior_pb2.__file__).parents[2]}",
        f"-I{files('grpc_tools').joinpath('_proto')}",
        f"--plugin=protoc-gen-mypy={_plugin('protoc-gen-mypy')}",
        f"--plugin=protoc-gen-mypy_grpc={_plugin('protoc-gen-mypy_grpc')}",
        f"--python_out={output}",
        f"--grpc_python_out={output}",
        f"--mypy_out={output}",
        f"--mypy_grpc_out={output}",
        *PROTOS,
    ]
    if protoc.main(arguments) != 0:
        raise RuntimeError("protoc refused proto/; its words stand above")
    for folder in (output / "masking", output / "masking" / "v1"):
        (folder / "__init__.py").write_text('"""Generated from proto/ by the build."""\n')
    (output / "masking" / "py.typed").touch()


def _plugin(name: str) -> str:
    """The plugin beside this interpreter, which need not be on the PATH, or on the PATH of an isolated build."""
    places = os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", "")))
    found = shutil.which(name, path=places)
    if found is None:
        raise RuntimeError(f"{name} is missing; the package mypy-protobuf brings it")
    return found


class BuildHook(BuildHookInterface[Any]):
    """Called by hatchling before it packs or links the sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generate the stubs. A source distribution carries them, so that none need be made from one."""
        del version, build_data
        generate(Path(self.root))


if __name__ == "__main__":
    generate()
