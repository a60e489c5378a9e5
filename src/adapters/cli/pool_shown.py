"""How a pool is shown to people."""

from adapters.cli import limit_options, messages
from adapters.cli.output import Record
from adapters.cli.session_shown import call_settings_members
from masking.v1 import number_service_pb2 as pb


def pool_record(pool: pb.Pool) -> Record:
    """A pool and its policy, member by member."""
    policy = pool.policy
    members = [
        ("name", messages.last_part(pool.name)),
        ("geography", _geography(policy)),
        ("cool-off", messages.duration(policy.cool_off)),
        ("on shortage", messages.word(pb.PoolPolicy.Shortage.Name(policy.on_shortage), "SHORTAGE_")),
        ("retention", messages.duration(policy.retention)),
        ("default ttl", _limit(policy, "default_time_to_live")),
        ("max ttl", _limit(policy, "max_time_to_live")),
        ("countries", " ".join(policy.countries) or "all"),
        ("on ended session", _treatment(policy, policy.on_ended_session)),
        ("ended for", _limit(policy, "ended_session_period", "as long as remembered")),
        ("on no session", _treatment(policy, policy.on_no_session)),
        ("on withheld", _withheld(policy)),
        ("calls kept", messages.duration(policy.call_retention)),
        ("calls at once", f"{policy.calls_at_once} on a number"),
    ]
    members += [member for member in call_settings_members(policy.call_settings) if member[1]]
    if pb.PoolPolicy.TREATMENT_ASK_PIN in (policy.on_no_session, policy.on_caller_withheld):
        members.append(("pins", _pins(policy.pins)))
    members += limit_options.shown(policy.limits)
    members += [
        (f"says {messages.announcement(each.announcement)}", messages.audio(each.audio))
        for each in policy.announcements
    ]
    return Record(
        [*members, ("created", messages.time(pool.create_time)), ("changed", messages.time(pool.update_time))]
    )


def geography(policy: pb.PoolPolicy) -> str:
    """How near its numbers must lie, in a word."""
    return messages.word(pb.PoolPolicy.Geography.Name(policy.geography), "GEOGRAPHY_")


def _geography(policy: pb.PoolPolicy) -> str:
    shown = geography(policy)
    return shown if shown == "none" else f"{shown}, {'strict' if policy.strict_geography else 'widening'}"


def _limit(policy: pb.PoolPolicy, field: str, without: str = "none") -> str:
    span = getattr(policy, field)
    return messages.duration(span) if span.ToNanoseconds() else without


def _treatment(policy: pb.PoolPolicy, treatment: pb.PoolPolicy.Treatment.ValueType) -> str:
    shown = messages.word(pb.PoolPolicy.Treatment.Name(treatment), "TREATMENT_")
    return f"{shown} to {policy.call_centre}" if shown == "forward" else shown


def _withheld(policy: pb.PoolPolicy) -> str:
    treatment = policy.on_caller_withheld
    return _treatment(policy, treatment) if treatment else "as on no session"


def _pins(pins: pb.PoolPolicy.Pins) -> str:
    window, lock = messages.duration(pins.lock_window), messages.duration(pins.lock_time)
    return (
        f"{pins.length} digits, {pins.tries} tries a call; "
        f"{pins.lock_after} failed on a number within {window} lock it for {lock}"
    )
