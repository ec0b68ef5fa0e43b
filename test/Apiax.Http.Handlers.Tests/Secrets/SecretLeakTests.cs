using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Tests.Secrets;

/// <summary>Every path, every listener, and a search for the secrets in the whole output, in every spelling.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class SecretLeakTests
{
    private static readonly string[] AllThatHappens =
        ["SignedIn", "Refreshed", "RefreshRefused", "NoToken", "TokenReplaced", "TokenStripped", "NotSentAgain", "NotReplaced", "Rationed", "UnlistedHost", "ReloadRefused", "SignedOut", "NotSignedOut"];

    [Test]
    public async Task No_secret_is_shown_in_any_case()
    {
        await using var scene = await SecretScene.StartAsync();
        await GoodCallsAsync(scene);
        await RejectedTokensAsync(scene);
        await RefusalsThatEchoAsync(scene);
        await AnswersThatAreNoneAsync(scene);
        await SettingsAsync(scene);
        await SignOutAsync(scene);
        scene.Debugger.Unfold(scene.Tokens, "tokens");

        Assert.Multiple(() =>
        {
            Assert.That(scene.Logs.Entries.Select(entry => entry.Event), Is.SupersetOf(AllThatHappens));
            Assert.That(scene.Logs.Entries.Select(entry => entry.Level).Distinct(), Is.SupersetOf(new[] { LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error }));
            Assert.That(scene.Logs.Entries.Select(entry => entry.Event), Has.Some.EqualTo("RequestHeader").And.Some.EqualTo("RequestPipelineRequestHeader"), "the factory's own logs");
            Assert.That(scene.Telemetry, Has.Some.StartsWith("metric System.Net.Http http.client.request.duration").And.Some.StartsWith("activity System.Net.Http"));
            Assert.That(scene.Telemetry, Has.Some.StartsWith("activity Apiax.Http.Handlers").And.Some.Contains("apiax.auth.token.wait"));
            foreach (var metric in (string[])["token.requests", "token.request.duration", "token.wait.duration", "unauthorized", "token.remaining", "state"])
                Assert.That(scene.Telemetry, Has.Some.StartsWith($"metric Apiax.Http.Handlers apiax.auth.{metric} "));

            Assert.That(scene.Reasons, Is.EquivalentTo(Enum.GetValues<ApiaxAuthFailure>()));
            Assert.That(scene.Debugger.Types, Is.SupersetOf(new[] { typeof(SingleFlightTokenProvider), typeof(TokenState), typeof(TokenSet), typeof(ApiaxAccessToken), typeof(ApiaxAuthOptions), typeof(ApiaxAuthException) }));
            Assert.That(scene.Everything.Where(Marks.IsIn), Is.Empty);
            Assert.That(scene.Reported.Where(Marks.IsUserIn), Is.Empty);
        });
    }

    [Test]
    public void A_debugger_shows_no_secret_of_the_objects_of_one_request()
    {
        var token = new ApiaxAccessToken(Marks.AccessToken(1), DateTimeOffset.MaxValue, DateTimeOffset.MaxValue);
        var tokens = new TokenSet(token, Marks.RefreshToken(1), DateTimeOffset.MaxValue, default);
        var options = new ApiaxAuthOptions { Username = "anna", Password = Marks.Password };
        var credentials = new ApiaxCredentials("anna", Marks.Password);
        var answer = new TokenJson { AccessToken = Marks.AccessToken(1), RefreshToken = Marks.RefreshToken(1), Error = Marks.Password, ErrorDescription = Marks.Password, TokenType = Marks.Password };
        object[] all =
        [
            tokens,
            credentials,
            options,
            FlightResult.LoggedIn(tokens, CredentialsFingerprint.Of("anna", Marks.Password)),
            TokenState.Cold.FlightEnded(FlightResult.Refreshed(tokens), default),
            TokenRequest.Login(options, credentials),
            TokenRequest.Refresh(options, Marks.RefreshToken(1)),
            answer,
            new TokenAnswer(HttpStatusCode.OK, "application/json", answer, null, default, default),
            new BearerHeader(token, new HandlerSettings(ApiaxAccessTokens.Create(options), options)),
        ];

        var view = new DebuggerView();
        foreach (var each in all)
            view.Unfold(each, each.GetType().Name);

        Assert.That(view.Types, Is.SupersetOf(all.Select(each => each.GetType())));
        Assert.That(view.Texts.Where(Marks.IsIn), Is.Empty);
    }

    private static async Task GoodCallsAsync(SecretScene scene)
    {
        await scene.CallAsync();
        await scene.CallSynchronouslyAsync();
        await scene.CallAsync("moved");
        await scene.CallAsync($"http://localhost:{scene.Server.Address.Port}/unlisted");
        scene.PassHours();
        await scene.CallAsync();
        scene.Keep(await scene.Tokens.GetTokenAsync());
        await scene.CallAsync(cancellationToken: new CancellationToken(canceled: true));
    }

    private static async Task RejectedTokensAsync(SecretScene scene)
    {
        // The ration does not prevent this replacement; the next call waits for it.
        scene.Server.Accepts = _ => false;
        await scene.CallAsync(content: new StreamContent(new Unseekable(new byte[new ApiaxAuthOptions().MaxReplayBodySize + 1])));
        scene.Server.Accepts = _ => true;
        await scene.CallAsync();
        scene.PassHours();
        await scene.CallAsync();

        var current = scene.Server.Granted;
        scene.Server.Accepts = token => token != Marks.AccessToken(current);
        await scene.CallAsync();
        scene.Server.Accepts = _ => false;
        await scene.CallAsync();
        await scene.CallSynchronouslyAsync();

        // After two ordinary refreshes, the ration does not prevent the replacement that fails.
        scene.Server.Accepts = _ => true;
        scene.PassHours();
        await scene.CallAsync();
        scene.PassHours();
        await scene.CallAsync();
        scene.Server.Accepts = _ => false;
        scene.Server.Fault = TalkativeServer.Answer(503, "text/html", secret => secret);
        await scene.CallAsync();
        scene.Server.Fault = null;
        scene.Server.Accepts = _ => true;
    }

    private static async Task RefusalsThatEchoAsync(SecretScene scene)
    {
        foreach (var echo in (Func<string, string, string>[])
        [
            (secret, _) => $"unknown: {secret}",
            (secret, _) => $"unknown: {secret.ToUpperInvariant()}",
            (_, form) => $"bad request: {form}",
            (secret, _) => $"unknown: {Uri.EscapeDataString(secret)}",
            (secret, _) => $"unknown: {Convert.ToBase64String(Encoding.UTF8.GetBytes(secret))}",
            (secret, _) => $"unknown: {string.Join("\r\n", secret.Chunk(3).Select(part => new string(part)))}",
            (secret, _) => new string('x', 250) + secret,
            (_, _) => $"in use: {Marks.AccessToken(scene.Server.Granted)}, {Marks.RefreshToken(scene.Server.Granted)} of {Marks.Password}",
            (_, _) => $"user {Marks.Username} is locked, {Uri.EscapeDataString(Marks.Username)} in {Convert.ToBase64String(Encoding.UTF8.GetBytes(Marks.Username))}",
        ])
        {
            await scene.CallWithFaultAsync(TalkativeServer.Refusal("invalid_grant", echo));
            await scene.CallWithFaultAsync(TalkativeServer.Refusal("invalid_grant", echo), forRefreshes: true);
            await scene.CallWithFaultAsync(TalkativeServer.Refusal("invalid_client", echo));
            await scene.CallWithFaultAsync(TalkativeServer.Refusal("{secret}", echo));
            await scene.CallWithFaultAsync(TalkativeServer.Refusal("{secret}", echo), forRefreshes: true);
        }
    }

    private static async Task AnswersThatAreNoneAsync(SecretScene scene)
    {
        foreach (var status in (int[])[200, 403, 500, 503])
        {
            await scene.CallWithFaultAsync(TalkativeServer.Answer(status, "text/html", secret => $"<p>{secret}</p>"));
            await scene.CallWithFaultAsync(TalkativeServer.Answer(status, "application/json", secret => $"{{\"access_token\":\"{secret}"));
            await scene.CallWithFaultAsync(TalkativeServer.Answer(status, "application/json", secret => $"{{\"{secret}\":{secret}}}"));
        }

        foreach (var answer in (string[])["""{"access_token":"{0}\nX: y"}""", """{"access_token":"{0}","token_type":"{0}"}""", """{"access_token":["{0}"]}""", """["{0}"]"""])
            await scene.CallWithFaultAsync(TalkativeServer.Answer(200, "application/json", _ => answer.Replace("{0}", Marks.AccessToken(0), StringComparison.Ordinal)));

        await scene.CallWithFaultAsync((context, secret, _) =>
        {
            context.Response.Redirect($"/elsewhere?secret={Uri.EscapeDataString(secret)}");
            return Task.CompletedTask;
        });
        await scene.CallWithFaultAsync((context, _, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
    }

    private static async Task SignOutAsync(SecretScene scene)
    {
        foreach (var status in (int[])[200, 400])
        {
            scene.PassHours();
            await scene.CallAsync();
            scene.Server.Revocation = TalkativeServer.Answer(status, "application/json", secret => $$"""{"error":"{{secret}}"}""");
            await scene.KeepAsync(() => scene.Accounts.SignOutAsync());
            foreach (var account in scene.Accounts.GetStatus())
                scene.Debugger.Unfold(account, "status");
        }

        scene.PassHours();
        await scene.CallAsync();
    }

    private static async Task SettingsAsync(SecretScene scene)
    {
        scene.Configuration["Apiax:RefreshAhead"] = "-1";
        scene.Configuration["Apiax:ClientId"] = "";
        scene.Configuration["Apiax:Password"] = Marks.Password + "2";
        scene.Configuration.Reload();

        var wrong = new ApiaxAuthOptions { TokenEndpoint = new Uri($"http://anna:{Uri.EscapeDataString(Marks.Password)}@example.com"), Password = Marks.Password };
        await scene.KeepAsync(() => ApiaxAccessTokens.Create(wrong).DisposeAsync().AsTask());
        await scene.KeepAsync(() => Task.FromResult(new ApiaxAccessToken($"{Marks.AccessToken(0)}\n", default, default)));
        await scene.KeepAsync(() => Task.FromResult(new ApiaxCredentials("", Marks.Password)));
        scene.Keep(new ApiaxCredentials("anna", Marks.Password));
        scene.Keep(wrong);
    }

    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
