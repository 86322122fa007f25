using ThanoSql.Vision.Inference;

namespace ThanoSql.Embedding;

/// <summary>An opened embedding space: what embeds, and its row in the catalog.</summary>
/// <param name="TrunkId">Its row.</param>
/// <param name="Embedder">Shared; not to be disposed by those who use it.</param>
/// <param name="WeightsPath">The trunk's file.</param>
/// <param name="Note">What a user must be told when the weights are not those asked for, or not trained; else null.</param>
public sealed record EmbeddingSpace(int TrunkId, Embedder Embedder, string WeightsPath, string? Note);
