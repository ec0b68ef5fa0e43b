using Microsoft.Coyote.Specifications;

namespace Apiax.Http.Handlers.ScheduleTests;

/// <summary>
/// Events at the same time. In all of them, the server accepts no two requests at a time, no caller gets a token that is older than one returned
/// before the call, and every wait ends.
/// </summary>
internal static class Scenarios
{
    public static async Task ColdStart(Func<TokenFlight, TimeProvider, IApiaxAccessTokenProvider>? broken)
    {
        await using var account = new Account(broken: broken);

        await account.CallsSucceedAsync(3);

        Specification.Assert(account.Server.Requests == 1, "More than one token request for a cold start.");
    }

    public static async Task RefreshAheadDuringA401()
    {
        await using var account = new Account();
        await account.Tokens.GetTokenAsync();
        account.Time.Advance(TimeSpan.FromMinutes(29));
        account.Api.Revoke(1);

        await account.CallsSucceedAsync(2);

        Specification.Assert(account.Server.Requests == 2, "More than one token request for a refresh and a rejection that meet.");
    }

    public static async Task TwoRejectionsOfOneToken()
    {
        await using var account = new Account();
        await account.Tokens.GetTokenAsync();
        var revoking = Task.Run(() => account.Api.Revoke(1));

        await account.CallsSucceedAsync(2);
        await revoking;
        await account.CallsSucceedAsync();

        Specification.Assert(account.Server.Requests == 2, "More than one replacement for one token.");
    }

    /// <summary>Tokens are revoked while others are fetched: a caller that waited for an older one must not restore it.</summary>
    public static async Task RejectionsOfTokensThatReplacedOthers()
    {
        await using var account = new Account();
        var first = await account.Tokens.GetTokenAsync();
        var asking = Task.Run(async () => await account.Tokens.ReplaceTokenAsync(first));
        var second = (await account.Tokens.ReplaceTokenAsync(first))!;
        account.Time.Advance(TimeSpan.FromSeconds(11));
        var third = (await account.Tokens.ReplaceTokenAsync(second))!;
        var found = await account.Tokens.GetTokenAsync();
        await asking;

        Specification.Assert(third.Equals(found) && Watched.NumberOf(third.Value) == 3 && account.Server.Requests == 3, "Not one replacement for each token.");
    }

    public static async Task CancellationOfTheFirstCaller()
    {
        await using var account = new Account();
        using var cancellation = new CancellationTokenSource();
        var first = account.CallAsync(cancellation.Token);
        var cancelling = Task.Run(cancellation.Cancel);

        await account.CallsSucceedAsync(2);
        await cancelling;
        try
        {
            await first;
        }
        catch (OperationCanceledException)
        {
            // Or the call ended before its cancellation.
        }

        Specification.Assert(account.Server.Requests == 1, "A caller's cancellation cost a token request.");
    }

    public static async Task FailureWithWaiters()
    {
        await using var account = new Account();
        account.Server.IsDown = true;
        var failures = await account.FailuresOfCallsAsync(2);

        Specification.Assert(failures.All(failure => failure is { Reason: ApiaxAuthFailure.Unavailable }), "Somebody who waited did not hear of the failure.");
        Specification.Assert(failures.ToHashSet(ReferenceEqualityComparer.Instance).Count == 2, "Callers share an exception.");
        Specification.Assert(account.Server.Requests == 1, "A server that failed was asked again at once.");
        account.Server.IsDown = false;
        account.Time.Advance(TimeSpan.FromSeconds(2));
        await account.CallsSucceedAsync();
        Specification.Assert(account.Server.Requests == 2, "More than one token request after a failure.");
    }

    public static async Task CoolDownEnding()
    {
        await using var account = new Account(accepts: "another");
        await account.FailuresOfCallsAsync();
        account.Time.Advance(TimeSpan.FromSeconds(59));
        var ending = Task.Run(() => account.Time.Advance(TimeSpan.FromSeconds(2)));
        var failures = await account.FailuresOfCallsAsync(2);
        await ending;

        // If the cool-down ends while credentials are checked that must not be sent, there is a back-off of a second.
        account.Time.Advance(TimeSpan.FromSeconds(2));
        await account.FailuresOfCallsAsync();

        Specification.Assert(failures.All(failure => failure is { Reason: ApiaxAuthFailure.CredentialsRejected }), "Not the failure that it is.");
        Specification.Assert(account.Server.Sent("right") == 2, "A rejected password was not sent once more, and once only.");
    }

    public static async Task ReloadInFlight()
    {
        await using var account = new Account(accepts: "new");
        var reloading = Task.Run(() => account.Reload("new"));
        var failures = await account.FailuresOfCallsAsync(2);
        await reloading;
        await account.CallsSucceedAsync();

        Specification.Assert(failures.All(failure => failure is null or { Reason: ApiaxAuthFailure.CredentialsRejected }), "Neither a token nor the reason why there is none.");
        Specification.Assert(account.Server.Sent("right") <= 1, "A rejected password was sent twice.");
        Specification.Assert(account.Server.Sent("new") == 1, "More than one login with the new password.");
    }

    public static async Task DisposalInFlight()
    {
        var account = new Account();
        var calls = Enumerable.Range(0, 2).Select(_ => account.CallAsync()).ToList();
        await account.DisposeAsync();
        foreach (var call in calls)
        {
            try
            {
                await call;
            }
            catch (Exception exception) when (exception is ApiaxAuthException or ObjectDisposedException)
            {
                // With or without a token, the call ends.
            }
        }

        Specification.Assert(account.Server.Requests <= 1, "A token request after the end.");
    }
}
