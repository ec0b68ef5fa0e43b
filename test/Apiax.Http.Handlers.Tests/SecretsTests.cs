using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Tests;

/// <summary>Every secret is marked, and the mark appears in nothing that could be printed.</summary>
[TestFixture]
internal sealed class SecretsTests
{
    private const string Mark = "MARKED";
    private static readonly string[] AllThatHappens = ["SignedIn", "Refreshed", "RefreshRefused", "NoToken", "TokenReplaced", "ReloadRefused"];

    [Test]
    public async Task No_secret_is_logged_thrown_or_printed_whatever_happens()
    {
        var configuration = App.Configuration(("Apiax:Username", $"{Mark}-user"), ("Apiax:Password", $"{Mark}-password"));
        await using var app = new App(services => services.AddSingleton<IConfiguration>(configuration).AddApiaxAuth());
        app.Endpoint.Prefix = $"{Mark}-";
        var printed = new List<string?>();

        // Login, replacement, a 401 that stays, refresh, an answer that repeats what is held, a refused refresh, a rejected password, garbage, an outage, a refused reload, an end.
        await CallAsync();
        app.Api.Rejected.Add($"{Mark}-access-1");
        await CallAsync();
        app.Api.RejectsAll = true;
        await CallAsync();
        app.Api.RejectsAll = false;
        await ExpireAndCallAsync();
        app.Endpoint.Fault = () => Refusal("invalid_client", $"{Mark}-access-{app.Endpoint.Granted} {Mark}-refresh-{app.Endpoint.Granted} {Mark}-password {Mark}-user");
        await ExpireAndCallAsync();
        app.Endpoint.Fault = null;
        app.Endpoint.RefusesRefreshTokens = true;
        await ExpireAndCallAsync();
        app.Endpoint.Passwords.Add("another");
        await ExpireAndCallAsync();
        app.Endpoint.RefusesRefreshTokens = false;
        foreach (var fault in (string[])[Answer("access_token", "line\nbreak"), Answer("token_type", "mac"), "{\"access_token\":\"" + Mark])
        {
            app.Endpoint.Fault = () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(fault, null, "application/json") };
            await ExpireAndCallAsync();
        }

        app.Endpoint.Fault = () => Refusal($"{Mark}-password", $"{Mark}-PASSWORD");
        await ExpireAndCallAsync();
        app.Endpoint.Fault = TokenEndpointStub.Overloaded;
        await ExpireAndCallAsync();
        configuration["Apiax:RefreshAhead"] = "-1";
        configuration.Reload();

        printed.AddRange(app.Logs.Entries.SelectMany(entry => new[] { entry.Message, entry.Details }));
        Assert.That(app.Logs.Entries.Select(entry => entry.Event), Is.SupersetOf(AllThatHappens));
        Assert.That(printed.OfType<string>(), Has.None.Contains(Mark).IgnoreCase);

        async Task CallAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.apiax.io/rules");
            try
            {
                using var client = app.Client();
                using var response = await client.SendAsync(request).Soon();
                printed.Add(response.ToString());
                printed.Add(response.RequestMessage?.ToString());
            }
            catch (ApiaxAuthException exception)
            {
                printed.AddRange([exception.ToString(), exception.Error, exception.ErrorDescription]);
            }

            printed.Add(request.ToString());
        }

        Task ExpireAndCallAsync()
        {
            app.Time.Advance(TimeSpan.FromHours(1));
            return CallAsync();
        }

        static HttpResponseMessage Refusal(string error, string description) => new(HttpStatusCode.BadRequest)
        {
            Content = new StringContent(System.Text.Json.JsonSerializer.Serialize(new { error, error_description = description }), null, "application/json"),
        };

        static string Answer(string member, string value) =>
            System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, string>(StringComparer.Ordinal) { ["access_token"] = Mark, ["refresh_token"] = Mark, [member] = $"{Mark}{value}" });
    }

    [Test]
    public void Nothing_prints_the_secret_that_it_holds()
    {
        var token = new ApiaxAccessToken(Mark, DateTimeOffset.MaxValue, DateTimeOffset.MaxValue);
        var tokens = new TokenSet(token, Mark, DateTimeOffset.MaxValue, default);
        object[] all =
        [
            token,
            tokens,
            new ApiaxCredentials(Mark, Mark),
            new ApiaxAuthOptions { Username = Mark, Password = Mark },
            FlightResult.Refreshed(tokens),
            FlightResult.LoggedIn(tokens, CredentialsFingerprint.Of(Mark, Mark)),
            TokenState.Cold.FlightEnded(FlightResult.Refreshed(tokens), default),
            new TokenJson { AccessToken = Mark, RefreshToken = Mark },
            SharedAccount.Unknown().LoggedIn(tokens),
            new SharedAccountContent { AccessToken = Mark, RefreshToken = Mark },
            Entry,
            new TokenStoreCommit { Owner = "a", Number = 1, ExpectedVersion = 0, Content = Entry.Content, Note = Entry.Note },
            new StoreAnswer(Entry, WasSent: true),
            new StoreAnswer(Entry: null, WasSent: true),
            new AccountCommit(SharedAccount.Unknown().LoggedIn(tokens), new AccountTurn(1, 0, 1, default, 0), ReleasesClaim: false),
            new TurnNote(new ApiaxAuthException(ApiaxAuthFailure.Unavailable, Mark), "owner", MayBeLocal: false),
        ];

        Assert.That(all.Select(each => each.ToString()), Has.None.Contains(Mark));
    }

    private static TokenStoreEntry Entry { get; } = new() { Time = default, Version = 1, Content = System.Text.Encoding.UTF8.GetBytes(Mark), Note = System.Text.Encoding.UTF8.GetBytes(Mark) };
}
