using System.Globalization;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>A realm of the server as its client sees it.</summary>
internal sealed class Realm : IDisposable
{
    private readonly HttpClient _control;

    private Realm(Uri address)
    {
        _control = new HttpClient { BaseAddress = address };
        TokenEndpoint = new Uri(address, "token");
        Rules = new Uri(address, "rules");
    }

    public Uri TokenEndpoint { get; }

    public Uri Rules { get; }

    public static async Task<Realm> OpenAsync(ServerAddresses server, RealmSettings settings)
    {
        var realm = new Realm(new Uri(server.Http1, $"{Guid.NewGuid():n}/"));
        using var opened = await realm._control.PostAsync("open" + settings.ToQuery(), content: null);
        opened.EnsureSuccessStatusCode();
        return realm;
    }

    /// <summary>Settings of an account of this realm.</summary>
    public void Configure(ApiaxAuthOptions options)
    {
        options.TokenEndpoint = TokenEndpoint;
        options.Username = "anna";
        options.Password = "secret";
        options.ApiHosts.Add(Rules.Authority);
    }

    /// <summary>From now on the API rejects every token that was issued until now.</summary>
    public async Task RevokeAsync()
    {
        using var revoked = await _control.PostAsync("revoke", content: null);
        revoked.EnsureSuccessStatusCode();
    }

    public async Task<int> TokenRequestsAsync() => int.Parse(await _control.GetStringAsync("count"), CultureInfo.InvariantCulture);

    public void Dispose() => _control.Dispose();
}
