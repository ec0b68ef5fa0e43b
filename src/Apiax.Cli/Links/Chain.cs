namespace Apiax.Cli;

/// <summary>Checks the links in order. A link that needs a broken one is not checked.</summary>
internal static class Chain
{
    private static readonly Step[] Steps =
    [
        new(Link.Configuration, ConfigurationLink.CheckAsync, IsNeeded: true),
        new(Link.Name, NameLink.CheckAsync, IsNeeded: true),
        new(Link.Connection, ConnectionLink.CheckAsync, IsNeeded: true),
        new(Link.Encryption, EncryptionLink.CheckAsync, IsNeeded: true),
        new(Link.Endpoint, EndpointLink.CheckAsync, IsNeeded: true),
        new(Link.SignIn, SignInLink.CheckAsync, IsNeeded: true),
        new(Link.Clock, ClockLink.CheckAsync, IsNeeded: false),
        new(Link.Lifetime, LifetimeLink.CheckAsync, IsNeeded: false),
        new(Link.Refresh, RefreshLink.CheckAsync, IsNeeded: false),
        new(Link.Api, ApiLink.CheckAsync, IsNeeded: false),
    ];

    /// <param name="context">What is known so far.</param>
    /// <param name="screen">Shows each link when its check begins and ends.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    public static async Task<IReadOnlyList<(Link Link, Finding Finding)>> RunAsync(CheckContext context, CheckScreen screen, CancellationToken cancellationToken)
    {
        var findings = new List<(Link Link, Finding Finding)>();
        Link? stopped = null;
        foreach (var step in Steps)
        {
            // The endpoint's answer may have the time even if the sign-in fails.
            var finding = stopped is { } broken && !(step.Link is Link.Clock && broken is Link.SignIn)
                ? Finding.NotChecked($"{broken.Title()} is broken")
                : await screen.WatchAsync(step.Link, () => step.CheckAsync(context, cancellationToken));

            // Settings without credentials are broken, but the server can still be checked.
            if (step.IsNeeded && finding.IsBroken && !(step.Link is Link.Configuration && context.Settings.AreUsable))
                stopped ??= step.Link;

            findings.Add((step.Link, finding));
            screen.Show(step.Link, finding);
        }

        return findings;
    }

    private sealed record Step(Link Link, Func<CheckContext, CancellationToken, Task<Finding>> CheckAsync, bool IsNeeded);
}
