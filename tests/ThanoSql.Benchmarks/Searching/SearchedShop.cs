using System.Globalization;
using Npgsql;

namespace ThanoSql.Benchmarks.Searching;

/// <summary>
/// A shop's table as a pipeline leaves it, with the indexes of its columns under <c>search: sort</c>: 100 labels, of which the last has no row;
/// prices up to 30,000; rows lie in no order that a query asks for.
/// </summary>
internal static class SearchedShop
{
    public const int Labels = 100;

    private const string Catalog = """
        INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin)
            VALUES ('t', 'ConvNeXt_Atto', 'x', '224', 2, 'random');
        INSERT INTO thanosql.model (name, algorithm, image_col, label_col, dialect) VALUES ('groups', 'ConvNeXt_Tiny', 'image_path', 'label', 'new');
        INSERT INTO thanosql.model_version (model_id, number, trunk_id, state, labels, head, source)
            SELECT 1, 1, 1, 'current', array_agg('label ' || i ORDER BY i), '', '' FROM generate_series(0, 99) i;
        UPDATE thanosql.model SET current_version_id = 1;
        INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, state, definition)
            VALUES ('products', 'workspace', 'products/', 'products', 'groups', 'active',
                '{"name": "products", "table": "products", "model": {"name": "groups"}, "search":
                    {"columns": ["price", "created_at"], "filters": ["price"], "sort": ["price", "created_at"]}}');
        """;

    public static async Task FillAsync(NpgsqlDataSource owner, int rows, CancellationToken stop)
    {
        var table = string.Create(CultureInfo.InvariantCulture, $"""
            CREATE TABLE public.products (
                image_path text NOT NULL, price integer, created_at timestamptz,
                keyword text, keyword_score real, keyword_version integer, keyword_source text);
            INSERT INTO public.products
                SELECT 'products/' || lpad(i::text, 8, '0') || '.jpg', (random() * 300)::integer * 100,
                    '2026-01-01'::timestamptz + random() * interval '300 days',
                    'label ' || floor(random() * {Labels - 1})::integer, random()::real, 1, 'model'
                FROM generate_series(1, {rows}) i;
            CREATE INDEX ON public.products (keyword, keyword_score DESC);
            CREATE INDEX ON public.products (keyword, price, image_path);
            CREATE INDEX ON public.products (keyword, created_at, image_path);
            """);
        foreach (var script in new[] { Catalog, table, "VACUUM ANALYZE" })
        {
            await using var command = owner.CreateCommand(script);
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync(stop);
        }
    }
}
