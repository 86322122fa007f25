-- What queries of users read to compare pictures: which content an image is, where an embedding space has seen it. The vectors stay with the owner: a
-- statement is given those of the pictures that its own rows name.
CREATE VIEW thanosql.picture_content AS
    SELECT e.trunk_id, i.bucket, i.key, i.content_id
    FROM thanosql.image i
    JOIN thanosql.embedding e USING (content_id)
    WHERE e.view = 0 AND i.state IN ('indexed', 'pending');
