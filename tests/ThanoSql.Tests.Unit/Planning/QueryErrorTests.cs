using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Destinations;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tables;
using ThanoSql.Embedding;
using ThanoSql.Indexer.Client;
using ThanoSql.Indexer.Hosting;
using ThanoSql.Language;
using ThanoSql.Planning;
using ThanoSql.Query.Copying;
using ThanoSql.Storage;
using ThanoSql.Storage.Events;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Trainer;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Models;
using ThanoSql.Vision.Trunks;
using ThanoSql.Worker;
using ThanoSql.Worker.Intake;

namespace ThanoSql.Tests.Unit.Planning;

/// <summary>Every error has one name and one status, whoever is told.</summary>
public sealed class QueryErrorTests
{
    private const string InsideOnly = "nobody outside of its project sees it";

    private static readonly Dictionary<Type, string> Codes = new()
    {
        [typeof(ThanoSqlSyntaxException)] = SyntaxErrorCodes.Unexpected,
        [typeof(QueryException)] = "too_few_labels",
        [typeof(CatalogException)] = "catalog",
        [typeof(PipelineFileException)] = "bad_request",
        [typeof(PipelineConflictException)] = "bad_request",
        [typeof(TooManyRunsException)] = "too_many_requests",
        [typeof(SessionLimitException)] = "resource_limit",
        [typeof(TableTroubleException)] = "unavailable",
        [typeof(DestinationTakenException)] = "already_exists",
        [typeof(TrainingRunOpenException)] = "already_exists",
        [typeof(PromotionInterruptedException)] = "unavailable",
        [typeof(TrainingLeaseLostException)] = "internal", // a trainer drops the run and says nothing
        [typeof(ImageRejectedException)] = "not_an_image",
        [typeof(ModelFileException)] = "unusable_model",
        [typeof(TrunkException)] = "trunk_not_available",
        [typeof(StoreUnavailableException)] = "store_unavailable",
        [typeof(StoreAbsentException)] = "store_unavailable",
        [typeof(WatchLimitException)] = "store_unavailable",
        [typeof(TruncatedObjectException)] = "store_unavailable",
        [typeof(BucketNotFoundException)] = "bucket_not_found",
        [typeof(StoreRefusedException)] = "store_refused",
        [typeof(AccessDeniedException)] = "store_refused",
        [typeof(InvalidPathException)] = "bad_request",
        [typeof(BlockedPathException)] = "bad_request",
        [typeof(UnreadableEventException)] = "bad_request",
        [typeof(EventsPutBackException)] = InsideOnly,
        [typeof(CsvException)] = InsideOnly,
        [typeof(StartException)] = InsideOnly,
        [typeof(StatementException)] = InsideOnly,
    };

    [Fact]
    public void Every_exception_of_ours_has_its_code()
    {
        var ours = Assemblies().SelectMany(a => a.GetTypes()).Where(t => t.IsSubclassOf(typeof(Exception)) && !t.IsAbstract).ToList();
        var named = ours.Where(t => t.IsVisible || Codes.ContainsKey(t)).ToList();

        named.Where(t => !Codes.ContainsKey(t)).ShouldBeEmpty();
        named.Count.ShouldBe(Codes.Count);
        foreach (var type in named.Where(t => Codes[t] != InsideOnly))
            QueryError.Of(Thrown(type)).Code.Name.ShouldBe(Codes[type], type.Name);
    }

    [Fact]
    public void Codes_have_unique_names_and_the_documented_status()
    {
        var page = File.ReadAllText(Repository.File("docs/http.md"));
        var documented = Regex.Matches(page, @"^\| (?<status>\d{3}) \|[^|]+\|(?<codes>[^|]*)\|", RegexOptions.Multiline)
            .SelectMany(line => Regex.Matches(line.Groups["codes"].Value, "`(.+?)`")
                .Select(code => (Name: code.Groups[1].Value, Status: int.Parse(line.Groups["status"].Value, CultureInfo.InvariantCulture)))).ToList();

        ErrorCode.All.Select(c => c.Name).ShouldBeUnique();
        ErrorCode.All.Select(c => (c.Name, c.Status)).ShouldBe(documented, ignoreOrder: true);
        Fields().ShouldBe(ErrorCode.All, ignoreOrder: true);
    }

    [Fact]
    public void What_the_catalog_keeps_of_a_run_is_the_same_code_again()
    {
        foreach (var code in ErrorCode.All.Append(ErrorCode.OfSqlState("42703")).Append(ErrorCode.OfSyntax(SyntaxErrorCodes.UnknownOption)))
            ErrorCode.Parse(code.Name).ShouldBe(code);
    }

    [Theory]
    [InlineData("42501", 403)]
    [InlineData("42P01", 404)]
    [InlineData("42P07", 409)]
    [InlineData("23505", 409)]
    [InlineData("08P01", 400)]
    [InlineData("22P02", 400)]
    [InlineData("08006", 503)]
    [InlineData("53300", 503)]
    [InlineData("57P01", 503)]
    [InlineData("58030", 503)]
    [InlineData("XX000", 503)]
    public void A_SQLSTATE_is_its_own_code(string state, int status)
    {
        var error = QueryError.Of(new PostgresException("No.", "ERROR", "ERROR", state));

        (error.Code.Name, error.Status, error.Message).ShouldBe((state, status, "No."));
    }

    [Fact]
    public void Every_reason_against_an_image_has_its_status()
    {
        foreach (var reason in Enum.GetValues<ImageRejection>())
        {
            var error = QueryError.Of(new ImageRejectedException(reason, "No."));
            (error.Code.Name, error.Status).ShouldBe((reason.Code(), reason == ImageRejection.TooManyPixels ? 413 : 415));
        }
    }

    [Fact]
    public void A_mistake_of_ours_is_500_and_tells_clients_nothing()
    {
        var error = QueryError.Of(new InvalidOperationException("/secret/path"));

        (error.Code, error.Status).ShouldBe((ErrorCode.Internal, 500));
        error.Text.ShouldNotContain("secret");
    }

    [Fact]
    public void A_mistake_of_ours_in_a_run_is_500_for_whoever_waits_for_it()
    {
        Exception[] mistakes = [new InvalidOperationException("rows"), new PostgresException("no such column", "ERROR", "ERROR", "42703")];
        foreach (var mistake in mistakes)
            ErrorCode.Parse(QueryError.OfRun(mistake).Code.Name).Status.ShouldBe(500);
        QueryError.OfRun(new QueryException(ErrorCode.OfSqlState("42703"), "The source has no such column.")).Code.Name.ShouldBe("42703");
        QueryError.OfRun(new TrunkException("No weights.")).Code.ShouldBe(ErrorCode.TrunkNotAvailable);
    }

    private static Exception Thrown(Type type) =>
        type == typeof(QueryException) ? new QueryException(ErrorCode.TooFewLabels, "No.")
        : type == typeof(ThanoSqlSyntaxException) ? new ThanoSqlSyntaxException(SyntaxErrorCodes.Unexpected, "No.", TextPosition.Of("x", 0))
        : type == typeof(ImageRejectedException) ? new ImageRejectedException(ImageRejection.NotAnImage, "No.")
        : (Exception)RuntimeHelpers.GetUninitializedObject(type);

    private static IEnumerable<Assembly> Assemblies() => new[]
    {
        typeof(ThanoSqlSyntaxException), typeof(CatalogException), typeof(ImageRejectedException), typeof(StoreException), typeof(QueryException),
        typeof(ImageEmbedder), typeof(TrainingOptions), typeof(CsvException), typeof(IndexingOptions), typeof(StartException),
    }.Select(t => t.Assembly);

    private static IEnumerable<ErrorCode?> Fields() => typeof(ErrorCode).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(f => f.FieldType == typeof(ErrorCode)).Select(f => (ErrorCode?)f.GetValue(null));
}
