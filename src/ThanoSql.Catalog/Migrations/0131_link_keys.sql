-- The keys that sign image links and page cursors. One signs; those before it are kept until what they signed has ended.
CREATE TABLE thanosql.link_key (
    key_id  integer PRIMARY KEY,  -- named in what it signs, but for the first
    secret  text NOT NULL,        -- 64 hexadecimal digits
    made_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz           -- null: it signs
);
CREATE UNIQUE INDEX link_key_signing ON thanosql.link_key ((true)) WHERE ends_at IS NULL;

-- The setting stays for processes of the release before.
INSERT INTO thanosql.link_key (key_id, secret) SELECT 1, s.value FROM thanosql.setting s WHERE s.name = 'link_signing_key';
