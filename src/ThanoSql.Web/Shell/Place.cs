using Microsoft.Extensions.Logging;
using ThanoSql.Web.Access;

namespace ThanoSql.Web.Shell;

/// <summary>What every place has: texts, who looks at it, and one way to say that something failed.</summary>
public abstract partial class Place : ComponentBase
{
    [Inject]
    protected PageTexts T { get; set; } = null!;

    [Inject]
    protected PageSession Session { get; set; } = null!;

    [Inject]
    protected NavigationManager Nav { get; set; } = null!;

    [Inject]
    private ILogger<Place> Logger { get; set; } = null!;

    /// <summary>What failed last; for <c>&lt;ErrorNote Error="Failure" OnClose="ClearFailure" /&gt;</c>. It stays until it is read.</summary>
    internal QueryError? Failure { get; private set; }

    internal void ClearFailure() => Failure = null;

    /// <summary>Does something that can fail, and shows it.</summary>
    /// <returns>Whether it was done.</returns>
    protected async Task<bool> TryAsync(Func<Task> act)
    {
        try
        {
            await act();
            return true;
        }
        catch (OperationCanceledException)
        {
            return false; // the page was left, or something newer is asked for
        }
        catch (Exception failed) when (failed is not NavigationException)
        {
            Failure = QueryError.Of(failed);
            if (Failure.Status >= 500 && failed is not QueryException { InnerException: null })
                LogFailed(Logger, failed, GetType().Name);
            StateHasChanged();
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The place {Place} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string place);
}
