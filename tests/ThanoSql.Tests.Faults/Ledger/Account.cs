namespace ThanoSql.Tests.Faults.Ledger;

/// <summary>The writer's own account of its bucket: what must be in the tables when all is quiet.</summary>
internal sealed class Account
{
    private readonly Dictionary<string, int?> _pictures = new(StringComparer.Ordinal);

    /// <summary>Every key that was ever written, and the number of its picture; null when it was deleted.</summary>
    public IReadOnlyDictionary<string, int?> Pictures => _pictures;

    /// <summary>Keys with an object.</summary>
    public IReadOnlyList<string> Present => [.. _pictures.Where(p => p.Value is not null).Select(p => p.Key)];

    public void Put(string key, int picture) => _pictures[key] = picture;

    public void Delete(string key) => _pictures[key] = null;
}
