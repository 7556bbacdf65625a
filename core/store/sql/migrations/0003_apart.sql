-- Identifiers of people that were split by hand: those on different sides of one split never join by themselves.
CREATE TABLE apart (
    split INTEGER NOT NULL,
    side INTEGER NOT NULL,
    namespace TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (split, namespace, value)
) STRICT, WITHOUT ROWID;
