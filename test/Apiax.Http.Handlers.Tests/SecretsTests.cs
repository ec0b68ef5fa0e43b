namespace Apiax.Http.Handlers.Tests;

/// <summary>Every secret is marked, and the mark appears in nothing that could be printed.</summary>
[TestFixture]
internal sealed class SecretsTests
{
    private const string Mark = "MARKED";

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
