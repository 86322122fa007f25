namespace ThanoSql.Query.Http;

/// <summary>Whatever answers GET answers HEAD, with the same status and fields; Kestrel leaves the body out.</summary>
internal static class HeadRequests
{
    public static T AllowHead<T>(this T endpoints)
        where T : IEndpointConventionBuilder
    {
        endpoints.Finally(static endpoint =>
        {
            if (endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault() is { HttpMethods: ["GET"] } of)
                endpoint.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head], of.AcceptCorsPreflight));
        });
        return endpoints;
    }
}
