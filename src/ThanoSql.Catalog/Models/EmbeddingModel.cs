namespace ThanoSql.Catalog.Models;

/// <summary>
/// Models without labels: a trunk as it is, under a name, for finding pictures that are alike. A version of one has neither head nor keywords, and
/// fills no table.
/// </summary>
public static class EmbeddingModel
{
    /// <summary>The algorithm that statements name; case counts, as in every algorithm's name.</summary>
    public const string Algorithm = "SimCLR";

    /// <summary>What to do instead.</summary>
    /// <param name="model">A model without labels.</param>
    public static string Hint(string model) =>
        $"'{model}' finds pictures that are alike: SEARCH IMAGE image='…' USING {Identifier.Quote(model)} AS …, or CONVERT. "
        + "A classifier is built with BUILD MODEL … USING ConvNeXt_Tiny.";
}
