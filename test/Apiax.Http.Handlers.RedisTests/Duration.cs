namespace Apiax.Http.Handlers.RedisTests;

/// <summary>Some scenarios are worth more time than each build has: APIAX_LONG=1 gives it to them.</summary>
internal static class Duration
{
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("APIAX_LONG") == "1";

    public static int Of(int ci, int inFull) => IsLong ? inFull : ci;
}
