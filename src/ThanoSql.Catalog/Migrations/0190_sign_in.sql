-- The keys that protect the page's cookies and state, shared by the query processes (ASP.NET Core's Data Protection).
CREATE TABLE thanosql.cookie_key (
    name    text PRIMARY KEY,
    element text NOT NULL,      -- XML
    made_at timestamptz NOT NULL DEFAULT now()
);

-- Links that sign a browser in, once.
CREATE TABLE thanosql.sign_in_link (
    sha256   bytea PRIMARY KEY, -- of what the link holds
    token_id integer NOT NULL REFERENCES thanosql.token ON DELETE CASCADE,
    ends_at  timestamptz NOT NULL
);
