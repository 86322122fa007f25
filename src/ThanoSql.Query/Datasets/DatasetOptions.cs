namespace ThanoSql.Query.Datasets;

/// <summary>Section <c>Datasets</c>: own datasets by name, besides the built-in <c>diet_data</c>.</summary>
/// <remarks>For example <c>Datasets__shop_data=/srv/photos</c>: a folder of label/file, or one with a CSV and the files that it names.</remarks>
public sealed class DatasetOptions : Dictionary<string, string>
{
    public DatasetOptions()
        : base(StringComparer.OrdinalIgnoreCase)
    {
    }
}
