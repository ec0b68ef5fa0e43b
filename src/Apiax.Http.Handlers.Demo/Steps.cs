using System.Collections.Concurrent;
using System.Diagnostics;
using Apiax.Http.Handlers.Testing;

namespace Apiax.Http.Handlers.Demo;

/// <summary>What the library does, step by step; each step has its own sandbox.</summary>
internal static class Steps
{
    public static IReadOnlyList<Step> All { get; } =
    [
        new("Cold start: 100 calls at once", "1 login, 100 responses", ColdBurstAsync),
        new("Calls go on while tokens expire", "refreshed ahead, no call waits", RefreshAheadAsync),
        new("The token is revoked", "one 401, replaced, call succeeded", RevokedTokenAsync),
        new("The session is ended", "refresh refused, then the password", EndedSessionAsync),
        new("The password is wrong", "sent twice, then calls fail at once", WrongPasswordAsync),
        new("A redirect to another host", "no token is sent there", ForeignRedirectAsync),
    ];

    private static async Task<Finding> ColdBurstAsync()
    {
        await using var app = await SandboxApp.StartAsync();
        var succeeded = await app.CallAsync(100);
        var apiax = app.Apiax;
        return new(
            succeeded == 100 && apiax is { Logins: 1, ApiCalls: 100, TokenRequests.Count: 1 },
            $"{apiax.TokenRequests.Count} token request, {apiax.Logins} login, {apiax.ApiCalls} calls");
    }

    private static async Task<Finding> RefreshAheadAsync()
    {
        var tokenLatency = TimeSpan.FromMilliseconds(500);
        await using var app = await SandboxApp.StartAsync(new ApiaxSandboxOptions { TokenLifetime = TimeSpan.FromSeconds(3) });
        await app.CallAsync();
        app.Apiax.DelayTokenRequests(tokenLatency);

        var clock = Stopwatch.StartNew();
        var waited = 0;
        while (clock.Elapsed < TimeSpan.FromSeconds(7))
        {
            var call = Stopwatch.StartNew();
            await app.CallAsync();
            waited += call.Elapsed > tokenLatency * 0.8 ? 1 : 0;
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        var refreshes = app.Apiax.TokenRequests.Count - 1;
        return new(
            refreshes >= 2 && waited == 0 && app.Apiax is { Logins: 1, UnauthorizedCalls: 0 },
            $"{refreshes} refreshes of 500 ms, {app.Apiax.ApiCalls} calls, {waited} waited, {app.Apiax.UnauthorizedCalls} responses with 401");
    }

    private static async Task<Finding> RevokedTokenAsync()
    {
        await using var app = await SandboxApp.StartAsync();
        await app.CallAsync();
        app.Apiax.RevokeAccessTokens();
        var succeeded = await app.CallAsync();
        return new(
            succeeded == 1 && app.Apiax is { UnauthorizedCalls: 1, TokenRequests.Count: 2, Logins: 1 },
            $"{app.Apiax.UnauthorizedCalls} response with 401, {app.Apiax.TokenRequests.Count - 1} more token request, {app.Apiax.Logins} login");
    }

    private static async Task<Finding> EndedSessionAsync()
    {
        await using var app = await SandboxApp.StartAsync();
        await app.CallAsync();
        app.Apiax.EndSessions();
        var succeeded = await app.CallAsync();
        var requests = app.Apiax.TokenRequests.Skip(1).Select(request => request.GrantType).ToList();
        return new(
            succeeded == 1 && app.Apiax.Logins == 2 && requests is ["refresh_token", "password"],
            $"{string.Join(", then ", requests)}, {succeeded} call succeeded");
    }

    private static async Task<Finding> WrongPasswordAsync()
    {
        await using var app = await SandboxApp.StartAsync(adjust: options => options.Password = "wrong");
        var rejected = 0;
        var clock = Stopwatch.StartNew();
        for (var call = 0; call < 50; call++)
        {
            try
            {
                await app.CallAsync();
            }
            catch (ApiaxAuthException failure) when (failure.Reason is ApiaxAuthFailure.CredentialsRejected)
            {
                rejected++;
            }
        }

        return new(
            rejected == 50 && app.Apiax is { TokenRequests.Count: 2, ApiCalls: 0, UnauthorizedCalls: 0, LockOuts: 0 },
            $"{app.Apiax.TokenRequests.Count} token requests for 50 calls, {clock.ElapsedMilliseconds} ms in all, {app.Apiax.LockOuts} lock-outs");
    }

    private static async Task<Finding> ForeignRedirectAsync()
    {
        var arrived = new ConcurrentQueue<bool>();
        await using var foreign = await SandboxServer.StartAsync(port: 0, context =>
        {
            arrived.Enqueue(context.Request.Headers.Authorization.Count > 0);
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        });

        await using var app = await SandboxApp.StartAsync();
        app.Apiax.StubApi("/rules", context =>
        {
            context.Response.Redirect($"{foreign.Address}elsewhere");
            return Task.CompletedTask;
        });
        await app.CallAsync();

        var tokens = arrived.Count(hasToken => hasToken);
        return new(
            arrived.Count == 1 && tokens == 0 && app.Apiax.TokenRequests.Count == 1,
            $"{arrived.Count} request there, {tokens} tokens, {app.Apiax.TokenRequests.Count - 1} more token requests");
    }
}
