using ThanoSql.Storage.Unicode;

namespace ThanoSql.Storage;

/// <summary>The spellings under which a composed name may lie in a store.</summary>
internal static class KeySpellings
{
    /// <summary>NFC, as Linux and browsers write it, then NFD, as macOS does, where that differs.</summary>
    public static IEnumerable<string> Of(string name)
    {
        yield return name;
        var decomposed = CanonicalForm.Decompose(name);
        if (decomposed != name)
            yield return decomposed;
    }
}
