namespace ThanoSql.Benchmarks.Sql;

/// <summary>
/// 200,000 indexed images with the five best of 40 labels each: 1,000,000 keyword rows. Half of them are the pictures of <c>products</c>, a
/// pipeline's table with the index columns and indexes that a pipeline makes; its rows lie in another order than the images were indexed in.
/// </summary>
internal static class SeededShop
{
    public const string Model = "shop_model";

    /// <summary>A label of 25,000 keyword rows, half of them of products.</summary>
    public const string Keyword = "과일";

    public static readonly IReadOnlyList<string> Script = [Catalog, Images, Products, "VACUUM ANALYZE"];

    private const string Catalog = $$$"""
        INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin)
            VALUES ('t', 'ConvNeXt_Atto', 'x', '224', 2, 'random');
        INSERT INTO thanosql.model (name, algorithm, image_col, label_col, dialect)
            VALUES ('{{{Model}}}', 'ConvNeXt_Tiny', 'image_path', 'label', 'new');
        INSERT INTO thanosql.model_version (model_id, number, trunk_id, state, labels, head, source)
            SELECT 1, 1, 1, 'current', array_agg(CASE i WHEN 0 THEN '{{{Keyword}}}' ELSE 'label ' || i END ORDER BY i), '', ''
                FROM generate_series(0, 39) i;
        UPDATE thanosql.model SET current_version_id = 1;
        INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, state, definition)
            VALUES ('products', 'workspace', 'products/', 'products', '{{{Model}}}', 'active',
                '{"image_col": "image_path", "columns": {"source": "keyword_source"}, "synonyms": {}}');
        CREATE TABLE thanosql.keyword_1 PARTITION OF thanosql.keyword FOR VALUES IN (1);
        """;

    private const string Images = """
        SELECT setseed(0.5);
        INSERT INTO thanosql.content (sha256) SELECT sha256(int4send(i)) FROM generate_series(1, 200000) i;
        INSERT INTO thanosql.image (bucket, key, etag, size, content_id, state, indexed_at)
            SELECT 'workspace', CASE i % 2 WHEN 0 THEN 'products/' ELSE 'photographs/' END || lpad(i::text, 6, '0') || '.jpg', md5(i::text),
                100000 + i, i, 'indexed', now()
            FROM generate_series(1, 200000) i;
        INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
            SELECT 1, i, r, (SELECT labels FROM thanosql.model_version)[(best + 8 * r) % 40 + 1],
                CASE r WHEN 1 THEN sure ELSE (1 - sure) / 2 ^ (r - 1) END
            FROM (SELECT i, random() * 0.7 + 0.3 AS sure, floor(random() * 40)::integer AS best
                FROM generate_series(1, 200000) i) AS image, generate_series(1, 5) r;
        """;

    private const string Products = """
        CREATE TABLE public.category (category_id integer PRIMARY KEY, title text NOT NULL);
        INSERT INTO public.category SELECT i, 'category ' || i FROM generate_series(1, 50) i;
        CREATE TABLE public.products (
            image_path text NOT NULL, price integer NOT NULL, category_id integer NOT NULL REFERENCES public.category,
                created_at timestamptz NOT NULL,
            keyword text, keyword_score real, keyword_version integer, keyword_source text);
        INSERT INTO public.products
            SELECT i.key, i.image_id / 2, 1 + i.image_id % 50, now() - i.image_id * interval '1 minute', k.keyword, k.score, 1, 'model'
            FROM thanosql.image i JOIN thanosql.keyword k ON k.version_id = 1 AND k.content_id = i.content_id AND k.rank = 1
            WHERE i.key LIKE 'products/%' ORDER BY md5(i.key);
        CREATE INDEX ON public.products (keyword, keyword_score DESC);
        CREATE INDEX ON public.products (image_path);
        CREATE INDEX ON public.products (image_path) WHERE keyword_source IS NULL;
        CREATE INDEX ON public.products (price);
        """;
}
