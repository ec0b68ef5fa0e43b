using System.Globalization;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>
/// All faults together, on the real clock. Set <c>APIAX_SOAK_MINUTES</c> for a longer run (10 is a good number) and
/// <c>APIAX_SOAK_SEED</c> for the schedule of an earlier one.
/// </summary>
[TestFixture]
[NonParallelizable]
internal sealed class SoakTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(Number("APIAX_SOAK_MINUTES") ?? 1);

    [Test]
    public async Task Of_sixty_four_callers_only_those_without_a_token_fail()
    {
        var seed = Number("APIAX_SOAK_SEED") ?? Random.Shared.Next();
        await TestContext.Out.WriteLineAsync($"Soak of {Duration} with APIAX_SOAK_SEED={seed}");
        using var unobserved = new UnobservedExceptions();
        SoakReport report;

        await using (var soak = await Soak.StartAsync(seed))
        {
            report = soak.Report;
            await soak.RunAsync(Duration);
        }

        var forgotten = unobserved.All();
        report.Unobserved = forgotten.Count;
        await TestContext.Out.WriteLineAsync(report.ToString());

        Assert.Multiple(() =>
        {
            Assert.That(report.Calls, Is.GreaterThan(1_000));
            Assert.That(report.Objections, Is.Empty, "a call failed although a valid token could be had");
            Assert.That(report.StrangersRequests, Is.Positive);
            Assert.That(report.TokensAtApi, Is.Positive);
            Assert.That(report.TokensElsewhere, Is.Zero);
            Assert.That(report.Logins, Is.LessThanOrEqualTo(report.LoginsAllowed));
            Assert.That(report.SessionsEnded, Is.LessThanOrEqualTo(report.SessionEndings));
            Assert.That(report.Refusals, Is.Empty);
            Assert.That(forgotten, Is.Empty);
            Assert.That(report.Late!.Megabytes, Is.LessThan((report.Early!.Megabytes * 1.25) + 4));
            Assert.That(report.Late!.Handles, Is.LessThan(report.Early!.Handles + 64));
        });
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
