-- Whose calls they are, now with the time of each: a call centre takes part in as many calls as there are, and its pages
-- are walked like any other list's.

CREATE TABLE people_of_calls (
    person BLOB NOT NULL,
    time INTEGER NOT NULL,
    call INTEGER NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    PRIMARY KEY (person, time, call)
) STRICT, WITHOUT ROWID;
INSERT INTO people_of_calls (person, time, call)
SELECT p.person, c.time, p.call FROM call_people AS p JOIN calls AS c ON c.id = p.call;
DROP TABLE call_people;
ALTER TABLE people_of_calls RENAME TO call_people;
CREATE INDEX people_of_call ON call_people (call);
