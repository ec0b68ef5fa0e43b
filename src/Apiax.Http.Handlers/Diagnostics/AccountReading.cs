namespace Apiax.Http.Handlers;

/// <summary>What the gauges show about an account.</summary>
/// <param name="Account">The name of its client, never the user name.</param>
/// <param name="Remaining">How long its token is still valid; null if there has been none.</param>
/// <param name="State">One of <see cref="States"/>.</param>
internal readonly record struct AccountReading(string Account, TimeSpan? Remaining, string State)
{
    public const string Ok = "ok";
    public const string Stale = "stale";
    public const string CoolingDown = "cooling_down";

    public static readonly string[] States = [Ok, Stale, CoolingDown];
}
