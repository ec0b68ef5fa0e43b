using Apiax.Http.Handlers.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests.Testing;

/// <summary>A sandbox with its own clock, and a plain HTTP client, for each test.</summary>
internal abstract class SandboxTests
{
    protected FakeTimeProvider Clock { get; private set; } = null!;

    protected ApiaxSandbox Apiax { get; private set; } = null!;

    protected SandboxClient Client { get; private set; } = null!;

    [SetUp]
    public Task StartAsync() => StartAsync(new ApiaxSandboxOptions());

    [TearDown]
    public async Task StopAsync()
    {
        Client.Dispose();
        await Apiax.DisposeAsync();
    }

    /// <summary>Replaces the sandbox with one with other options.</summary>
    protected async Task RestartAsync(ApiaxSandboxOptions options)
    {
        await StopAsync();
        await StartAsync(options);
    }

    private async Task StartAsync(ApiaxSandboxOptions options)
    {
        Clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        options.TimeProvider = Clock;
        Apiax = await ApiaxSandbox.StartAsync(options);
        Apiax.LoginDuration = TimeSpan.Zero;
        Client = new SandboxClient(Apiax);
    }
}
