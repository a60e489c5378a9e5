"""How a session comes, changes and goes over several hash slots, and why it survives a crash between any two steps.

Who holds what
--------------
A session touches three kinds of slots: its own **shard** (the record), its **pool** (loads,
reservations) and the slot of each **caller** (routes). A script is atomic within one slot. What
holds a session together is its record, whose first letter is the phase that it is in; every other
slot is brought into line with it. Whoever finds a session in a phase in which something is left to
do may do it (``Transactions.finish``): each step has the effect of once, however often, however
late and by however many it is taken.

Every opening and every change has a random **token**; token and session together are its **lease**,
by which it reserves. A lease that came to nothing is never used again: whoever tries again takes a
new token. How long a lease lasts by the clock (of the one server that has the record) only says how
long others are patient before they abort it. Nothing is right or wrong by any clock, neither the
servers' nor ours: who was faster is decided by the phase.

Opening
-------
1. *Look*: the keys that writers must have, the request, the pool's least loaded numbers, the
   participants' routes on them. ``masking_core.allocation`` chooses.
2. *Begin* (shard, ``begin_opening``): the record is written whole, in phase **o**, and the session
   listed as under way. Nobody sees it yet.
3. *Reserve*, all at once: load, exclusive reservation and memory of the numbers in the pool
   (``reserve``); the pair (caller, dialled number) in each caller's slot (``lease``), refused where
   an active route or another's lease stands, or the caller is a virtual number or blocked; the request
   (``claim_request``).
4. *Commit* (shard, ``commit_opening``): **o** → **k**, and the session is listed. From here on it exists.
5. *Finish*: each lease becomes a route (``apply``), the reservation becomes the session's (``settle``).
6. *Leave* (shard, ``finish``): **k** → stable. Now the opening is acknowledged.

A death after
* 1: nothing was written.
* 2 or 3: the record in phase **o** tells all that may be reserved. When its lease is over, whoever
  is in its way (the same request, an exhausted pool, the sweeper) turns it to **x**
  (``abort``), which no commit can follow; then leases and reservations are given back, the request
  is released and the record deleted. A reservation in the pool that comes later still is refused by a mark
  under its lease; a lease that comes later still is worthless, and is removed by whoever meets it.
* 4 or 5: the session is open and was not acknowledged. Routes that are missing are made by whoever reads
  or lists the session, repeats the request, or sweeps. Nobody can take the pairs meanwhile, for they are leased.
* 6: nothing is left to do.

A callback reads routes alone, never leases, so nobody is connected before the commit. Between 5's
first and last route one side connects and the other does not yet; that was not acknowledged, and
whoever is told of the session, in whatever way, is told after the routes were made.

Closing
-------
1. *Close the meaning* (shard, ``close``): the record gets its close_time and another version; a
   stable one enters **c**. One script, from any phase: an opening that is committed, or a change that
   is under way, cannot keep it from being closed. A change that was not committed cannot be any more.
2. *Finish*: every route is written with its end (``apply``) and the pool counts the session no
   longer, once (``end``).
3. *Leave* (shard, ``finish``): now the closing is acknowledged, by whoever asked for it, first or again.

A death after 1 leaves a session that reads as closed, was not acknowledged, and is finished by whoever meets it.
A closing that is acknowledged has written the end of every route. No late step of anybody else
brings one back: ``apply`` writes a route only over an older version of the same session, or over the
lease of the same token; leases are made before the commit alone, and are consumed by the first
``apply``, that of the closing included. This is why a lease is never sent twice: one that was
repeated could arrive after it was consumed.

Changing
--------
A change that reserves nothing (the end, labels) goes from stable to **k** in one script
(``begin_change``), and is finished like an opening. One that needs numbers or other callers enters
**r** with the record as it shall be put aside, reserves, and commits (``commit_change``: the
version must still be the one it began with). Aborted, it enters **a**, gives back, and is stable
again. Re-keying is such a change.

On one server
-------------
Where every key lies on one server, what follows what is known before need not travel by itself: an opening or a
change from *begin* to *leave*, and what is to be finished, go as one script each, which takes the same steps and
stops where the program would (``stages.py``). Nobody sees what stands between the steps then, and a death finds
nothing to be finished, unless the script itself breaks off; whatever is said above holds as it does over several
slots.

Expiry, and being forgotten
---------------------------
Routes carry their end, so expiry needs no step. Whoever finds a session due in its pool's list marks it ended
(``expire``; from then on nobody extends it) and takes it off its numbers. A session past its retention enters **f**:
its routes, its memory in the pool, its request are removed, then its record. All keys of a
session also expire by themselves some days after its retention (``SLACK``), in time counted from
its last change, so that neither a clock that is off nor a deployment that nobody sweeps matters.

Events
------
An event of a session is appended to its shard's stream by the very script that makes the change: the
commit of an opening or a change, the closing, the marking as expired. Whoever finishes what another
left appends nothing, so it is told once; re-keying and forgetting tell nothing. What an opening or a
change tells is written by the process that makes it; what a closing tells, the script alone knows.
Calls lie in the same shards by their own ids, each with its indexes and events in one slot
(``call_changes.py``, ``new_calls.py``); how events are read stands in ``events.py``.

Exclusion
---------
* *One active route for a pair*: ``lease`` and ``apply`` on the caller's slot.
* *A reserved number has one session*: ``reserve`` on the pool's slot.
* *No real number is a virtual one*: ``lease`` and ``mark_virtual`` on the caller's slot.
* *Nobody who is blocked takes part*: ``lease`` and ``block`` on the caller's slot. Whoever blocks has
  the sessions decided that had a lease before, and looks for those to close only then.
* *One session for a request*: a request passes from one lease to another only when the first one's
  record is gone or aborted, and a session commits only when it holds its request.
* *Writers have the store's keys*: ``begin_opening`` and ``begin_change`` compare them on the shard;
  a change of keys tells every shard, and aborts what was begun before and is not committed.
"""
