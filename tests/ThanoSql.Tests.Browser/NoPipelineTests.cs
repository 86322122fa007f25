using ThanoSql.Tests.Browser.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Browser;

/// <summary>An operator comes before anything is there.</summary>
public sealed class NoPipelineTests(NoPipelineTests.EmptyService service, Chromium chromium) : IClassFixture<NoPipelineTests.EmptyService>
{
    [Theory]
    [InlineData("ko")]
    [InlineData("en")]
    public Task The_page_says_what_to_do(string language) => service.VisitAsync(
        chromium, new Visit { Language = language, Place = "/pipelines" }, async person =>
        {
            await Assertions.Expect(person.Page.GetByText(person.T("pipelines.none"))).ToBeVisibleAsync();
            await Assertions.Expect(person.Page.GetByText(person.T("pipelines.noFailure"))).ToBeVisibleAsync();
            await Assertions.Expect(person.Page.Locator("main button")).ToHaveCountAsync(0); // there is no store to sweep
            await person.LooksRightAsync();
        });

    /// <summary>A service without a pipeline.</summary>
    public sealed class EmptyService() : RunningService(new RealServers())
    {
        protected override string Pipelines => Directory.CreateDirectory(Path.Combine(Home, "pipelines")).FullName;
    }
}
