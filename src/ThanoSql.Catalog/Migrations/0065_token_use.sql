-- When a token was used last, to a minute: whoever revokes tokens wants to know which are idle.
ALTER TABLE thanosql.token ADD COLUMN last_used_at timestamptz;
