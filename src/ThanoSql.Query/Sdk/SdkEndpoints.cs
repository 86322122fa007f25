using Microsoft.AspNetCore.Diagnostics;

namespace ThanoSql.Query.Sdk;

/// <summary>
/// The addresses that the discontinued service's SDK calls. It reads an error only from <c>application/json</c>, so there the problem details, which
/// repeat code and message under <c>error</c> for it, go by that name. They are not described: nothing new should be built on them.
/// </summary>
internal static class SdkEndpoints
{
    private static readonly object Key = new();

    /// <param name="endpoints">Of the service.</param>
    /// <param name="prefix">Such as <c>/api/v1</c>.</param>
    public static RouteGroupBuilder MapSdk(this IEndpointRouteBuilder endpoints, string prefix) =>
        endpoints.MapGroup(prefix).ExcludeFromDescription().WithMetadata(new SdkErrors());

    /// <summary>Says that a request is the SDK's, where its body told so.</summary>
    public static void MarkAsSdk(this HttpContext context) => context.Items[Key] = true;

    /// <summary>Whether the SDK asks.</summary>
    public static bool IsSdk(this HttpContext context) =>
        context.Items.ContainsKey(Key) || SdkQuery.IsAddressed(context.Request)
        || (context.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? context.GetEndpoint())?.Metadata.GetMetadata<SdkErrors>() is not null;

    private sealed class SdkErrors;
}
