using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.OpenApi;

namespace ThanoSql.Query.OpenApi;

/// <summary>What every part of the document needs and no endpoint can say of itself.</summary>
internal static class Outline
{
    private const string Scheme = "token";

    private const string Description =
        """
        Drop images in a bucket; ask for them by keyword a second later. Everything under /api asks for an API token ('thanosql token create NAME
        --scope SCOPE') in the header 'Authorization: Bearer TOKEN'; what the scopes allow: search < query < write < admin. Errors are problem details
        (RFC 9457) with a stable 'code'.
        """;

    private static readonly Dictionary<string, string> Tags = new()
    {
        ["audit"] = "Who changed what.",
        ["failures"] = "Images that could not be indexed, and what to do about them.",
        ["health"] = "For load balancers and monitoring; no token is needed.",
        ["images"] = "Storing, showing, asking after and deleting pictures.",
        ["labels"] = "What people say that pictures show.",
        ["links"] = "Addresses of pictures that need no token.",
        ["logins"] = "Logins of PostgreSQL for SQL clients.",
        ["models"] = "Training.",
        ["query"] = "Statements of ThanoSQL and SQL.",
        ["search"] = "Rows of a pipeline's table by keyword.",
        ["tokens"] = "API tokens.",
        ["webhooks"] = "Being told of what happens.",
    };

    public static void Complete(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = Product.Name,
            Version = Product.Version,
            Description = Description,
            Contact = new OpenApiContact { Name = Product.Name },
            License = new OpenApiLicense { Name = "MIT" },
        };
        foreach (var server in document.Servers ?? [])
            server.Url = server.Url?.TrimEnd('/');
        document.Components ??= new OpenApiComponents();
        document.Components.Schemas?.Remove(nameof(Stream)); // see below
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API token." },
        };
        var used = document.Paths.Values.SelectMany(path => path.Operations!.Values).SelectMany(o => o.Tags ?? new HashSet<OpenApiTagReference>())
            .Select(tag => tag.Name!).ToHashSet();
        document.Tags = Tags.Where(tag => used.Contains(tag.Key))
            .Select(tag => new OpenApiTag { Name = tag.Key, Description = tag.Value }).ToHashSet();
    }

    public static void Complete(OpenApiOperation operation, ApiDescription endpoint, OpenApiDocument document)
    {
        operation.Description ??= operation.Summary;
        foreach (var body in operation.RequestBody?.Content?.Values ?? [])
        {
            if (body.Schema is OpenApiSchemaReference { Reference.Id: nameof(Stream) or nameof(IFormFile) })
                body.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" }; // of a reference, generators make an object
        }
        if (endpoint.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().FirstOrDefault() is { Policy: { } scope })
        {
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
            operation.Description += scope == Policies.Restricted ? "\n\nScope: search, restricted tokens too." : $"\n\nScope: {scope}.";
        }
        foreach (var (status, response) in operation.Responses ?? [])
        {
            var codes = ErrorCode.All.Where(code => code.Status.ToString(CultureInfo.InvariantCulture) == status).Select(code => code.Name).ToList();
            if (codes.Count > 0)
                response.Description = $"Code: {string.Join(", ", codes)}.";
        }
    }
}
