using ThanoSql.Tests.Fixtures;

[assembly: AssemblyFixture(typeof(RealServers))]
