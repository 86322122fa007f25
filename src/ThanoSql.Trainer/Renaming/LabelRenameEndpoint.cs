using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using ThanoSql.Catalog.Audits;

namespace ThanoSql.Trainer.Renaming;

/// <summary><c>thanosql labels rename</c> over HTTP.</summary>
public static class LabelRenameEndpoint
{
    /// <summary><c>POST /api/v1/labels/rename</c>: 202 with the run, which a trainer works on. The caller adds authorization.</summary>
    public static IEndpointConventionBuilder MapLabelRename(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/api/v1/labels/rename", RenameAsync)
            .Accepts<RenameBody>("application/json", "text/plain", "application/x-www-form-urlencoded")
            .WithName("RenameLabel").WithTags("labels")
            .WithSummary("Gives a label of a model another name everywhere, without training")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);

    private static async Task<Accepted<QueuedRename>> RenameAsync(
        HttpContext context, LabelRenameRequests requests, CancellationToken cancellationToken)
    {
        var body = await ReadAsync(context.Request.Body, cancellationToken);
        var run = await requests.RenameAsync(
            body.Model, body.From!, body.To!, Actor.OfToken(context.User.Identity?.Name ?? ""), cancellationToken);
        return TypedResults.Accepted((string?)null, new QueuedRename(run));
    }

    private static async Task<RenameBody> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            var read = await JsonSerializer.DeserializeAsync<RenameBody>(body, JsonSerializerOptions.Web, cancellationToken);
            if (read is { From: not null, To: not null })
                return read;
        }
        catch (JsonException)
        {
            // Told below
        }
        throw new QueryException(
            ErrorCode.BadRequest, "The body names no label and its new name.",
            hint: """Send {"from": "…", "to": "…"}, and "model" where several have it.""");
    }

    internal sealed record RenameBody(
        [property: Description("The label, as it is spelled.")] string? From,
        [property: Description("Its new name, 1 to 500 characters.")] string? To,
        [property: Description("The model; not needed where only one has the label.")] string? Model = null);

    /// <param name="RunId">In <c>thanosql.training_runs</c>.</param>
    internal sealed record QueuedRename(long RunId);
}
