-- What workers do, for whoever looks on. No work depends on it, so a crash may take it.

-- A process that indexes.
CREATE UNLOGGED TABLE thanosql.worker (
    worker_id  uuid PRIMARY KEY,             -- another one at each start
    host       text NOT NULL,
    version    text NOT NULL,
    provider   text NOT NULL CHECK (provider IN ('cpu', 'cuda')),  -- where its trunks run
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now()
);

-- What one of them did in five seconds, for an hour. There is no row where it did nothing.
CREATE UNLOGGED TABLE thanosql.worker_activity (
    at        timestamptz NOT NULL,          -- their beginning
    worker_id uuid NOT NULL,
    indexed   integer NOT NULL,
    failed    integer NOT NULL,
    lag_ms    bigint NOT NULL,               -- from event to row, the sum over those indexed
    PRIMARY KEY (at, worker_id)
);

-- Somebody wants the store to be compared again. The worker that takes the row does it.
CREATE TABLE thanosql.sweep_request (
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now()
);

-- Counted each second while a page is open.
CREATE INDEX label_to_confirm ON thanosql.label (pipeline_id) WHERE state = 'to confirm';
