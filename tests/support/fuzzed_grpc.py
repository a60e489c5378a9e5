"""Messages that nobody ought to send, drawn from a seed: ill-formed ones, and others that name nothing there is."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final

from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import DecodeError, Message

from masking.v1 import block_service_pb2, call_service_pb2, number_service_pb2, privacy_service_pb2, session_service_pb2

FILES: Final = (block_service_pb2, call_service_pb2, number_service_pb2, privacy_service_pb2, session_service_pb2)
TEXTS: Final = (
    "", "\0", "a\0b", "pools/RIDE UK", "pools/ride-uk/../x", "pools/-", "sessions/nothing", "sessions/",
    "numbers/+1", "calls/%00",
    "💥" * 40, "%s%n", "' OR 1=1 --", "+", "+0", "++447700900101", "X" * 5_000, "\u202e", "*", "{}", "Anonymous", "é",
)  # fmt: skip
NUMBERS: Final = (0, 1, -1, 2, 7, 100, 2**31 - 1, -(2**31))
LARGE: Final = (*NUMBERS, 2**63 - 1, -(2**63), 253402300800, 10**12)
DEEPEST: Final = 3


Kind = tuple[str, type[Message]]
"""The path of a method, and the class of its requests."""


def services_of(files: Sequence[Any]) -> Iterator[MethodDescriptor]:
    """Every method of the services in some files."""
    for file in files:
        for service in file.DESCRIPTOR.services_by_name.values():
            yield from service.methods


def kinds() -> list[Kind]:
    """Every method that takes one message and answers with one."""
    return [
        (path_of(each), message_factory.GetMessageClass(each.input_type))
        for each in services_of(FILES)
        if not each.server_streaming
    ]


def path_of(method: MethodDescriptor) -> str:
    """As gRPC names it."""
    return f"/{method.containing_service.full_name}/{method.name}"


class FuzzedGrpc:
    """Draws request after request, none of which can do anything."""

    def __init__(self, seed: str, methods: Sequence[Kind] = ()) -> None:
        self._random = Random(seed)
        self._methods = methods or kinds()

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        """Paths and messages without end."""
        while True:
            path, kind = self._random.choice(self._methods)
            yield (
                path,
                (self._ill_formed(kind) if self._random.random() < 0.4 else self._nasty(kind).SerializeToString()),
            )

    def _ill_formed(self, kind: type[Message]) -> bytes:
        """No message of that kind, however it is read."""
        while True:
            data = bytearray(self._nasty(kind).SerializeToString())
            for _ in range(self._random.randint(1, 6)):
                at = self._random.randint(0, len(data))
                data[at : at + self._random.randint(0, 3)] = self._random.randbytes(self._random.randint(0, 3))
            try:
                kind.FromString(bytes(data))
            except DecodeError:
                return bytes(data)

    def _nasty(self, kind: type[Message], depth: int = 0) -> Message:
        message = kind()
        for field in kind.DESCRIPTOR.fields:
            if self._random.random() < 0.3:
                continue
            times = self._random.randint(0, 3) if field.is_repeated else 1
            for _ in range(times):
                self._set(message, field, depth)
        return message

    def _set(self, message: Message, field: Any, depth: int) -> None:
        if field.message_type is not None:
            if depth < DEEPEST and not field.message_type.GetOptions().map_entry:
                part = self._nasty(message_factory.GetMessageClass(field.message_type), depth + 1)
                place = getattr(message, field.name)
                (place.add() if field.is_repeated else place).CopyFrom(part)
            return
        value = self._value(field)
        if field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)

    def _value(self, field: Any) -> Any:
        kinds = FieldDescriptor
        if field.cpp_type == kinds.CPPTYPE_STRING:
            text = self._random.choice(TEXTS)
            return text.encode() if field.type == kinds.TYPE_BYTES else text
        if field.cpp_type == kinds.CPPTYPE_ENUM:
            return self._random.choice((0, 1, 2, 99))
        if field.cpp_type == kinds.CPPTYPE_BOOL:
            return self._random.random() < 0.5
        if field.cpp_type in (kinds.CPPTYPE_DOUBLE, kinds.CPPTYPE_FLOAT):
            return self._random.choice((0.0, -1.0, 1e300, float("inf"), float("nan")))
        if field.cpp_type in (kinds.CPPTYPE_UINT32, kinds.CPPTYPE_UINT64):
            return self._random.choice((0, 1, 2**32 - 1))
        return self._random.choice(LARGE if field.cpp_type == kinds.CPPTYPE_INT64 else NUMBERS)
