-- Rows as a few weeks of work leave them. The fixture has filled a temporary table `picture` (key, etag, size, sha256): the files of the store.

-- The secrets are the texts that are hashed here.
INSERT INTO thanosql.token (name, sha256, scopes, expires_at, revoked_at) VALUES
    ('owner', sha256('tsql_the-owner-of-an-old-home'), ARRAY['admin'], NULL, NULL),
    ('shop', sha256('tsql_the-shop-of-an-old-home'), ARRAY['search'], now() + interval '10 years', NULL),
    ('lost', sha256('tsql_lost-in-an-old-home'), ARRAY['admin'], NULL, now());

-- Two versions of a model over the trunk that the program brings. A head: "TSHD", format 1, 2 labels, 320 dimensions, the labels with their lengths,
-- weights, biases, thresholds, and a checksum. All weights are 0, so both say "apple" of every picture: whoever says "pear" has it from the catalog.
INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin) VALUES (
    'atto@29e07d3f76a36d51493a5cac0ba2753e33a66452224c2c2923bee29c7db8aa0e:192/219/rgb', 'ConvNeXt_Atto',
    '29e07d3f76a36d51493a5cac0ba2753e33a66452224c2c2923bee29c7db8aa0e', '192/219/rgb', 320, 'bundled');
INSERT INTO thanosql.model (name, algorithm, image_col, label_col, dialect) VALUES ('fruit', 'ConvNeXt_Atto', 'image_path', 'label', 'old');
WITH head (body) AS (
    SELECT '\x54534844010000000200000040010000'::bytea || '\x05000000'::bytea || 'apple'::bytea || '\x04000000'::bytea || 'pear'::bytea
           || decode(repeat('00000000', 2 * 320), 'hex') || '\x0000803f00000000'::bytea || '\x0000000000000000'::bytea)
INSERT INTO thanosql.model_version (
    model_id, number, trunk_id, parent_id, state, labels, head, metrics, source, options, data_fingerprint, artifact, artifact_sha256, keyed,
    promoted_at)
SELECT 1, v.number, 1, v.parent, v.state, ARRAY['apple', 'pear'], body || sha256(body),
       '{"l2": 10, "rows": 4, "labels": [
           {"f1": 1, "label": "apple", "recall": 1, "support": 1, "precision": 1, "threshold": 0},
           {"f1": 1, "label": "pear", "recall": 1, "support": 1, "precision": 1, "threshold": 0}],
         "accuracy": 1, "held_out": 2, "macro_f1": 1, "teaching": 2, "confusion": [[1, 0], [0, 1]], "converged": true, "iterations": 17,
         "macro_recall": 1, "macro_precision": 1}',
       'BUILD MODEL fruit USING ConvNeXt_Atto OPTIONS (image_col=''image_path'', label_col=''label'', epochs=1, overwrite=True) '
       || 'AS SELECT * FROM photographs',
       '{"color": "RGB", "epochs": 1, "fine_tune": false, "image_col": "image_path", "label_col": "label", "batch_size": 16, "input_size": null,
         "learning_rate": null}',
       '89518bf2380d22256eb7bed682e38a3068898c2b1a4dfdf9fa43fe993d416eba', 'fruit.' || v.number || '.onnx', encode(sha256('No model.'), 'hex'), true,
       now()
FROM head, (VALUES (1, NULL, 'retired'), (2, 1, 'current')) AS v (number, parent, state) ORDER BY v.number;
UPDATE thanosql.model SET current_version_id = 2;
CREATE TABLE thanosql.keyword_1 PARTITION OF thanosql.keyword FOR VALUES IN (1);
CREATE TABLE thanosql.keyword_2 PARTITION OF thanosql.keyword FOR VALUES IN (2);

-- Pictures in every state. Those under photographs/ were seen by a training, the others came as files of the folder.
INSERT INTO thanosql.content (sha256)
SELECT sha256 FROM picture WHERE key NOT IN ('products/pending.png', 'products/broken.png') ORDER BY sha256;
INSERT INTO thanosql.image (bucket, key, etag, size, content_id, state, event_source, indexed_at, event_etag)
SELECT 'workspace', key, etag, size, content_id, 'indexed', f.source, now(), CASE WHEN f.source IS NOT NULL THEN etag END
FROM picture JOIN thanosql.content USING (sha256), LATERAL (SELECT CASE WHEN key NOT LIKE 'photographs/%' THEN 'folder' END) AS f (source)
ORDER BY key;
INSERT INTO thanosql.image (bucket, key, event_source, event_etag)
SELECT 'workspace', key, 'folder', etag FROM picture WHERE key = 'products/pending.png';
INSERT INTO thanosql.image (
    bucket, key, etag, size, state, event_source, failure_kind, failure, attempts, first_failed_at, last_failed_at, event_etag)
SELECT 'workspace', key, etag, size, 'failed', 'folder', 'poison', 'not_an_image: The file is not a picture. JPEG, PNG and WebP are read.',
       1, now(), now(), etag
FROM picture WHERE key = 'products/broken.png';
INSERT INTO thanosql.image (bucket, key, state, generation, event_source, indexed_at)
VALUES ('workspace', 'products/gone.png', 'gone', 2, 'folder', now());
INSERT INTO thanosql.image (bucket, key, state, event_source) VALUES ('workspace', 'gallery/unseen.png', 'gone', 'row');
INSERT INTO thanosql.unreadable_event (source, body, reason) VALUES ('webhook', 'no json', 'The message is no JSON.');
INSERT INTO thanosql.sweep (bucket, started_at, finished_at, listed) SELECT 'workspace', now(), now(), count(*) FROM picture;

-- 320 times 0.0559 in float16: of length 1. The best label stands in the picture's name.
INSERT INTO thanosql.embedding (trunk_id, content_id, vector) SELECT 1, content_id, decode(repeat('282b', 320), 'hex') FROM thanosql.content;
INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
SELECT v.version_id, i.content_id, k.rank, k.keyword, k.score
FROM thanosql.image i, thanosql.model_version v, LATERAL (SELECT CASE WHEN i.key LIKE '%pear%' THEN 'pear' ELSE 'apple' END) AS best (label),
     LATERAL (VALUES (1, best.label, 0.9), (2, CASE best.label WHEN 'pear' THEN 'apple' ELSE 'pear' END, 0.1)) AS k (rank, keyword, score)
WHERE i.content_id IS NOT NULL;
INSERT INTO thanosql.held_out (model_id, content_id, held_out)
SELECT 1, content_id, key LIKE '%2.png' FROM thanosql.image WHERE key LIKE 'photographs/%';

INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, definition, state) VALUES
    ('gallery', 'workspace', 'gallery/', 'gallery', 'fruit', '{"name": "gallery", "rows": "attach",
        "model": {"name": "fruit", "train": null, "options": {}, "algorithm": "ConvNeXt_Atto", "image_col": "image_path", "label_col": "label"},
        "table": "gallery", "bucket": "workspace", "prefix": "gallery/", "search": {"sort": [], "columns": [], "filters": []},
        "columns": {"score": "keyword_score", "source": "keyword_source", "keyword": "keyword", "version": "keyword_version"},
        "promote": {"metric": "macro_f1", "at_least": null, "not_worse_by": 0.01, "min_per_label": 1, "allow_label_changes": false},
        "schedule": null, "synonyms": {}, "image_col": "picture", "label_col": "label", "on_delete": "clear", "retention": {"versions": 3},
        "after_new_rows": null}', 'active'),
    ('shop', 'workspace', 'products/', 'products', 'fruit', '{"name": "shop", "rows": "create",
        "model": {"name": "fruit", "train": "SELECT image_path, label FROM photographs", "options": {}, "algorithm": "ConvNeXt_Atto",
            "image_col": "image_path", "label_col": "label"},
        "table": "products", "bucket": "workspace", "prefix": "products/", "search": {"sort": ["price"], "columns": ["price"], "filters": ["price"]},
        "columns": {"score": "keyword_score", "source": "keyword_source", "keyword": "keyword", "version": "keyword_version"},
        "promote": {"metric": "macro_f1", "at_least": null, "not_worse_by": 0.01, "min_per_label": 1, "allow_label_changes": false},
        "schedule": null, "synonyms": {"apple": ["사과"]}, "image_col": "image_path", "label_col": null, "on_delete": "delete",
        "retention": {"versions": 3}, "after_new_rows": null}', 'active');

-- A person's word in each table: one given over HTTP, one written into the label column.
INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
SELECT p.pipeline_id, bucket, key, content_id, 'apple', p.person
FROM (VALUES (2, 'products/pear-2.png', 'owner'), (1, 'gallery/pear.png', 'thanosql_write')) AS p (pipeline_id, key, person)
JOIN thanosql.image USING (key);

INSERT INTO public.photographs
VALUES ('photographs/apple-1.png', 'apple'), ('photographs/pear-1.png', 'pear'),
       ('photographs/apple-2.png', 'apple'), ('photographs/pear-2.png', 'pear');
INSERT INTO public.products (
    image_path, price, keyword_next, keyword_score_next, keyword_version_next, keyword_source_next,
    keyword, keyword_score, keyword_version, keyword_source)
VALUES ('products/apple.png', 100, 'apple', 0.9, 1, 'model', 'apple', 0.9, 2, 'model'),
       ('products/pear-1.png', 200, 'pear', 0.9, 1, 'model', 'pear', 0.9, 2, 'model'),
       ('products/pear-2.png', 300, 'pear', 0.9, 1, 'model', 'apple', 1, NULL, 'person');
INSERT INTO thanosql.made_row (pipeline_id, image_id)
SELECT 2, image_id FROM thanosql.image JOIN public.products ON image_path = key ORDER BY image_id;
INSERT INTO public.gallery (
    picture, label, note, keyword_next, keyword_score_next, keyword_version_next, keyword_source_next,
    keyword, keyword_score, keyword_version, keyword_source)
VALUES ('gallery/apple.png', NULL, 'hung', 'apple', 0.9, 1, 'model', 'apple', 0.9, 2, 'model'),
       ('gallery/pear.png', 'apple', 'hung', NULL, NULL, NULL, NULL, 'apple', 1, NULL, 'person'),
       ('gallery/unseen.png', NULL, 'absent', NULL, NULL, NULL, 'failed', NULL, NULL, NULL, 'failed');

INSERT INTO thanosql.training_run (
    model_name, version_id, trigger, statement, scope, state, log, outcome, error_code, error_offset, started_at, finished_at, runner)
SELECT 'fruit', r.version, 'statement',
       'BUILD MODEL fruit USING ConvNeXt_Atto OPTIONS (image_col=''image_path'', label_col=''label'', epochs=1, overwrite=True) '
       || 'AS SELECT * FROM ' || r.source,
       'admin', r.state, r.log, r.outcome, r.code, r.at, now(), now(), '076aebe6-ca8e-4ddc-92ec-b4af951d9017'
FROM (VALUES
    (1, 1, 'photographs', 'promoted', E'2 labels learned from 2 images; on 2 held-out images: accuracy 1.000, macro F1 1.000.\n',
        'Model ''fruit'' answers with version 1.', NULL, NULL),
    (2, 2, 'photographs', 'promoted', E'2 labels learned from 2 images; on 2 held-out images: accuracy 1.000, macro F1 1.000.\n',
        'Model ''fruit'' answers with version 2.', NULL, NULL),
    (3, NULL, 'nowhere', 'failed', '', 'relation "nowhere" does not exist', '42P01', 133)) AS r (n, version, source, state, log, outcome, code, at)
ORDER BY r.n;
