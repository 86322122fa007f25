using ThanoSql.Language.Options;

namespace ThanoSql.Planning.Options;

/// <summary>Options that notebooks give and that change no answer here.</summary>
internal static class Accepted
{
    public static void Read(OptionReader reader)
    {
        reader.WholeNumber("batch_size", 16, 1, 65536);
        reader.WholeNumberOrNone("input_size", null, 1, 4096);
    }
}
