namespace Apiax.Http.Handlers.RedisTests;

/// <summary>Some scenarios run longer with APIAX_LONG=1 than in each build.</summary>
internal static class Duration
{
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("APIAX_LONG") == "1";

    public static int Of(int ci, int inFull) => IsLong ? inFull : ci;
}
