"""The pools of the running service and the numbers in them, over gRPC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.infobip.wire import OwnedNumber
from masking.v1 import number_service_pb2 as pb
from masking.v1.number_service_pb2_grpc import NumberServiceStub
from masking.v1.session_service_pb2 import Announcement as AnnouncementValue
from masking.v1.session_service_pb2 import Audio
from masking_core.audio import Announcement

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class PooledNumber:
    """A number in its pool; one that drains gets no new sessions."""

    number: str
    pool: str
    draining: bool


class PoolTable:
    """What there is, and what changes it. Every verb raises grpc.RpcError."""

    def __init__(self, numbers: NumberServiceStub) -> None:
        """Take the service."""
        self._numbers = numbers

    def pools(self) -> dict[str, dict[Announcement, Audio]]:
        """The recordings of each pool, by its name."""
        found: dict[str, dict[Announcement, Audio]] = {}
        request = pb.ListPoolsRequest(page_size=_PAGE)
        while True:
            page = self._numbers.ListPools(request)
            for pool in page.pools:
                recordings = {_announcement(each.announcement): each.audio for each in pool.policy.announcements}
                found[pool.name.removeprefix("pools/")] = recordings
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    def numbers(self) -> dict[str, PooledNumber]:
        """Every number of every pool."""
        found: dict[str, PooledNumber] = {}
        request = pb.ListNumbersRequest(page_size=_PAGE)
        while True:
            page = self._numbers.ListNumbers(request)
            for each in page.numbers:
                pool = each.name.split("/")[1]
                found[each.number] = PooledNumber(each.number, pool, each.state == pb.Number.STATE_DRAINING)
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    def create(self, pool: str) -> None:
        """Make a pool with the default policy."""
        self._numbers.CreatePool(pb.CreatePoolRequest(pool_id=pool))

    def set_recordings(self, pool: str, recordings: Mapping[Announcement, Audio]) -> None:
        """Have a pool's announcements said by these, and by no other."""
        changed = pb.Pool(name=f"pools/{pool}")
        changed.policy.SetInParent()
        for announcement, audio in recordings.items():
            changed.policy.announcements.add(announcement=_value(announcement), audio=audio)
        request = pb.UpdatePoolRequest(pool=changed)
        request.update_mask.paths.append("policy.announcements")
        self._numbers.UpdatePool(request)

    def add(self, pool: str, numbers: Sequence[OwnedNumber]) -> None:
        """Put numbers into service: all of them, or none."""
        request = pb.AddNumbersRequest(pool=f"pools/{pool}")
        for each in numbers:
            request.numbers.add(number=each.number, country=each.country, voice=each.voice, sms=each.sms)
        self._numbers.AddNumbers(request)

    def drain(self, numbers: Sequence[str]) -> None:
        """Give numbers no new sessions."""
        self._numbers.DrainNumbers(pb.DrainNumbersRequest(names=[f"pools/-/numbers/{each}" for each in numbers]))


def _value(announcement: Announcement) -> AnnouncementValue.ValueType:
    return AnnouncementValue.Value(f"ANNOUNCEMENT_{announcement.name}")


def _announcement(value: AnnouncementValue.ValueType) -> Announcement:
    return Announcement[AnnouncementValue.Name(value).removeprefix("ANNOUNCEMENT_")]
