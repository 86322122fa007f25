namespace ThanoSql.Fuzz;

/// <summary>Something that reads what others write.</summary>
internal abstract class Target : IAsyncDisposable
{
    /// <summary>What it needs before the first input.</summary>
    public virtual Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Another input, the same for the same state of <paramref name="random"/>.</summary>
    public abstract byte[] Next(Random random);

    /// <summary>Reads an input.</summary>
    /// <exception cref="FindingException">The answer is none that is documented.</exception>
    public abstract Task RunAsync(byte[] input, CancellationToken cancellationToken);

    /// <summary>Whether it is documented that this is thrown.</summary>
    public abstract bool IsDocumented(Exception exception);

    public ValueTask DisposeAsync() => EndAsync();

    /// <summary>Gives back what <see cref="StartAsync"/> took.</summary>
    protected virtual ValueTask EndAsync() => ValueTask.CompletedTask;
}

/// <summary>A target by its name.</summary>
/// <param name="Share">Of the time, beside the other targets' shares.</param>
/// <param name="Make">The target, when its turn comes.</param>
internal sealed record TargetChoice(string Name, int Share, Func<Target> Make);

/// <summary>An answer that should not be.</summary>
internal sealed class FindingException(string message) : Exception(message);
