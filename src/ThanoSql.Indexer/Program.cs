using ThanoSql.Indexer.EmbeddedPostgreSql;
using ThanoSql.Indexer.Hosting;
using var home = HomeFolder.Take(args[0]);
await using var s = await EmbeddedServer.StartAsync(home, Console.WriteLine, default);
Console.WriteLine(s.ConnectionString);
await using var ds = Npgsql.NpgsqlDataSource.Create(s.ConnectionString);
Console.WriteLine(await new ThanoSql.Catalog.Migrator(ds, Microsoft.Extensions.Logging.Abstractions.NullLogger<ThanoSql.Catalog.Migrator>.Instance).RunAsync(default));
