namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class SharedAccountTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset StoreTime = Now.AddHours(-3);
    private static readonly ApiaxAuthException Rejected = new(ApiaxAuthFailure.CredentialsRejected, "rejected") { Error = "invalid_grant", ErrorDescription = "wrong" };

    [Test]
    public void An_entry_written_by_one_clock_is_read_by_another()
    {
        var written = SharedAccount.Unknown().LoggedIn(Tokens("refresh"));
        var elsewhere = Now.AddMinutes(-5);

        var read = SharedAccount.Read(Entry(written.Write(1, StoreTime, Now), TimeSpan.FromMinutes(1)), elsewhere, jitter: 1);

        Assert.Multiple(() =>
        {
            Assert.That(read.Tokens!.AccessToken.Value, Is.EqualTo("access"));
            Assert.That(read.Tokens.AccessToken.ExpiresOn - elsewhere, Is.EqualTo(TimeSpan.FromMinutes(29)));
            Assert.That(read.Tokens.AccessToken.RefreshOn - elsewhere, Is.EqualTo(TimeSpan.FromMinutes(17)));
            Assert.That(read.Tokens.RefreshToken, Is.EqualTo("refresh"));
            Assert.That(read.Tokens.RefreshTokenExpiresOn - elsewhere, Is.EqualTo(TimeSpan.FromDays(13) - TimeSpan.FromMinutes(1)));
            Assert.That(elsewhere - read.Tokens.LoggedInOn, Is.EqualTo(TimeSpan.FromDays(1) + TimeSpan.FromMinutes(1)));
            Assert.That(read.Failure, Is.Null);
        });
    }

    [Test]
    public void A_rejection_is_read_with_its_reason_and_what_remains_of_its_pause()
    {
        var written = SharedAccount.Unknown().With(new SharedRejection(7, Times: 1, new Pause(Now, TimeSpan.FromMinutes(1))), Rejected);

        var read = SharedAccount.Read(Entry(written.Write(1, StoreTime, Now), TimeSpan.FromSeconds(20)), Now.AddSeconds(20), jitter: 0);

        Assert.Multiple(() =>
        {
            Assert.That((read.Failure!.Reason, read.Failure.Error, read.Failure.ErrorDescription, read.Failure.Message), Is.EqualTo((ApiaxAuthFailure.CredentialsRejected, "invalid_grant", "wrong", "rejected")));
            Assert.That((read.RejectionOf(7)!.Times, read.RejectionOf(7)!.Pause.RemainingAt(Now.AddSeconds(20)), read.RejectionOf(8)), Is.EqualTo((1, TimeSpan.FromSeconds(40), default(SharedRejection))));
            Assert.That((read.RejectedOn, read.IsCoolingDown(Now.AddSeconds(20)), read.IsCoolingDown(Now.AddSeconds(61))), Is.EqualTo((Now, true, false)));
        });
    }

    [TestCase(2, 0, TestName = "under another version")]
    [TestCase(1, 12, TestName = "with a commit later than any")]
    public void Content_that_a_writer_without_keys_has_moved_is_ignored(long version, int minutes)
    {
        var content = SharedAccount.Unknown().LoggedIn(Tokens("refresh")).Write(1, StoreTime, Now);

        var moved = SharedAccount.Read(new TokenStoreEntry { Time = StoreTime.AddMinutes(minutes), CommittedOn = StoreTime.AddMinutes(minutes), Version = version, Content = content }, Now, jitter: 0);
        var own = SharedAccount.Read(Entry(content, TimeSpan.FromMinutes(minutes)), Now, jitter: 0);

        Assert.That((moved.Tokens, moved.Version), Is.EqualTo(((TokenSet?)null, 0)));
        Assert.That((own.Tokens!.RefreshToken, own.Version), Is.EqualTo(("refresh", 1)), "age does no harm");
    }

    [TestCase("")]
    [TestCase(""","salt":null""")]
    [TestCase(""","salt":"" """)]
    public void An_entry_without_a_salt_is_ignored(string member)
    {
        var read = SharedAccount.Read(Entry(Minimal(member), TimeSpan.Zero), Now, jitter: 0);

        Assert.That(read.Version, Is.Zero);
        Assert.That(() => read.MarkOf(new ApiaxCredentials("anna", "right")), Throws.Nothing);
    }

    [TestCase("")]
    [TestCase(""","rejected":null""")]
    [TestCase(""","rejected":[null]""")]
    public void An_entry_that_names_no_rejected_credentials_forbids_none(string member)
    {
        var read = SharedAccount.Read(Entry(Minimal($""","salt":"AAAA","failure":{"{}"}{member}"""), TimeSpan.Zero), Now, jitter: 0);

        Assert.That((read.Version, read.Failure is null, read.IsCoolingDown(Now)), Is.EqualTo((1, false, false)));
    }

    [Test]
    public void It_is_kept_until_both_tokens_have_expired()
    {
        var tokens = Tokens("refresh") with { RefreshTokenExpiresOn = Now.AddMinutes(5) };

        Assert.That(SharedAccount.Unknown().LoggedIn(tokens).KeepFor(Now), Is.EqualTo(TimeSpan.FromMinutes(30)));
    }

    [Test]
    public void The_case_of_a_rejected_user_name_is_ignored_that_of_the_password_is_not()
    {
        var account = SharedAccount.Unknown();
        var marks = new[] { ("anna", "right"), ("Anna", "right"), ("anna", "Right") }.Select(pair => account.MarkOf(new ApiaxCredentials(pair.Item1, pair.Item2))).ToList();

        Assert.That((marks[1] == marks[0], marks[2] == marks[0]), Is.EqualTo((true, false)));
    }

    [Test]
    public void Members_of_a_later_release_survive_a_rewrite()
    {
        var content = SharedAccount.Unknown().LoggedIn(Tokens("refresh")).Write(1, StoreTime, Now);
        var later = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(content).TrimEnd('}') + ""","of_a_later_release":{"a":[1]}}""");

        var rewritten = SharedAccount.Read(Entry(later, TimeSpan.Zero), Now, jitter: 0).Refreshed(Tokens("other"), Now).Write(2, StoreTime, Now);

        Assert.That(System.Text.Encoding.UTF8.GetString(rewritten), Does.Contain("""  "of_a_later_release":{"a":[1]}  """.Trim()).And.Contain("other"));
    }

    [Test]
    public void A_mark_distinguishes_credentials_and_is_too_short_to_reveal_a_password()
    {
        var account = SharedAccount.Unknown();
        var marks = Enumerable.Range(0, 20).Select(number => account.MarkOf(new ApiaxCredentials("anna", $"password {number}"))).ToList();

        Assert.That(account.MarkOf(new ApiaxCredentials("anna", "password 3")), Is.EqualTo(marks[3]));
        Assert.That(marks.Distinct().Count(), Is.GreaterThan(15));
        Assert.That(marks, Has.All.InRange(0, ushort.MaxValue));
        Assert.That(marks, Is.Not.EqualTo(Enumerable.Range(0, 20).Select(number => SharedAccount.Unknown().MarkOf(new ApiaxCredentials("anna", $"password {number}")))), "another salt makes others");
    }

    [Test]
    public void An_entry_is_kept_while_a_part_of_it_is_valid()
    {
        var account = SharedAccount.Unknown();

        Assert.Multiple(() =>
        {
            Assert.That(account.KeepFor(Now), Is.EqualTo(TimeSpan.FromMinutes(1)));
            Assert.That(account.LoggedIn(Tokens("refresh")).KeepFor(Now), Is.EqualTo(TimeSpan.FromDays(13)));
            Assert.That(account.LoggedIn(Tokens(refreshToken: null)).KeepFor(Now), Is.EqualTo(TimeSpan.FromMinutes(30)));
            Assert.That(account.With(mark: 1).KeepFor(Now), Is.EqualTo(TimeSpan.FromDays(1)));
            Assert.That(account.WithoutRefreshToken().Tokens, Is.Null);
            Assert.That(account.LoggedIn(Tokens("refresh")).WithoutRefreshToken().Tokens!.RefreshToken, Is.Null);
        });
    }

    [Test]
    public void A_refresh_ends_only_rejections_whose_pause_is_over()
    {
        var failure = new ApiaxAuthException(ApiaxAuthFailure.CredentialsRejected, "rejected");
        var account = SharedAccount.Unknown().With(new SharedRejection(1, 1, new Pause(Now, TimeSpan.FromMinutes(1))), failure).With(new SharedRejection(2, 1, new Pause(Now, TimeSpan.FromMinutes(2))), failure);

        Assert.That(account.Refreshed(Tokens("refresh"), Now.AddMinutes(1)).Rejected.Select(rejection => rejection.Mark), Is.EqualTo([2]));
    }

    [Test]
    public void It_prints_no_token() =>
        Assert.That($"{SharedAccount.Unknown()} {SharedAccount.Unknown().LoggedIn(Tokens("refresh"))}", Does.Not.Contain("refresh").And.Contain("no token"));

    [Test]
    public void An_accounts_key_depends_on_each_of_its_parts_and_reveals_none()
    {
        var names = new[]
        {
            StoredAccount.NameOf("https://a/", "client", "anna", "scope"), StoredAccount.NameOf("https://b/", "client", "anna", "scope"), StoredAccount.NameOf("https://a/", "other", "anna", "scope"),
            StoredAccount.NameOf("https://a/", "client", "ben", "scope"), StoredAccount.NameOf("https://a/", "client", "anna", "other"), StoredAccount.NameOf("https://a/", "client", "annascope", scope: null),
        };

        Assert.That(names, Is.Unique.And.All.Match("^[0-9a-f]{64}$"));
    }

    [Test]
    public void The_case_of_a_user_name_is_ignored() =>
        Assert.That(StoredAccount.NameOf("https://a/", "client", "Änna", "scope"), Is.EqualTo(StoredAccount.NameOf("https://a/", "client", "änna", "scope")));

    [TestCase(0)]
    [TestCase(1)]
    public void It_is_refreshed_before_its_refresh_token_ends(double jitter)
    {
        var tokens = new TokenSet(new ApiaxAccessToken("access", Now.AddMinutes(60), Now.AddMinutes(50)), "refresh", Now.AddMinutes(12), Now) { RefreshTokenLife = TimeSpan.FromMinutes(12) };

        var read = SharedAccount.Read(Entry(SharedAccount.Unknown().LoggedIn(tokens).Write(1, StoreTime, Now), TimeSpan.Zero), Now, jitter);

        Assert.That(read.Tokens!.AccessToken.RefreshOn - Now, Is.EqualTo(TimeSpan.FromMinutes(jitter == 0 ? 9.6 : 8.4)));
    }

    private static TokenStoreEntry Entry(byte[] content, TimeSpan age) => new() { Time = StoreTime + age, CommittedOn = StoreTime, Version = 1, Content = content };

    private static byte[] Minimal(string members) => System.Text.Encoding.UTF8.GetBytes($"{{\"version\":1,\"begun_on\":\"{StoreTime:O}\"{members}}}");

    private static TokenSet Tokens(string? refreshToken) =>
        new(new ApiaxAccessToken("access", Now.AddMinutes(30), Now.AddMinutes(24)), refreshToken, Now.AddDays(13), Now.AddDays(-1));
}
