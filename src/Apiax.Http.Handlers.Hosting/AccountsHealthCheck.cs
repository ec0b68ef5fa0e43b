using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Apiax.Http.Handlers.Hosting;

/// <summary>Reports the health of the account in the worst state.</summary>
internal sealed class AccountsHealthCheck(ApiaxAccounts accounts) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var all = accounts.GetStatus();
        var status = all.Select(account => account.State).DefaultIfEmpty().Max() switch
        {
            ApiaxAccountState.Ok => HealthStatus.Healthy,
            ApiaxAccountState.Stale => HealthStatus.Degraded,
            _ => context.Registration.FailureStatus,
        };
        var data = all.SelectMany(DataOf).ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        return Task.FromResult(new HealthCheckResult(status, string.Join("; ", all.Select(Describe)), exception: null, data));
    }

    private static string Describe(ApiaxAccountStatus account)
    {
        var what = (account.State, account.TokenExpiresOn) switch
        {
            (ApiaxAccountState.Ok, null) => "no token has been needed yet",
            (ApiaxAccountState.Ok, _) => "ok",
            (ApiaxAccountState.Stale, _) => $"the last token request failed ({account.LastFailure})",
            _ => $"no token ({account.LastFailure})",
        };
        var next = account is { LastFailure: not null, NextAttemptOn: { } on }
            ? string.Create(CultureInfo.InvariantCulture, $", next attempt at {on:u}")
            : account.LastFailure is null ? "" : ", next attempt with the next call";
        return $"{account.Account}: {what}{next}";
    }

    private static IEnumerable<KeyValuePair<string, object>> DataOf(ApiaxAccountStatus account) =>
        from entry in new (string Name, object? Value)[]
        {
            ("state", account.State.ToString()),
            ("expires_on", account.TokenExpiresOn),
            ("last_success", account.LastSuccessOn),
            ("last_error", account.LastFailure?.ToString()),
            ("next_attempt", account.NextAttemptOn),
        }
        where entry.Value is not null
        select KeyValuePair.Create($"{account.Account}.{entry.Name}", entry.Value!);
}
