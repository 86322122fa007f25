using ThanoSql.Storage;

namespace ThanoSql.Embedding;

/// <summary>What looking at an object gave.</summary>
public abstract record SeenImage(ObjectPath Path)
{
    /// <summary>Its content has the embeddings that were asked for.</summary>
    public sealed record Embedded(ObjectPath Path, long ContentId) : SeenImage(Path);

    /// <summary>The store has no such object.</summary>
    public sealed record Gone(ObjectPath Path) : SeenImage(Path);

    /// <summary>Its bytes are no picture that can be indexed; the reason is final for them.</summary>
    public sealed record Poison(ObjectPath Path, string Reason) : SeenImage(Path);

    /// <summary>The store did not give it now.</summary>
    public sealed record Transient(ObjectPath Path, string Reason) : SeenImage(Path);
}

/// <summary>How far an <see cref="ImageEmbedder.EnsureAsync"/> has come, in images that had to be looked at.</summary>
public readonly record struct EmbeddingProgress(int Done, int Total);
