using System.Diagnostics;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Starts this program again, with an undocumented verb.</summary>
internal static class Child
{
    public static Process Start(params IEnumerable<string> arguments)
    {
        // By its assembly: the current process may be a test runner.
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(Child).Assembly.Location, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }
}
