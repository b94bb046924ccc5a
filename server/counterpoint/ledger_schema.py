"""Tables of the ledger, as numbered migrations."""

from __future__ import annotations

from counterpoint.database import Database


def _append_only(*tables: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        for table in tables
        for verb in ("UPDATE", "DELETE")
    )


MIGRATIONS: tuple[tuple[str, ...], ...] = (
    # Money is in whole nano-USD: prices per million tokens have at most three decimals, so sums stay exact.
    (
        """CREATE TABLE calls (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL, day TEXT NOT NULL, expires REAL NOT NULL,
            job TEXT NOT NULL, task TEXT NOT NULL, role TEXT NOT NULL, provider TEXT NOT NULL,
            model TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('completion', 'other')),
            reserved_nano INTEGER NOT NULL CHECK (reserved_nano >= 0), pid INTEGER NOT NULL
        )""",
        """CREATE TABLE settlements (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            call_id INTEGER NOT NULL REFERENCES calls (id), at REAL NOT NULL,
            cost_nano INTEGER NOT NULL CHECK (cost_nano >= 0),
            input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL,
            written_5m_tokens INTEGER NOT NULL, written_1h_tokens INTEGER NOT NULL,
            output_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL, estimated INTEGER NOT NULL,
            seconds REAL NOT NULL, first_token_seconds REAL,
            outcome TEXT NOT NULL
                CHECK (outcome IN ('ok', 'cut', 'cancelled', 'error', 'refused', 'length', 'lost')),
            error TEXT NOT NULL, tier TEXT, request_id TEXT, vendor_model TEXT
        )""",
        """CREATE TABLE sent (
            call_id INTEGER NOT NULL REFERENCES calls (id),
            path TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL
        )""",
        "CREATE INDEX calls_by_day ON calls (day, kind, reserved_nano)",
        "CREATE INDEX calls_by_job ON calls (job)",
        "CREATE INDEX settlements_by_call ON settlements (call_id, id, cost_nano)",
        "CREATE INDEX sent_by_call ON sent (call_id)",
        *_append_only("calls", "settlements", "sent"),
    ),
    # What a call sent, for the estimate of the next: 0 characters where it was not written down.
    (
        "ALTER TABLE calls ADD COLUMN language TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE calls ADD COLUMN characters INTEGER NOT NULL DEFAULT 0 CHECK (characters >= 0)",
    ),
    # What the user did with what was shown. A suggestion may have come without any call.
    (
        """CREATE TABLE choices (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL, day TEXT NOT NULL, job TEXT NOT NULL, task TEXT NOT NULL,
            what TEXT NOT NULL, shown INTEGER NOT NULL, taken INTEGER NOT NULL,
            source TEXT NOT NULL, model TEXT NOT NULL, language TEXT NOT NULL, after INTEGER NOT NULL
        )""",
        "CREATE INDEX choices_by_day ON choices (day)",
        "CREATE INDEX choices_by_job ON choices (job)",
        *_append_only("choices"),
    ),
    # What became of findings. One that was never made, since its quote was absent, has no name.
    (
        """CREATE TABLE looks (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL, day TEXT NOT NULL, root TEXT NOT NULL, job TEXT NOT NULL,
            finding TEXT NOT NULL,
            fate TEXT NOT NULL
                CHECK (fate IN ('shown', 'fixed', 'dismissed', 'refuted', 'resolved', 'absent')),
            lens TEXT NOT NULL, category TEXT NOT NULL, rule TEXT NOT NULL, model TEXT NOT NULL
        )""",
        "CREATE INDEX looks_by_day ON looks (day)",
        *_append_only("looks"),
    ),
    # What users did with edits that editors applied.
    (
        """CREATE TABLE edit_outcomes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL, day TEXT NOT NULL, job TEXT NOT NULL, task TEXT NOT NULL,
            choice TEXT NOT NULL CHECK (choice IN
                ('applied', 'kept', 'reverted', 'undone', 'refined', 'other', 'reviewed')),
            model TEXT NOT NULL, language TEXT NOT NULL
        )""",
        "CREATE INDEX edit_outcomes_by_day ON edit_outcomes (day)",
        "CREATE INDEX edit_outcomes_by_job ON edit_outcomes (job)",
        *_append_only("edit_outcomes"),
    ),
    # How hard a model was told to think, for the estimate of the next call.
    ("ALTER TABLE calls ADD COLUMN effort TEXT NOT NULL DEFAULT ''",),
    # What a prompt was made of: a JSON object of characters by part, '' where it was not written down.
    ("ALTER TABLE calls ADD COLUMN parts TEXT NOT NULL DEFAULT ''",),
    # How a job ended; the latest row of a job counts. `changed` is the share of what was written for the user
    # that had become something else by then, 0 to 1.
    (
        """CREATE TABLE job_outcomes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL, day TEXT NOT NULL, job TEXT NOT NULL, task TEXT NOT NULL,
            outcome TEXT NOT NULL
                CHECK (outcome IN ('kept', 'tuned', 'rewritten', 'undone', 'dismissed')),
            model TEXT NOT NULL, language TEXT NOT NULL, changed REAL NOT NULL
        )""",
        "CREATE INDEX job_outcomes_by_day ON job_outcomes (day)",
        "CREATE INDEX job_outcomes_by_job ON job_outcomes (job)",
        *_append_only("job_outcomes"),
    ),
    # Trials of another model on live questions: their begin and, in a second row, their verdict; and each
    # question that both answered, with what was measured of the two as JSON objects.
    (
        """CREATE TABLE trials (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL, day TEXT NOT NULL, trial TEXT NOT NULL,
            model TEXT NOT NULL, other TEXT NOT NULL, share REAL NOT NULL, days INTEGER NOT NULL,
            verdict TEXT NOT NULL
        )""",
        """CREATE TABLE trial_pairs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL, day TEXT NOT NULL, trial TEXT NOT NULL,
            job TEXT NOT NULL, other_job TEXT NOT NULL, task TEXT NOT NULL, language TEXT NOT NULL,
            model_measures TEXT NOT NULL, other_measures TEXT NOT NULL
        )""",
        "CREATE INDEX trial_pairs_by_trial ON trial_pairs (trial)",
        *_append_only("trials", "trial_pairs"),
    ),
    # Why a model was asked, in the router's words, which hold nothing of the question. '' where not written.
    ("ALTER TABLE calls ADD COLUMN reason TEXT NOT NULL DEFAULT ''",),
)

DATABASE = Database(
    name="The ledger",
    migrations=MIGRATIONS,
    probe="SELECT max(id) FROM calls",
    fix="Without it spending cannot be capped. Check the disk and the folder's permissions.",
    lost="What was spent earlier today is not counted against today's budget.",
)
