using System.Diagnostics;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>This program once more, with a verb that no help mentions.</summary>
internal static class Child
{
    public static Process Start(params IEnumerable<string> arguments)
    {
        // By its library: whoever runs this may be a test.
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(Child).Assembly.Location, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }
}
