-- The distinct labels that people gave, of which every process asks twice a second while it is searched: one probe for each of them.
CREATE INDEX label_words ON thanosql.label (pipeline_id, label) WHERE state = 'confirmed';
