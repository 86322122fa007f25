using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace ThanoSql.Query.OpenApi;

/// <summary>
/// The API as programs and people read it: <c>/openapi/v1.json</c> (OpenAPI 3.1), <c>/openapi/v1-3.0.json</c> (the same in 3.0, for generators that
/// need it), and <c>/docs</c>, a page over it that loads nothing from elsewhere.
/// </summary>
internal static class ApiDocument
{
    private const string Current = "v1";
    private const string Older = "v1-3.0";
    private const string Pattern = "/openapi/{documentName}.json";

    // Scalar's page starts itself by an inline script and sets styles as it goes; all that it loads and calls is our own
    private const string PagePolicy =
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; "
        + "font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services
        .AddOpenApi(Current, openApi => Describe(openApi, OpenApiSpecVersion.OpenApi3_1))
        .AddOpenApi(Older, openApi => Describe(openApi, OpenApiSpecVersion.OpenApi3_0));

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOpenApi(Pattern);
        endpoints.MapScalarApiReference("/docs", page => page
                .WithTitle(Product.Name).WithOpenApiRoutePattern(Pattern).AddDocument(Current).DisableDefaultFonts().DisableTelemetry())
            .AddEndpointFilter(async (call, next) =>
            {
                call.HttpContext.Response.Headers.ContentSecurityPolicy = PagePolicy;
                return await next(call);
            });
    }

    private static void Describe(OpenApiOptions openApi, OpenApiSpecVersion version)
    {
        openApi.OpenApiVersion = version;
        openApi.ShouldInclude = operation => operation.HttpMethod != HttpMethods.Head; // as GET
        openApi.AddDocumentTransformer((document, _, _) =>
        {
            Outline.Complete(document);
            return Task.CompletedTask;
        });
        openApi.AddOperationTransformer((operation, context, _) =>
        {
            Outline.Complete(operation, context.Description, context.Document!);
            return Task.CompletedTask;
        });
        openApi.AddSchemaTransformer((schema, context, _) =>
        {
            if (context.JsonTypeInfo.Type == typeof(ProblemDetails))
                ProblemSchema.Complete(schema);
            if (context.JsonTypeInfo.Type.IsEnum)
                schema.Type = JsonSchemaType.String; // left out, though generators need it
            return Task.CompletedTask;
        });
    }
}
