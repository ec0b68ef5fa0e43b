using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Hosting;

/// <summary>The first tokens, fetched while the host starts.</summary>
internal sealed class Warmup(ApiaxAccounts accounts, IOptions<WarmupOptions> options) : HostedStage
{
    public override Task StartingAsync(CancellationToken cancellationToken)
    {
        if (options.Value.IsRequired)
            return accounts.SignInAsync(cancellationToken);

        _ = ObserveAsync();
        return Task.CompletedTask;
    }

    private async Task ObserveAsync()
    {
        try
        {
            await accounts.SignInAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It is logged where it happens, and the first call meets it again and throws it.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}

/// <summary>What the calls of <c>AddApiaxAuthWarmup</c> add up to.</summary>
internal sealed class WarmupOptions
{
    public bool IsRequired { get; set; }
}
