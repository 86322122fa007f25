using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Catalog;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary><c>thanosql train</c> and <c>thanosql model …</c>, as a person types them.</summary>
public sealed class ModelCommandTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        await new Migrator(postgres.DataSource, NullLogger<Migrator>.Instance).RunAsync(CancellationToken.None);
        await using var command = postgres.DataSource.CreateCommand(
            """
            INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin)
                VALUES ('t', 'ConvNeXt_Atto', 'x', 'p', 4, 'bundled') ON CONFLICT DO NOTHING;
            INSERT INTO thanosql.model (name, algorithm, image_col, label_col, dialect)
                VALUES ('fruit', 'ConvNeXt_Atto', 'image_path', 'label', 'old') ON CONFLICT DO NOTHING;
            INSERT INTO thanosql.model_version (model_id, number, trunk_id, state, labels, head, source, metrics, reason)
            SELECT model_id, n, trunk_id, CASE n WHEN 1 THEN 'current' ELSE 'rejected' END, ARRAY['a', 'b'], '', '', '{"accuracy": 0.66666667}',
                CASE n WHEN 2 THEN 'labels are new: c' END
            FROM thanosql.model, thanosql.trunk, generate_series(1, 2) n ON CONFLICT DO NOTHING;
            UPDATE thanosql.model SET schedule_paused = 'version 3 was taken back',
                current_version_id = (SELECT min(version_id) FROM thanosql.model_version);
            """);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(1, "No pipeline trains 'nothing'", "train", "nothing")]
    [InlineData(1, "No pipeline trains 'nothing'", "train", "nothing", "--dry-run")]
    [InlineData(1, "There is no model 'nothing'", "model", "rollback", "nothing")]
    [InlineData(1, "There is no model 'nothing'", "model", "resume", "nothing")]
    [InlineData(0, "is queued: SELECT * FROM thanosql.training_runs", "model", "rollback", "fruit", "--to", "1")]
    public async Task A_command_says_at_once_what_came_of_it(int code, string says, params string[] arguments)
    {
        await using var program = Start(arguments);

        (await program.WaitForExitAsync()).ShouldBe(code, program.Output);
        program.Output.ShouldContain(says);
        program.Output.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task The_list_shows_versions_with_what_was_refused_and_whether_the_schedule_rests()
    {
        await using (var list = Start("model", "list"))
        {
            (await list.WaitForExitAsync()).ShouldBe(0, list.Output);
            foreach (var shown in new[] { "0.667", "labels are new: c", "the schedule rests: version 3 was taken back" })
                list.Output.ShouldContain(shown);
        }
        await using (var resume = Start("model", "resume", "fruit"))
            (await resume.WaitForExitAsync()).ShouldBe(0, resume.Output);
        await using var again = Start("model", "list");
        (await again.WaitForExitAsync()).ShouldBe(0, again.Output);
        again.Output.ShouldNotContain("rests");
    }

    [Fact]
    public async Task A_schedule_in_crontabs_form_keeps_the_program_from_starting_and_is_named()
    {
        var folder = Directory.CreateTempSubdirectory("pipelines-");
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "p.yaml"), "name: p\ntable: t\nmodel: { name: m }\nschedule: 0 3 * * *\n",
            TestContext.Current.CancellationToken);
        await using var program = ThanoSqlProcess.Start(
            new Dictionary<string, string>
            {
                ["Database__ConnectionString"] = postgres.ConnectionString,
                ["Indexing__Pipelines"] = folder.FullName,
                ["Query__Urls"] = "http://127.0.0.1:0",
            },
            "up");

        (await program.WaitForExitAsync()).ShouldBe(1, program.Output);
        program.Output.ShouldContain("p.yaml, line 4");
        program.Output.ShouldContain("'0 0 3 * * ?'");
        folder.Delete(recursive: true);
    }

    private ThanoSqlProcess Start(params string[] arguments) =>
        ThanoSqlProcess.Start(new Dictionary<string, string> { ["Database__ConnectionString"] = postgres.ConnectionString }, arguments);
}
