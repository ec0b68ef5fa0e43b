using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>The realms of the server, by the first part of the path; the second part names the operation.</summary>
internal sealed class ServerRealms
{
    private readonly ConcurrentDictionary<string, Realm> _realms = new(StringComparer.Ordinal);

    /// <returns>Whether it is a call to the API that the API allows; any other request has been answered.</returns>
    public async Task<bool> AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!.Split('/');
        if (path is not [_, var name, var what])
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return false;
        }

        if (what is "open")
        {
            _realms[name] = new Realm(RealmSettings.From(context.Request.Query));
            return false;
        }

        return await _realms[name].AnswerAsync(what, context);
    }

    private sealed class Realm(RealmSettings settings)
    {
        private long _issued;
        private long _revokedUpTo;

        public async Task<bool> AnswerAsync(string what, HttpContext context)
        {
            switch (what)
            {
                case "rules" when !settings.RejectsAll && IsValid(context.Request.Headers.Authorization):
                    return true;
                case "rules":
                    context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                    return false;
                case "token":
                    var token = SampleToken.Number(Interlocked.Increment(ref _issued));
                    await Task.Delay(settings.Latency, TimeProvider.System);
                    context.Response.ContentType = "application/json";
                    await context.Response.WriteAsync(SampleToken.Answer(token, settings.Lifetime.TotalSeconds, "refresh"));
                    return false;
                case "revoke":
                    Volatile.Write(ref _revokedUpTo, Volatile.Read(ref _issued));
                    return false;
                default:
                    await context.Response.WriteAsync(Volatile.Read(ref _issued).ToString(CultureInfo.InvariantCulture));
                    return false;
            }
        }

        private bool IsValid(string? header) => header is not null && SampleToken.SerialOf(header) > Volatile.Read(ref _revokedUpTo);
    }
}
