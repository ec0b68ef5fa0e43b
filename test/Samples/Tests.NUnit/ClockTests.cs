using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Samples.NUnit;

/// <summary>A client and a sandbox with the same clock, which only the test advances.</summary>
public sealed class ClockTests
{
    [Test]
    public async Task The_token_is_refreshed_after_an_hour_and_the_password_is_sent_again_after_14_days()
    {
        var clock = new FakeTimeProvider();
        await using var apiax = await ApiaxSandbox.StartAsync(new ApiaxSandboxOptions { TimeProvider = clock });
        apiax.StubApi("/rules");

        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(clock);
        services.AddHttpClient("rules", http => http.BaseAddress = apiax.BaseAddress).AddApiaxAuth(apiax.Configure);
        await using var provider = services.BuildServiceProvider();
        var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient("rules");

        await http.GetStringAsync("/rules");
        clock.Advance(TimeSpan.FromHours(1));
        await http.GetStringAsync("/rules");
        clock.Advance(TimeSpan.FromDays(14));
        await http.GetStringAsync("/rules");

        Assert.That(apiax.TokenRequests.Select(request => request.GrantType), Is.EqualTo(new[] { "password", "refresh_token", "password" }));
        Assert.That(apiax.UnauthorizedCalls, Is.Zero);
    }
}
