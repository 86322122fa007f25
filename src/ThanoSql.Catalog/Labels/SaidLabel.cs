namespace ThanoSql.Catalog.Labels;

/// <summary>What somebody says that a picture shows.</summary>
/// <param name="Label">A synonym counts as its label; null takes the label back.</param>
public sealed record SaidLabel(string Bucket, string Key, string? Label)
{
    /// <summary>Whether the label waits for confirmation: somebody takes back that they confirmed it.</summary>
    public bool IsDoubtful { get; init; }
}

/// <summary>Who says it.</summary>
/// <param name="Name">As labels show it.</param>
/// <param name="Actor">As the audit shows it.</param>
/// <param name="Settles">Whether this word ends disputes.</param>
public sealed record Speaker(string Name, string Actor, bool Settles)
{
    /// <summary>Whoever has a shell on the machine.</summary>
    public static readonly Speaker CommandLine = new(Audits.Actor.CommandLine, Audits.Actor.CommandLine, Settles: true);

    public static Speaker Of(ApiToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return new Speaker(token.Name, Audits.Actor.OfToken(token.Name), token.Scope == TokenScope.Admin);
    }
}

/// <summary>What became of a word.</summary>
/// <param name="Label">In force now, as it is kept; null when none is.</param>
/// <param name="IsDisputed">Whether two people's last words on the picture differ.</param>
/// <param name="Pipelines">That show the picture; empty when none does, or there is no such picture.</param>
public sealed record LabelOutcome(string? Label, bool IsDisputed, IReadOnlyList<string> Pipelines)
{
    /// <summary>Why nothing was changed.</summary>
    public Exception? Refusal { get; init; }

    internal static LabelOutcome Nowhere { get; } = new(null, false, []);

    internal static LabelOutcome Refused(Exception why) => Nowhere with { Refusal = why };
}
