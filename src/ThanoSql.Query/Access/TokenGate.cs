namespace ThanoSql.Query.Access;

/// <summary>Counts the requests of each token that this process has in hand, and refuses those of one that has too many.</summary>
internal sealed class TokenGate(IOptions<QueryLimits> limits) : IMiddleware
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _requests = [];

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (TokenAuthentication.TryTokenOf(context) is not { } token)
        {
            await next(context);
            return;
        }
        Enter(token.Name);
        try
        {
            await next(context);
        }
        finally
        {
            Leave(token.Name);
        }
    }

    private void Enter(string token)
    {
        lock (_lock)
        {
            var now = _requests.GetValueOrDefault(token);
            if (now >= limits.Value.TokenRequests)
            {
                throw new QueryException(
                    ErrorCode.TooManyRequests, $"The token '{token}' has {now} requests in hand already (Query:Limits:TokenRequests).",
                    hint: "Ask again when one of them is answered.");
            }
            _requests[token] = now + 1;
        }
    }

    private void Leave(string token)
    {
        lock (_lock)
        {
            if (_requests[token] == 1)
                _requests.Remove(token);
            else
                _requests[token]--;
        }
    }
}
