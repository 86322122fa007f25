using ThanoSql.Tests.Browser.World;
using ThanoSql.Tests.Fixtures;

[assembly: AssemblyFixture(typeof(RealServers))]
[assembly: AssemblyFixture(typeof(Chromium))]
[assembly: AssemblyFixture(typeof(BrowserShop))]
