using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ThanoSql.Catalog.Images;

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
        .WithName("AcceptStoreEvents").WithSummary("Notifications of an object store (S3 event JSON)");

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
