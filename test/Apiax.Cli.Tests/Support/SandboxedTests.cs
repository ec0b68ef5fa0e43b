using Apiax.Http.Handlers.IntegrationTests;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Cli.Tests;

/// <summary>Tests of the tool against a separate sandbox for each.</summary>
/// <param name="isClockStopped">Whether the clock advances only when a test advances it.</param>
internal abstract class SandboxedTests(bool isClockStopped = false)
{
    protected World World { get; private set; } = null!;

    protected ApiaxSandbox Apiax { get; private set; } = null!;

    /// <summary>The clock, if it is stopped.</summary>
    protected Clock Clock { get; private set; } = null!;

    [SetUp]
    public async Task StartAsync()
    {
        World = new World();
        if (isClockStopped)
            Clock = World.StopClock();

        Apiax = await ApiaxSandbox.StartAsync(new ApiaxSandboxOptions { TimeProvider = World.Time });
        World.Use(Apiax);
    }

    [TearDown]
    public async Task StopAsync()
    {
        World.Dispose();
        await Apiax.DisposeAsync();
    }
}
