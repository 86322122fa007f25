using ThanoSql.Indexer.Commands;

return await CommandLine.RunAsync(args);
