using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tables;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>Every change of models, tokens and labels leaves a row that says who, when and what; users cannot read or change it.</summary>
public sealed class AuditTests(QueryHost host) : IClassFixture<QueryHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private TokenCatalog Tokens => host.Services.GetRequiredService<TokenCatalog>();

    private AuditLedger Audit => host.Services.GetRequiredService<AuditLedger>();

    [Fact]
    public async Task Tokens_that_are_made_and_revoked_are_noted_and_their_use_is_not()
    {
        var token = (await Tokens.AuthenticateAsync(await host.CreateTokenAsync("noted", TokenScope.Query), Cancel))!;
        await Tokens.UsedAsync(new Dictionary<int, DateTimeOffset> { [token.Id] = DateTimeOffset.UtcNow }, Cancel);
        await Tokens.RevokeAsync("noted", Cancel);

        (await EntriesAsync("noted")).ShouldBe(
            [$"{Actor.CommandLine} token revoke: scope query", $"{Actor.CommandLine} token create: scope query"]);
    }

    [Fact]
    public async Task A_model_is_followed_from_the_request_to_the_switch_and_to_its_end()
    {
        await host.ServeModelAsync("followed");
        await AddRunAsync("followed", "statement", "BUILD MODEL followed …", "token maker");
        await host.OwnerAsync("""
            UPDATE thanosql.model SET current_version_id = NULL WHERE name = 'followed';
            UPDATE thanosql.model SET current_version_id = (SELECT version_id FROM thanosql.model_version v WHERE v.model_id = model.model_id)
                WHERE name = 'followed';
            UPDATE thanosql.training_run SET state = 'promoted' WHERE model_name = 'followed';
            """);
        var models = host.Services.GetRequiredService<ModelCatalog>();
        (await models.PauseScheduleAsync("followed", "it was wrong", Actor.OfToken("watch"), Cancel)).ShouldBeTrue();
        (await models.PauseScheduleAsync("followed", null, Actor.CommandLine, Cancel)).ShouldBeTrue();
        await AddRunAsync("followed", "statement", "DELETE MODEL followed", "token maker");
        await models.DeleteAsync((await models.FindAsync("followed", Cancel))!.ModelId, Cancel);

        (await EntriesAsync("followed"))[..6].ShouldBe(
            [
                "token maker model delete: version 1 → none",
                "token maker model ask: delete: run",
                $"{Actor.CommandLine} model resume: was: it was wrong",
                "token watch model pause: it was wrong",
                "token maker model promote: none → version 1",
                "token maker model ask: build: run",
            ]);
    }

    [Theory]
    [InlineData(RunTrigger.Schedule, "schedule")]
    [InlineData(RunTrigger.Rows, "new rows")]
    public async Task A_run_that_nobody_asked_for_says_what_did(RunTrigger trigger, string who)
    {
        var queue = host.Services.GetRequiredService<TrainingQueue>();
        var run = await queue.AddAsync(new NewTrainingRun($"by {who}", trigger, "", TokenScope.Query), Cancel);
        await queue.CancelAsync(run, Cancel);

        (await EntriesAsync($"by {who}")).ShouldBe([$"{who} model ask: train: run"]);
    }

    [Fact]
    public async Task Labels_that_are_set_corrected_confirmed_and_taken_back_are_noted_with_the_image()
    {
        await host.OwnerAsync("""
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, definition, model_name)
            VALUES ('audited', 'workspace', 'audited/', 'audited', '{}', 'audited');
            """);
        const string where = "WHERE bucket = 'workspace' AND key = 'audited.png'";
        await host.OwnerAsync($"""
            INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by)
                SELECT pipeline_id, 'workspace', 'audited.png', '사과', 'ann' FROM thanosql.pipeline WHERE name = 'audited';
            UPDATE thanosql.label SET label = '배', labelled_by = 'bob', labelled_at = labelled_at + interval '1 s' {where};
            UPDATE thanosql.label SET state = 'to confirm' {where};
            UPDATE thanosql.label SET state = 'confirmed', labelled_at = labelled_at + interval '1 s' {where};
            DELETE FROM thanosql.label {where};
            """);

        (await EntriesAsync("s3://workspace/audited.png")).ShouldBe(
            [
                "service label delete: 배 → none",
                "token bob label confirm: 배 → 배",
                "token bob label correct: 사과 → 배",
                "token ann label set: 사과",
            ]);
    }

    [Fact]
    public async Task A_label_that_code_on_a_table_gives_in_a_session_of_the_service_is_not_called_the_services()
    {
        var pipeline = await host.OwnerAsync<int>("""
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, definition, model_name)
            VALUES ('coded', 'workspace', 'coded/', 'coded', '{}', 'coded') RETURNING pipeline_id
            """);
        await using var session = await host.Services.GetRequiredService<TableSessions>().OpenAsync(Cancel);

        await session.Command(
            "SELECT count(*) FROM thanosql.key_row($1, 'workspace', 'coded', 'coded/1.png', true, '귤')", (object)new[] { pipeline })
            .RunAsync(Cancel);

        (await EntriesAsync("s3://workspace/coded/1.png")).ShouldBe(["code on a table label set: 귤"]);
    }

    [Fact]
    public async Task What_is_rolled_back_leaves_no_row()
    {
        await Should.ThrowAsync<PostgresException>(() => host.OwnerAsync(
            "BEGIN; INSERT INTO thanosql.token (name, sha256, scopes) VALUES ('undone', sha256('x'), ARRAY['query']); SELECT 1/0; COMMIT"));

        (await EntriesAsync("undone")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("UPDATE thanosql.audit SET who = 'nobody'")]
    [InlineData("DELETE FROM thanosql.audit")]
    [InlineData("TRUNCATE thanosql.audit")]
    public async Task Rows_are_only_added(string sql)
    {
        await host.CreateTokenAsync($"kept {sql}", TokenScope.Query);

        (await Should.ThrowAsync<PostgresException>(() => host.OwnerAsync(sql))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task Old_rows_are_forgotten_and_recent_ones_kept()
    {
        await host.OwnerAsync("""
            INSERT INTO thanosql.audit (at, who, kind, subject, action) VALUES (now() - interval '400 days', 'x', 'token', 'old', 'create')
            """);
        await host.CreateTokenAsync("recent", TokenScope.Query);

        (await Audit.RemoveAsync(TimeSpan.FromDays(365), Cancel)).ShouldBe(1);

        (await EntriesAsync("old")).ShouldBeEmpty();
        (await EntriesAsync("recent")).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(TokenScope.Query)]
    [InlineData(TokenScope.Write)]
    [InlineData(TokenScope.Admin)]
    public async Task Users_SQL_reads_and_writes_none_of_it(TokenScope scope)
    {
        foreach (var sql in new[]
        {
            "SELECT * FROM thanosql.audit", "SELECT count(*) FROM thanosql.audit", "TABLE thanosql.audit", "DELETE FROM thanosql.audit",
            "INSERT INTO thanosql.audit (who, kind, subject, action) VALUES ('x', 'token', 'x', 'x')",
            "SELECT thanosql.audit_actor('x')", "TRUNCATE thanosql.audit", "SELECT table_to_xml('thanosql.audit', true, true, '')",
        })
        {
            var (status, _) = await host.QueryAsync(sql, scope);
            status.ShouldBe(403, sql);
        }
        (await host.RowsAsync("SELECT schema_to_xml('thanosql', true, true, '')::text LIKE '%<who>%' AS seen", scope))
            .GetProperty("data").ToString().ShouldBe("[[false]]");
        (await host.OwnerAsync<bool>("SELECT has_table_privilege('public', 'thanosql.audit', 'SELECT')")).ShouldBeFalse();
        (await host.OwnerAsync<long>(
            """
            SELECT count(*) FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid WHERE d.refobjid = 'thanosql.audit'::regclass
            """)).ShouldBe(0); // no view shows it
    }

    [Fact]
    public async Task The_list_is_for_admins()
    {
        await host.CreateTokenAsync("listed", TokenScope.Search);
        using var admin = host.Client(TokenScope.Admin);
        using var writer = host.Client(TokenScope.Write);
        var address = new Uri("/api/v1/audit?days=1", UriKind.Relative);

        var entries = await admin.GetFromJsonAsync<JsonElement>(address, Cancel);
        using var refused = await writer.GetAsync(address, Cancel);

        entries.EnumerateArray().ShouldContain(
            e => e.GetProperty("subject").GetString() == "listed" && e.GetProperty("action").GetString() == "create");
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private Task AddRunAsync(string model, string trigger, string statement, string by) => host.OwnerAsync(
        $"""
         INSERT INTO thanosql.training_run (model_name, trigger, statement, state, alive_until, asked_by)
         VALUES ('{model}', '{trigger}', '{statement}', 'running', now() + interval '1 hour', '{by}')
         """);

    private async Task<List<string>> EntriesAsync(string subject) =>
        [.. (await Audit.ListAsync(10_000, 10_000, Cancel)).Where(entry => entry.Subject == subject)
            .Select(e => $"{e.Who} {e.Kind} {e.Action}: {(e.Change.StartsWith("run ", StringComparison.Ordinal) ? "run" : e.Change)}")];
}
