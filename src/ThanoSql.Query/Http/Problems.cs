using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using ThanoSql.Query.Sdk;

namespace ThanoSql.Query.Http;

/// <summary>
/// Errors as RFC 9457 problem details, with <c>code</c>, <c>position</c> and <c>hint</c>; <c>message</c> and <c>error</c> repeat them for the older
/// clients and the SDK.
/// </summary>
internal sealed partial class Problems(ILogger<Problems> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
            return true;
        var error = QueryError.Of(exception);
        // What we say ourselves (a pipeline waits, a statement took too long) is an answer, not a failure of the service.
        if (error.Status >= 500 && exception is not QueryException { InnerException: null })
            LogFailed(exception, context.Request.Path);
        await WriteAsync(context, error, cancellationToken);
        return true;
    }

    /// <summary>For answers that no endpoint gave: there is none at that address, or not with that method.</summary>
    public static Task WriteAsync(StatusCodeContext answer)
    {
        var (request, response) = (answer.HttpContext.Request, answer.HttpContext.Response);
        var error = response.StatusCode switch
        {
            StatusCodes.Status404NotFound =>
                new QueryError(ErrorCode.NotFound, $"There is nothing at {request.Path}.", Hint: "GET /openapi/v1.json lists what there is."),
            StatusCodes.Status405MethodNotAllowed =>
                new QueryError(ErrorCode.BadRequest, $"{request.Path} does not take {request.Method}.", Hint: $"It takes {response.Headers.Allow}."),
            StatusCodes.Status415UnsupportedMediaType =>
                new QueryError(ErrorCode.BadRequest, $"{request.Path} does not take '{request.ContentType}'.", Hint: "Send application/json."),
            StatusCodes.Status413PayloadTooLarge => new QueryError(ErrorCode.TooLarge, ReasonPhrases.GetReasonPhrase(413)),
            var status => new QueryError(ErrorCode.BadRequest, ReasonPhrases.GetReasonPhrase(status)),
        };
        return WriteAsync(answer.HttpContext, error with { Status = response.StatusCode }, answer.HttpContext.RequestAborted);
    }

    public static Task WriteAsync(HttpContext context, QueryError error, CancellationToken cancellationToken)
    {
        context.Response.StatusCode = error.Status;
        if (error.Code.RetryAfter is { } later && error.Status == error.Code.Status && context.Response.Headers.RetryAfter.Count == 0)
            context.Response.Headers.RetryAfter = later.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        var type = context.IsSdk() ? "application/json" : "application/problem+json";
        return context.Response.WriteAsJsonAsync(Details(error), options: null, type, cancellationToken);
    }

    private static ProblemDetails Details(QueryError error)
    {
        var details = new ProblemDetails
        {
            Status = error.Status,
            Title = error.Message,
            Detail = error.Text,
            Extensions = { ["code"] = error.Code.Name, ["message"] = error.Text, ["error"] = new { code = error.Status, message = error.Text } },
        };
        if (error.Position is { } at)
            details.Extensions["position"] = new { at.Offset, at.Line, at.Column };
        if (error.Run is { } run)
            details.Extensions["run_id"] = run;
        if (error.Hint is not null)
            details.Extensions["hint"] = error.Hint;
        return details;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed")]
    private partial void LogFailed(Exception exception, PathString path);
}
