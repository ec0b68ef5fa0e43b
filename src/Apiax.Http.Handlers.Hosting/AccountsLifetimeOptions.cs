namespace Apiax.Http.Handlers.Hosting;

/// <summary>The combined result of all registrations.</summary>
internal sealed class AccountsLifetimeOptions
{
    public bool WarmsUp { get; set; }

    public bool RequiresTokens { get; set; }

    public bool SignsOut { get; set; }
}
