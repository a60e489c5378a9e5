"""What the Postgres backend brings to an allocation."""

import random
from collections.abc import Mapping, Sequence

from adapters.storage.postgres.sql import Row, Statement, statement, text
from adapters.storage.postgres.transaction import Transaction
from masking_core.allocation import WINDOW, Candidate, Need, Search, searches
from masking_core.exhaustion import NumberFacts
from masking_core.instants import Instant
from masking_core.pools import Geography, NumberState, Pool
from masking_core.sessions import Session

_ANY_LOAD = 2**62
_LIMIT = 4 * WINDOW
"""More than are asked for, so that openings at the same time find different ones among the equally good."""

Question = Search | str
"""What is asked on behalf of a participant: the candidates of a search, or the facts of a number."""


class Questions:
    """The statements that answer an allocation for one session at one moment."""

    def __init__(self, pool: Pool, session: Session, row: int, now: Instant) -> None:
        """Take the session and its row, 0 for a new one: its own routes do not count against it."""
        self._pool = pool
        self.session = session
        self._row = row
        self.now = now
        self.cooled = now - pool.policy.cool_off

    def first(self, need: Need) -> Question:
        """What allocating a number to a participant asks first."""
        return need.wanted or next(searches(self._pool.policy, need.home))

    def statement(self, need: Need, question: Question) -> Statement:
        """The statement that answers a question."""
        if isinstance(question, str):
            return statement(
                "number_facts",
                self._pool.name,
                question,
                self._row,
                self.session.session_id,
                list(need.lookups()),
            )
        return self._candidates(need, question)

    def _candidates(self, need: Need, search: Search) -> Statement:
        highest_load = 0 if self.session.reserved else _ANY_LOAD
        arguments: list[object] = [self._pool.name, self.cooled, highest_load, self._row, list(need.lookups())]
        if search.early:
            arguments.append(self.now)
        near = ""
        for reach, column, value in (
            (Geography.COUNTRY, "n.country", search.country),
            (Geography.AREA, "n.area", search.area),
        ):
            if search.reach >= reach:
                arguments.append(value)
                near += f" AND {column} = ${len(arguments)}"
        name = "cooling_candidates" if search.early else "candidates"
        return Statement(text(name, near=near, limit=str(_LIMIT)), arguments)

    def pool_facts(self, need: Need) -> Statement:
        """The statement for the facts of every number."""
        return statement(
            "pool_facts",
            self._pool.name,
            self.cooled,
            self.now,
            self._row,
            self.session.session_id,
            list(need.lookups()),
        )


class PostgresSource:
    """Numbers of one pool for one session, inside a transaction.

    Another writer may take a number that is found here; the guards of the statements that write notice.
    """

    unplaced: Need
    """The participant whom no number was found for, once that is so."""

    def __init__(
        self, transaction: Transaction, questions: Questions, answers: Mapping[tuple[Need, Question], Sequence[Row]]
    ) -> None:
        """Take the rows that answer what was asked beforehand; all else is asked when it is needed."""
        self._transaction = transaction
        self._questions = questions
        self._answers = answers

    def _rows(self, need: Need, question: Question) -> Sequence[Row]:
        known = self._answers.get((need, question))
        return self._transaction.ask(self._questions.statement(need, question))[0] if known is None else known

    def candidates(self, need: Need, search: Search) -> Sequence[Candidate]:
        """See ``NumberSource``."""
        found = [Candidate(number, load, last_used) for number, load, last_used in self._rows(need, search)]
        if not search.early:
            random.shuffle(found)
            found.sort(key=lambda candidate: (candidate.load, candidate.last_used or 0))
        return found[:WINDOW]

    def describe(self, number: str, need: Need) -> NumberFacts | None:
        """See ``NumberSource``."""
        rows = self._rows(need, number)
        if not rows:
            return None
        state, voice, country, area, reserved, in_use, last_used = rows[0]
        return NumberFacts(
            state=NumberState(state),
            voice=voice,
            country=country,
            area=area,
            reserved=reserved,
            in_use=in_use,
            occupied=last_used is not None and last_used > self._questions.now,
            cooling=last_used is not None and self._questions.cooled < last_used <= self._questions.now,
        )

    def facts(self, need: Need) -> tuple[NumberFacts, ...]:
        """None of them, for nobody shall wait for the count: whoever allocates asks for it afterwards."""
        self.unplaced = need
        return ()


def facts_of(rows: Sequence[Row]) -> list[NumberFacts]:
    """The facts that ``Questions.pool_facts`` asked for."""
    return [NumberFacts(NumberState(state), *others) for state, *others in rows]
