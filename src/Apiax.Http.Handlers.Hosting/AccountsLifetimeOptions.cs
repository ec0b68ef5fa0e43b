namespace Apiax.Http.Handlers.Hosting;

/// <summary>What the registrations add up to.</summary>
internal sealed class AccountsLifetimeOptions
{
    public bool WarmsUp { get; set; }

    public bool RequiresTokens { get; set; }

    public bool SignsOut { get; set; }
}
