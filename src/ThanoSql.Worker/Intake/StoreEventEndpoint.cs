using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ThanoSql.Storage.Events;

namespace ThanoSql.Worker.Intake;

/// <summary>For stores that push their notifications by HTTP.</summary>
public static class StoreEventEndpoint
{
    private const int MostBytes = 4 << 20;

    /// <summary>
    /// <c>POST /api/v1/events</c> takes the JSON that stores send by AMQP. 202 when its images are due in the catalog; 400 with the reason when it
    /// cannot be read, and it is listed in <c>thanosql.failures</c> then. The caller adds authorization.
    /// </summary>
    public static IEndpointConventionBuilder MapStoreEvents(this IEndpointRouteBuilder endpoints) => endpoints.MapPost("/api/v1/events", AcceptAsync)
        .WithName("AcceptStoreEvents").WithTags("images").WithSummary("Notifications of an object store (S3 event JSON)")
        .Accepts<object>("application/json").Produces(202).ProducesProblem(400).ProducesProblem(413);

    private static async Task<IResult> AcceptAsync(
        HttpRequest request, NotificationReader reader, ImageIntake intake, CancellationToken cancellationToken)
    {
        if (request.ContentLength is null or > MostBytes)
            return Results.Problem($"Send the length, of at most {MostBytes:N0} bytes.", statusCode: StatusCodes.Status413PayloadTooLarge);
        using var text = new StreamReader(request.Body, Encoding.UTF8);
        var (events, problem) = await reader.ReadAsync(await text.ReadToEndAsync(cancellationToken), "webhook", cancellationToken);
        await intake.AcceptAsync(events, cancellationToken);
        return problem is null ? Results.Accepted() : Results.Problem(problem, statusCode: StatusCodes.Status400BadRequest);
    }
}

/// <summary>From what a store sent to events; what cannot be read is listed among the failures.</summary>
internal sealed class NotificationReader(FailureLedger failures)
{
    /// <param name="body">S3 event JSON, or anything.</param>
    /// <param name="origin">Where it came from, for the list of failures.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <returns>The events; those that are readable where others of the same body are not.</returns>
    public async Task<(IReadOnlyList<ObjectChanged> Events, string? Problem)> ReadAsync(
        string body, string origin, CancellationToken cancellationToken)
    {
        try
        {
            return (S3EventParser.Parse(Encoding.UTF8.GetBytes(body)), null);
        }
        catch (UnreadableEventException unreadable)
        {
            await failures.RecordUnreadableAsync(origin, body, unreadable.Message, cancellationToken);
            return (unreadable.Readable, unreadable.Message);
        }
    }
}
