using System.Runtime.InteropServices;
using ThanoSql.Embedding.Similarity;

namespace ThanoSql.Planning.Pictures;

/// <summary>CONVERT: all rows of the source, each with the embedding of its picture; NULL for a picture that cannot be read.</summary>
internal static class ConvertRewriter
{
    private const int Batch = 4_096; // embeddings in memory at once

    public static async Task<string> RewriteAsync(
        Session session, ConvertStatement statement, CommonTable? scope, CancellationToken cancellationToken)
    {
        var options = ConvertOptions.Read(statement, session.Draft.Text);
        var finding = PictureModel.FindAsync(session, statement.Model, table: null, cancellationToken);
        var describing = session.ColumnsAsync(statement.Source, scope, cancellationToken);
        await Task.WhenAll(finding, describing);
        var (model, columns) = (await finding, await describing);
        var result = options.ResultColumn ?? (model.Serving.Dialect == ModelDialect.Old ? model.OldColumn : ConvertOptions.NewResult);
        AnsweredSource.RefuseDuplicates(session, statement.Verb, statement.Source, columns);
        // A cell that stores its result runs again over the table that it made
        if (options.StoreAs is null)
            KeptRows.RefuseTaken(session, statement.Source, columns, result);

        var image = AnsweredSource.ImageColumnOf(session, statement, model.Serving, options.ImageColumn, columns);
        var seen = await SeenRows.OpenAsync(session, statement, scope, model, columns, image, cancellationToken);
        var vectors = await VectorsAsync(session, seen, model, options.AsBytes, cancellationToken);
        var sql = $"SELECT {seen.Rows.List(without: result)}v.vector AS {Identifier.Quote(result)} FROM {seen.Rows.Table} s "
            + $"LEFT JOIN {vectors} v ON v.content = s.{SeenRows.Content} ORDER BY s.{KeptRows.Ordinal}";
        if (options.StoreAs is { } store)
            await StoredRows.StoreAsync(session, store, sql, cancellationToken);
        return sql;
    }

    /// <summary>The embeddings of the pictures that the rows name, as a temporary table of (content, vector).</summary>
    private static async Task<string> VectorsAsync(
        Session session, SeenRows seen, PictureModel model, bool asBytes, CancellationToken cancellationToken)
    {
        var contents = (await seen.ContentsAsync(session, cancellationToken)).Select(r => r.Content).OfType<long>().Distinct().Order();
        var table = session.NewName();
        await session.MakeAsync(table, $"content bigint, vector {(asBytes ? "bytea" : "real[]")}", cancellationToken);
        foreach (var batch in contents.Chunk(Batch))
        {
            var embeddings = await session.Pictures.Catalog.EmbeddingsAsync(model.Space.TrunkId, batch, cancellationToken);
            await session.AddAsync(table, embeddings.Select(e => (object?[])[e.ContentId, Value(e.Vector)]), cancellationToken);
        }
        return table;

        object Value(byte[] halves)
        {
            var floats = HalfVector.ToFloats(halves);
            return asBytes ? MemoryMarshal.AsBytes<float>(floats).ToArray() : floats;
        }
    }
}

/// <summary>
/// The options of CONVERT in all generations. <c>batch_size</c>, <c>input_size</c> and <c>text_col</c> are read and ignored: embeddings come from the
/// model's own space.
/// </summary>
/// <param name="ImageColumn">Null for the model's own.</param>
/// <param name="ResultColumn">Null for the dialect's.</param>
/// <param name="AsBytes">float32 little-endian in bytea, else an array of numbers.</param>
/// <param name="StoreAs">The table that also keeps the result.</param>
internal sealed record ConvertOptions(string? ImageColumn, string? ResultColumn, bool AsBytes, string? StoreAs)
{
    public const string NewResult = "convert_result";

    /// <exception cref="QueryException">Something else than pictures is to be converted.</exception>
    public static ConvertOptions Read(ConvertStatement statement, string text)
    {
        var reader = new OptionReader(text, statement);
        var kind = reader.OneOf("convert_type", "image", "image", "text", "audio", "video");
        if (kind != "image")
        {
            throw new QueryException(
                ErrorCode.NotSupported, $"CONVERT USING {statement.Model} of {kind} is not supported: this engine embeds images.",
                TextPosition.Of(text, reader.Value("convert_type")!.Span.Start), "OPTIONS (convert_type='image', image_col='…')");
        }
        var options = new ConvertOptions(
            reader.OptionalText("image_col"), reader.OptionalText("result_col"),
            reader.OneOf("result_type", "bytea", "bytea", "real[]") == "bytea", reader.OptionalText("table_name"));
        reader.OptionalText("text_col");
        SourceOptions.ReadIgnored(reader);
        reader.Complete();
        return options;
    }
}
