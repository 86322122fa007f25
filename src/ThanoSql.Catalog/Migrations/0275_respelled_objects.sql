-- Objects that a sweep under way has listed elsewhere than their keys' place, since the store spells them otherwise (macOS writes "사과" as four
-- letters): no page of the listing tells that they are missing.
CREATE TABLE thanosql.sweep_respelled (
    bucket text COLLATE "C" NOT NULL,
    key    text COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, key)
);
