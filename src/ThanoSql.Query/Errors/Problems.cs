using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;

namespace ThanoSql.Query.Errors;

/// <summary>
/// Errors as RFC 9457 problem details, with <c>code</c>, <c>position</c> and <c>hint</c>; <c>message</c> and <c>error</c> repeat them for the older clients and the SDK.
/// </summary>
internal sealed partial class Problems(ILogger<Problems> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested) return true;
        var error = exception is BadHttpRequestException bad ? new QueryError(bad.StatusCode, Code(bad.StatusCode), bad.Message) : QueryError.Of(exception);
        if (error.Status >= 500) LogFailed(exception, context.Request.Path);
        await WriteAsync(context, error, cancellationToken);
        return true;
    }

    public static Task WriteAsync(HttpContext context, QueryError error, CancellationToken cancellation)
    {
        context.Response.StatusCode = error.Status;
        return context.Response.WriteAsJsonAsync(Details(error), options: null, "application/problem+json", cancellation);
    }

    private static ProblemDetails Details(QueryError error)
    {
        var details = new ProblemDetails
        {
            Status = error.Status,
            Title = error.Message,
            Detail = error.Text,
            Extensions = { ["code"] = error.Code, ["message"] = error.Text, ["error"] = new { code = error.Status, message = error.Text } },
        };
        if (error.Position is { } at) details.Extensions["position"] = new { at.Offset, at.Line, at.Column };
        if (error.Hint is not null) details.Extensions["hint"] = error.Hint;
        return details;
    }

    private static string Code(int status) => status == StatusCodes.Status413PayloadTooLarge ? ErrorCodes.TooLarge : ErrorCodes.BadRequest;

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed")]
    private partial void LogFailed(Exception exception, PathString path);
}
