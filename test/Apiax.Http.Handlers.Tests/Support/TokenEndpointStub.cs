using System.Globalization;
using System.Net;
using System.Text;

namespace Apiax.Http.Handlers.Tests;

/// <summary>A token endpoint: grants access-1 with refresh-1, access-2 with refresh-2 …, and records the requests.</summary>
internal sealed class TokenEndpointStub : HttpMessageHandler
{
    private readonly object _gate = new();
    private readonly List<IReadOnlyDictionary<string, string>> _forms = [];
    private int _granted;

    /// <summary>The passwords that it accepts; any if empty.</summary>
    public ISet<string> Passwords { get; } = new HashSet<string>(StringComparer.Ordinal);

    public int LifetimeInSeconds { get; set; } = 1800;

    /// <summary>The lifetime of a refresh token, if the endpoint declares one.</summary>
    public int? RefreshTokenLifetimeInSeconds { get; set; }

    /// <summary>While it is set, answers instead of a grant.</summary>
    public Func<HttpResponseMessage>? Fault { get; set; }

    /// <summary>While it is set, holds the answers.</summary>
    public Gate? Hold { get; set; }

    /// <summary>Called for each request, on the flight's thread.</summary>
    public Action? OnRequest { get; set; }

    /// <summary>Whether a rejected password is answered with <c>invalid_grant</c>, so that it is sent a second time; by an empty 401 otherwise.</summary>
    public bool ExplainsRejections { get; set; }

    /// <summary>Whether refresh tokens are refused.</summary>
    public bool RefusesRefreshTokens { get; set; }

    public string Prefix { get; set; } = "";

    /// <summary>The forms that the revocation endpoint received.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Revocations { get; private set; } = [];

    /// <summary>Answers revocations.</summary>
    public Func<CancellationToken, Task<HttpResponseMessage>> Revocation { get; set; } = _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));

    public HttpRequestMessage? LastMessage { get; private set; }

    public IReadOnlyList<IReadOnlyDictionary<string, string>> Forms
    {
        get
        {
            lock (_gate)
                return [.. _forms];
        }
    }

    public bool IsDisposed { get; private set; }

    public int Requests => Forms.Count;

    /// <summary>The number in the last tokens.</summary>
    public int Granted => Volatile.Read(ref _granted);

    public int Logins => Forms.Count(form => form["grant_type"] == "password");

    public int Refreshes => Forms.Count(form => form["grant_type"] == "refresh_token");

    public static HttpResponseMessage Html() => new(HttpStatusCode.OK) { Content = new StringContent("<html/>", Encoding.UTF8, "text/html") };

    /// <summary>Overloaded, with a <c>Retry-After</c> that is longer than any flight would wait.</summary>
    public static HttpResponseMessage Overloaded()
    {
        var answer = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter = new(TimeSpan.FromSeconds(60));
        return answer;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        OnRequest?.Invoke();
        var form = Parse(await request.Content!.ReadAsStringAsync(cancellationToken));
        if (!form.ContainsKey("grant_type"))
        {
            lock (_gate)
                (Revocations, LastMessage) = ([.. Revocations, form], request);

            return await Revocation(cancellationToken);
        }

        lock (_gate)
        {
            _forms.Add(form);
            LastMessage = request;
        }

        if (Hold is { } hold)
            await hold.PassAsync(cancellationToken);

        return Fault?.Invoke() ?? Answer(form);
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }

    private HttpResponseMessage Answer(Dictionary<string, string> form)
    {
        var isPassword = form["grant_type"] == "password";
        var isRefused = isPassword ? Passwords.Count > 0 && !Passwords.Contains(form["password"]) : RefusesRefreshTokens;
        if (isRefused && isPassword && !ExplainsRejections)
            return new HttpResponseMessage(HttpStatusCode.Unauthorized);
        if (isRefused)
            return Json(HttpStatusCode.Unauthorized, """{"error":"invalid_grant","error_description":"Invalid user credentials"}""");

        var number = Interlocked.Increment(ref _granted);
        var refreshTokenLifetime = RefreshTokenLifetimeInSeconds is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"\"refresh_expires_in\":{seconds},") : "";
        return Json(
            HttpStatusCode.OK,
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"access_token":"{{Prefix}}access-{{number}}","expires_in":{{LifetimeInSeconds}},{{refreshTokenLifetime}}"refresh_token":"{{Prefix}}refresh-{{number}}","token_type":"bearer"}"""));
    }

    private static HttpResponseMessage Json(HttpStatusCode status, string json) => new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    private static Dictionary<string, string> Parse(string form) => form.Split('&').Select(pair => pair.Split('=')).ToDictionary(
        pair => WebUtility.UrlDecode(pair[0]), pair => WebUtility.UrlDecode(pair[1]), StringComparer.Ordinal);
}
