namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class TokenStateTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly CredentialsFingerprint Credentials = CredentialsFingerprint.Of("user", "password");
    private static readonly CredentialsFingerprint Others = CredentialsFingerprint.Of("user", "other");

    [Test]
    public void A_cold_account_fetches() => Assert.That(TokenState.Cold.Decide(Noon), Is.EqualTo(TokenDecision.Fetch));

    [Test]
    public void A_second_caller_joins_the_flight() => Assert.That(TokenState.Cold.FlightStarted().Decide(Noon), Is.EqualTo(TokenDecision.Join));

    // A token of 30 minutes, to be refreshed after 25.
    [TestCase(0, TokenDecision.Use)]
    [TestCase(1499, TokenDecision.Use)]
    [TestCase(1500, TokenDecision.UseAndRefresh)]
    [TestCase(1799, TokenDecision.UseAndRefresh)]
    [TestCase(1800, TokenDecision.Fetch)]
    public void A_token_is_used_then_refreshed_in_the_background_then_fetched(double seconds, TokenDecision decision) =>
        Assert.That(SignedIn("t1").Decide(At(seconds)), Is.EqualTo(decision));

    [TestCase(1500, TokenDecision.Use)]
    [TestCase(1799, TokenDecision.Use)]
    [TestCase(1800, TokenDecision.Join)]
    public void No_call_waits_for_a_refresh_while_the_token_is_valid(double seconds, TokenDecision decision) =>
        Assert.That(SignedIn("t1").FlightStarted().Decide(At(seconds)), Is.EqualTo(decision));

    [TestCase(1500, TokenDecision.Use)]
    [TestCase(1529, TokenDecision.Use)]
    [TestCase(1530, TokenDecision.UseAndRefresh)]
    public void A_failed_refresh_backs_off_half_a_minute_while_the_token_is_valid(double seconds, TokenDecision decision) =>
        Assert.That(Failed(SignedIn("t1"), Unavailable(), 1500).Decide(At(seconds)), Is.EqualTo(decision));

    [TestCase(1760, TokenDecision.Use)]
    [TestCase(1770, TokenDecision.UseAndRefresh)]
    public void Near_the_token_s_end_it_backs_off_a_quarter_of_the_remaining_life(double seconds, TokenDecision decision) =>
        Assert.That(Failed(SignedIn("t1"), Unavailable(), 1760).Decide(At(seconds)), Is.EqualTo(decision));

    [Test]
    public void A_valid_token_is_used_regardless_of_the_endpoints_answers(
        [Values] ApiaxAuthFailure reason, [Values(1500, 1700, 1799)] double seconds) =>
        Assert.That(
            Failed(SignedIn("t1"), new ApiaxAuthException(reason, "no"), 1500, Credentials).Decide(At(seconds)),
            Is.EqualTo(TokenDecision.Use).Or.EqualTo(TokenDecision.UseAndRefresh));

    [Test]
    public void Without_a_token_callers_fail_during_the_back_off_and_the_next_one_tries_again()
    {
        var state = Failed(TokenState.Cold, Unavailable(), 0);
        Assert.That((state.Decide(At(0.9)), state.Decide(At(1))), Is.EqualTo((TokenDecision.Fail, TokenDecision.Fetch)));

        state = Failed(state, Unavailable(), 1);
        Assert.That((state.Decide(At(2.9)), state.Decide(At(3))), Is.EqualTo((TokenDecision.Fail, TokenDecision.Fetch)));
    }

    [Test]
    public void A_token_ends_the_outage()
    {
        var state = Renewed(Failed(TokenState.Cold, Unavailable(), 0), "t1", 1);

        Assert.Multiple(() =>
        {
            Assert.That(state.Outage, Is.Null);
            Assert.That(state.FailureAt(At(1)), Is.Null);
        });
    }

    [Test]
    public void The_next_outage_starts_with_a_second_again()
    {
        var state = Failed(Failed(Failed(TokenState.Cold, Unavailable(), 0), Unavailable(), 1), Unavailable(), 3);

        state = Failed(Renewed(state, "t1", 7), Unavailable(), 1807 + 1);

        Assert.That(state.Outage!.Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void After_the_clock_was_set_back_no_pause_waits_for_it() =>
        Assert.That(Failed(TokenState.Cold, Unavailable(), 7200).Decide(At(0)), Is.EqualTo(TokenDecision.Fetch));

    [Test]
    public void A_rejected_password_is_not_sent_again_and_the_failure_has_the_remaining_time()
    {
        var state = Failed(TokenState.Cold, Rejected(), 0, Credentials);

        Assert.Multiple(() =>
        {
            Assert.That(state.Decide(At(9)), Is.EqualTo(TokenDecision.Fail));
            Assert.That(state.FailureAt(At(9))!.Reason, Is.EqualTo(ApiaxAuthFailure.CredentialsRejected));
            Assert.That(state.FailureAt(At(9))!.RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(51)));
            Assert.That(state.CoolDown!.Forbids(Credentials, At(59)), Is.True);
        });
    }

    [Test]
    public void Every_caller_gets_its_own_exception()
    {
        var state = Failed(TokenState.Cold, Rejected(), 0, Credentials);
        var (one, another) = (state.FailureAt(At(1)), state.FailureAt(At(1)));

        Assert.That(one, Is.Not.SameAs(another));
    }

    [Test]
    public void A_misconfigured_client_backs_off_for_five_seconds_first_and_no_password_counts_as_rejected()
    {
        var state = Failed(TokenState.Cold, new ApiaxAuthException(ApiaxAuthFailure.Misconfigured, "no"), 0, Credentials);

        Assert.That((state.CoolDown, state.Outage!.Pause.Length), Is.EqualTo(((CoolDown?)null, TimeSpan.FromSeconds(5))));
    }

    [TestCase(ApiaxAuthFailure.Misconfigured)]
    [TestCase(ApiaxAuthFailure.InvalidAnswer)]
    public void A_password_that_something_in_front_of_the_server_answers_after_refusing_the_refresh_is_sent_less_and_less_often(ApiaxAuthFailure reason)
    {
        var (state, sent) = (SignedIn("t1"), 0);
        for (var second = 1800; second < 1800 + 3600; second++)
        {
            if (state.Decide(At(second)) is not TokenDecision.Fetch)
                continue;

            var result = FlightResult.Failed(new ApiaxAuthException(reason, "no"), Credentials) with { RefreshTokenUse = RefreshTokenUse.Uncertain, IsRefreshStalled = true };
            (state, sent) = (state.FlightStarted().FlightEnded(result, At(second)), sent + 1);
        }

        Assert.That(sent, Is.EqualTo(17));
    }

    [Test]
    public void A_page_that_answers_a_refresh_after_a_rejected_password_causes_short_pauses()
    {
        var login = FlightResult.Failed(Rejected(), Credentials) with { PasswordPause = TimeSpan.FromMinutes(1) };
        var flight = FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.InvalidAnswer, "no")).AfterLogin(login);

        Assert.That(SignedIn("t1").FlightStarted().FlightEnded(flight, At(1800)).Outage!.Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [TestCase(ApiaxAuthFailure.InvalidAnswer, true, 5)]
    [TestCase(ApiaxAuthFailure.InvalidAnswer, false, 1)]
    [TestCase(ApiaxAuthFailure.Misconfigured, false, 5)]
    [TestCase(ApiaxAuthFailure.Unavailable, true, 1)]
    public void The_longer_back_off_depends_on_what_was_sent(ApiaxAuthFailure reason, bool passwordSent, double seconds) =>
        Assert.That(Failed(TokenState.Cold, new ApiaxAuthException(reason, "no"), 0, passwordSent ? Credentials : null).Outage!.Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(seconds)));

    [Test]
    public void No_pause_of_a_password_delays_a_refresh()
    {
        var result = FlightResult.Failed(Rejected(), Credentials) with { PasswordPause = TimeSpan.FromMinutes(1) };
        var state = SignedIn("t1").FlightStarted().FlightEnded(result, At(1800));

        Assert.That((state.Decide(At(1800.9)), state.Decide(At(1801)), state.CoolDown!.Forbids(Credentials, At(1801))), Is.EqualTo((TokenDecision.Fail, TokenDecision.Fetch, true)));
    }

    [Test]
    public void A_refresh_token_that_is_answered_without_success_makes_the_password_due_after_five_minutes_then_five_ten_and_fifteen()
    {
        var state = SignedIn("t1");
        var due = new List<double>();
        for (var second = 1800; second < 7200; second += 10)
        {
            var isDue = state.IsPasswordDueAt(At(second));
            if (isDue)
                due.Add(second - 1800);

            var result = FlightResult.Failed(new ApiaxAuthException(ApiaxAuthFailure.InvalidAnswer, "no"), isDue ? Credentials : null) with { IsRefreshStalled = true };
            state = state.FlightStarted().FlightEnded(result, At(second));
        }

        Assert.That(string.Join(' ', due.Take(5)), Is.EqualTo("300 600 1200 2100 3000"));
        Assert.That(Refreshed(state, "t2", 7200).IsPasswordDueAt(At(1_000_000)), Is.False);
    }

    [Test]
    public void A_clock_that_is_set_back_does_not_prolong_the_wait_for_the_password()
    {
        var state = Stall(Stall(SignedIn("t1"), 39_000), 39_300, Credentials);

        Assert.That((state.IsPasswordDueAt(At(39_599)), state.IsPasswordDueAt(At(39_600)), state.IsPasswordDueAt(At(3_600))), Is.EqualTo((false, true, true)));
    }

    [Test]
    public void Refreshes_that_are_never_answered_make_the_password_due_after_ten_minutes_then_ten_and_fifteen()
    {
        var (state, due) = (SignedIn("t1"), new List<double>());
        for (var second = 1800; second < 7200; second += 10)
        {
            var isDue = state.IsPasswordDueAt(At(second));
            if (isDue)
                due.Add(second - 1800);

            state = Stall(state, second, isDue ? Credentials : null, isUnanswered: true);
        }

        Assert.That(string.Join(' ', due), Is.EqualTo("600 1200 1800 2700 3600 4500"));
    }

    [Test]
    public void After_refreshes_without_an_answer_a_failure_with_a_shorter_wait_counts_from_then()
    {
        var state = Stall(Stall(SignedIn("t1"), 2000, isUnanswered: true), 2060);

        Assert.That((state.IsPasswordDueAt(At(2359)), state.IsPasswordDueAt(At(2360))), Is.EqualTo((false, true)));
    }

    [TestCase(3600, 100, false)]
    [TestCase(300, 100, true)]
    [TestCase(3600, 3600, true)]
    public void A_failed_refresh_counts_no_longer_after_five_minutes_of_failures_that_do_not_count(double length, double interval, bool isDue)
    {
        var state = Stall(SignedIn("t1"), 2000);
        for (var second = interval; second < length; second += interval)
            state = state.FlightStarted().FlightEnded(FlightResult.Failed(Unavailable()) with { IsRefreshUnanswered = true }, At(2000 + second));

        Assert.That(state.IsPasswordDueAt(At(2000 + length)), Is.EqualTo(isDue));
    }

    [Test]
    public void After_a_login_instead_of_such_a_refresh_the_next_one_makes_the_password_due_when_the_token_expires()
    {
        var state = SignedIn("t1").FlightStarted().FlightEnded(FlightResult.Failed(Unavailable()) with { IsRefreshStalled = true }, At(1800));
        state = state.FlightStarted().FlightEnded(FlightResult.LoggedIn(Tokens("t2", 2100), Credentials) with { IsRefreshStalled = true }, At(2100));

        Assert.That((state.IsPasswordDueAt(At(3899)), state.IsPasswordDueAt(At(3900))), Is.EqualTo((false, true)));

        // A login for another reason says nothing about refreshes.
        state = state.FlightStarted().FlightEnded(FlightResult.LoggedIn(Tokens("t3", 3900), Credentials), At(3900));
        Assert.That(state.IsPasswordDueAt(At(1_000_000)), Is.False);
    }

    [Test]
    public void A_server_that_refuses_the_grant_makes_the_password_due_as_soon_as_no_token_is_valid()
    {
        var state = SignedIn("t1").FlightStarted().FlightEnded(FlightResult.Failed(Unavailable()) with { IsRefreshStalled = true, IsRefreshGrantRefused = true }, At(1700));

        Assert.That((state.IsPasswordDueAt(At(1799)), state.IsPasswordDueAt(At(1800))), Is.EqualTo((false, true)));
    }

    [Test]
    public void Settings_that_are_read_during_a_flight_also_end_an_outage_that_needs_action_and_that_the_flight_begins()
    {
        var state = TokenState.Cold.FlightStarted().SettingsRead().FlightEnded(FlightResult.Failed(new(ApiaxAuthFailure.Misconfigured, "unknown client"), Credentials), At(0));

        Assert.That((state.Decide(At(0)), state.IsFailingAt(At(0))), Is.EqualTo((TokenDecision.Fetch, false)));
    }

    [Test]
    public void A_rejected_password_is_no_reason_for_failing_calls_if_the_next_call_refreshes()
    {
        var result = FlightResult.Failed(new(ApiaxAuthFailure.CredentialsRejected, "rejected"), Credentials) with { IsRefreshStalled = true, PasswordPause = TimeSpan.FromMinutes(1) };
        var state = SignedIn("t1").FlightStarted().FlightEnded(result, At(1800));

        Assert.That((state.Decide(At(1831)), state.IsFailingAt(At(1831))), Is.EqualTo((TokenDecision.Fetch, false)));
    }

    [Test]
    public void After_other_credentials_were_sent_a_flight_without_credentials_does_not_start_the_pause_of_the_rejected_ones_again()
    {
        var rejected = FlightResult.Failed(new(ApiaxAuthFailure.CredentialsRejected, "rejected"), Credentials) with { PasswordPause = TimeSpan.FromMinutes(10) };
        var state = TokenState.Cold.FlightStarted().FlightEnded(rejected, At(0))
            .FlightStarted().FlightEnded(FlightResult.Failed(Unavailable(), CredentialsFingerprint.Of("anna", "new")), At(20))
            .FlightStarted().FlightEnded(FlightResult.Failed(Unavailable()), At(30));

        Assert.That((state.FailureAt(At(30))!.Reason, state.Decide(At(34))), Is.EqualTo((ApiaxAuthFailure.Unavailable, TokenDecision.Fetch)));
    }

    [Test]
    public void It_does_so_also_after_a_refresh_that_failed_for_another_reason()
    {
        var state = SignedIn("t1").FlightStarted().FlightEnded(FlightResult.Failed(Unavailable()) with { IsRefreshStalled = true }, At(1700));

        Assert.That((state.IsPasswordDueAt(At(1800)), state.IsPasswordDueAt(At(1800), isGrantRefused: true)), Is.EqualTo((false, true)));
    }

    [Test]
    public void While_a_token_is_valid_the_password_is_not_due()
    {
        var stalled = FlightResult.Failed(Unavailable()) with { IsRefreshStalled = true };
        var state = SignedIn("t1").FlightStarted().FlightEnded(stalled, At(1400));

        Assert.That((state.IsPasswordDueAt(At(1799)), state.IsPasswordDueAt(At(1800))), Is.EqualTo((false, true)));
    }

    [Test]
    public void After_a_host_rejects_a_valid_token_the_password_may_be_sent()
    {
        var stalled = FlightResult.Failed(Unavailable()) with { IsRefreshStalled = true };
        var state = SignedIn("t1");
        state = state.Rejected(state.Tokens!.AccessToken, HostAndPort.Of(new Uri("https://api.apiax.io"))).FlightStarted().FlightEnded(stalled, At(100));

        Assert.That((state.IsPasswordDueAt(At(399)), state.IsPasswordDueAt(At(400))), Is.EqualTo((false, true)));
    }

    [Test]
    public void After_ten_seconds_one_caller_checks_whether_the_credentials_have_changed()
    {
        var state = Failed(TokenState.Cold, Rejected(), 0, Credentials);
        Assert.That(state.Decide(At(10)), Is.EqualTo(TokenDecision.Fetch));

        state = Failed(state, Rejected(), 10);
        Assert.That((state.Decide(At(19)), state.Decide(At(20))), Is.EqualTo((TokenDecision.Fail, TokenDecision.Fetch)));
        Assert.That(state.CoolDown!.Pause, Is.EqualTo(new Pause(Noon, TimeSpan.FromMinutes(1))), "finding the same credentials is no rejection");
    }

    [Test]
    public void New_settings_are_checked_at_once_and_only_once()
    {
        var state = Failed(TokenState.Cold, Rejected(), 0, Credentials).SettingsRead();
        Assert.That(state.Decide(At(1)), Is.EqualTo(TokenDecision.Fetch));

        Assert.That(Failed(state, Rejected(), 1).Decide(At(2)), Is.EqualTo(TokenDecision.Fail));
    }

    [Test]
    public void A_pause_of_another_password_does_not_delay_the_new_one()
    {
        var state = Failed(Failed(TokenState.Cold, Rejected(), 0, Credentials).SettingsRead(), Unavailable(), 1, Others);

        Assert.That((state.Decide(At(1.9)), state.Decide(At(2)), state.CoolDown!.Forbids(Credentials, At(2))), Is.EqualTo((TokenDecision.Fail, TokenDecision.Fetch, true)));
    }

    [Test]
    public void A_failure_has_the_remaining_time_of_the_pause_that_is_active()
    {
        var login = FlightResult.Failed(Rejected(), Credentials) with { PasswordPause = TimeSpan.FromMinutes(1) };
        var tokens = Tokens("t1", 0) with { RefreshTokenExpiresOn = At(1802) };
        var state = TokenState.Cold.FlightStarted().FlightEnded(FlightResult.LoggedIn(tokens, Credentials), At(0));
        state = state.FlightStarted().FlightEnded(FlightResult.Failed(Unavailable()).AfterLogin(login), At(1800));

        var (outage, coolDown) = (state.FailureAt(At(1800.5))!, state.FailureAt(At(1802))!);
        Assert.That((outage.Reason, outage.RetryAfter), Is.EqualTo((ApiaxAuthFailure.Unavailable, (TimeSpan?)TimeSpan.FromSeconds(0.5))));
        Assert.That((state.Decide(At(1802)), coolDown.Reason, coolDown.RetryAfter), Is.EqualTo((TokenDecision.Fail, ApiaxAuthFailure.CredentialsRejected, (TimeSpan?)TimeSpan.FromSeconds(58))));
    }

    [Test]
    public void Settings_that_are_read_during_a_flight_are_checked_after_it()
    {
        var landed = TokenState.Cold.FlightStarted().SettingsRead().FlightEnded(FlightResult.Failed(Rejected(), Credentials) with { PasswordPause = TimeSpan.FromMinutes(1) }, At(1));

        Assert.That(landed.Decide(At(1)), Is.EqualTo(TokenDecision.Fetch));
    }

    [Test]
    public void New_settings_keep_the_token() =>
        Assert.That(SignedIn("t1").SettingsRead().Decide(At(1)), Is.EqualTo(TokenDecision.Use));

    [Test]
    public void New_settings_do_not_end_an_outage() =>
        Assert.That(Failed(TokenState.Cold, Unavailable(), 0, Credentials).SettingsRead().Decide(At(0.5)), Is.EqualTo(TokenDecision.Fail));

    [Test]
    public void New_settings_are_the_action_that_an_outage_needs_and_its_pauses_do_not_start_again()
    {
        var failure = new ApiaxAuthException(ApiaxAuthFailure.Misconfigured, "no");
        var state = Failed(Failed(TokenState.Cold, failure, 0, Credentials), failure, 5, Credentials).SettingsRead();
        Assert.That((state.Decide(At(6)), state.IsFailingAt(At(6))), Is.EqualTo((TokenDecision.Fetch, false)));

        Assert.That(Failed(state, failure, 6, Credentials).Outage!.Pause.Length, Is.EqualTo(TimeSpan.FromSeconds(20)));
    }

    [Test]
    public void A_token_ends_the_cool_down()
    {
        var state = Renewed(Failed(TokenState.Cold, Rejected(), 0, Others), "t1", 10);

        Assert.That((state.CoolDown, state.FailureAt(At(10))), Is.EqualTo(((CoolDown?)null, (ApiaxAuthException?)null)));
    }

    [Test]
    public void An_outage_after_a_cool_down_does_not_forget_the_rejection()
    {
        var state = Failed(Failed(TokenState.Cold, Rejected(), 0, Credentials), Unavailable(), 60, Credentials);

        Assert.That((state.FailureAt(At(60))!.Reason, state.CoolDown!.IsRejection), Is.EqualTo((ApiaxAuthFailure.Unavailable, true)));
    }

    [Test]
    public void An_unreachable_vault_does_not_end_a_cool_down()
    {
        var state = Failed(Failed(TokenState.Cold, Rejected(), 0, Credentials), Unavailable(), 10);

        Assert.Multiple(() =>
        {
            Assert.That(state.Decide(At(19)), Is.EqualTo(TokenDecision.Fail));
            Assert.That(state.FailureAt(At(19))!.Reason, Is.EqualTo(ApiaxAuthFailure.CredentialsRejected));
        });
    }

    [Test]
    public void A_refused_refresh_token_is_dropped_and_the_access_token_stays()
    {
        var state = SignedIn("t1").FlightStarted().FlightEnded(FlightResult.Failed(Unavailable(), Credentials) with { RefreshTokenUse = RefreshTokenUse.Used }, At(1500));

        Assert.That((state.Tokens!.RefreshToken, state.Tokens.AccessToken.Value), Is.EqualTo(((string?)null, "t1")));
    }

    [Test]
    public void An_outage_keeps_the_refresh_token() =>
        Assert.That(Failed(SignedIn("t1"), Unavailable(), 1500).Tokens!.RefreshToken, Is.EqualTo("refresh t1"));

    [Test]
    public void The_first_rejected_token_is_replaced_at_once() =>
        Assert.That(Replacement(SignedIn("t1").Rejected(Token("t1")), "t1", 1), Is.EqualTo(TokenDecision.Fetch));

    [Test]
    public void A_caller_with_a_rejected_older_token_uses_the_current_one() =>
        Assert.That(Replacement(Refreshed(SignedIn("t1"), "t2", 10).Rejected(Token("t1")), "t1", 11), Is.EqualTo(TokenDecision.Use));

    [Test]
    public void A_caller_that_is_rejected_during_a_flight_joins_it() =>
        Assert.That(Replacement(SignedIn("t1").Rejected(Token("t1")).FlightStarted(), "t1", 1), Is.EqualTo(TokenDecision.Join));

    [Test]
    public void Tokens_are_compared_by_their_text() =>
        Assert.That(SignedIn("t1").DecideReplacement(new ApiaxAccessToken("t1", At(5), At(5)), At(1)), Is.EqualTo(TokenDecision.Fetch));

    [Test]
    public void Replacements_of_tokens_that_keep_being_rejected_are_ten_seconds_apart_then_twice_as_much_up_to_five_minutes()
    {
        var state = SignedIn("t0");
        var pauses = new List<double>();
        for (var (count, now) = (0, 0.0); count < 8; count++)
        {
            state = Renewed(state.Rejected(Token($"t{count}")), $"t{count + 1}", now);
            var next = Enumerable.Range(1, 1000).First(seconds => Replacement(state.Rejected(Token($"t{count + 1}")), $"t{count + 1}", now + seconds) is TokenDecision.Fetch);
            pauses.Add(next);
            now += next;
        }

        Assert.That(string.Join(' ', pauses), Is.EqualTo("10 20 40 80 160 300 300 300"));
    }

    [Test]
    public void A_token_after_a_sign_out_replaces_none()
    {
        var state = Renewed(SignedIn("t1").Rejected(Token("t1")).SignedOut(), "t2", 1);

        Assert.That(Replacement(state.Rejected(Token("t2")), "t2", 2), Is.EqualTo(TokenDecision.Fetch));
    }

    [Test]
    public void Between_two_replacements_the_rejected_token_is_kept() =>
        Assert.That(Replacement(Replaced("t1", "t2", 0).Rejected(Token("t2")), "t2", 9.9), Is.EqualTo(TokenDecision.Keep));

    [Test]
    public void The_refresh_of_a_token_without_a_rejection_resets_the_ration()
    {
        var refreshed = Refreshed(Renewed(Replaced("t1", "t2", 0).Rejected(Token("t2")), "t3", 10), "t4", 1510);
        Assert.That(Replacement(refreshed.Rejected(Token("t4")), "t4", 1511), Is.EqualTo(TokenDecision.Fetch));

        var replaced = Renewed(refreshed.Rejected(Token("t4")), "t5", 1511);
        Assert.That(Replacement(replaced.Rejected(Token("t5")), "t5", 1521), Is.EqualTo(TokenDecision.Fetch), "ten seconds again");
    }

    [Test]
    public void The_refresh_of_a_rejected_token_does_not_reset_the_ration()
    {
        var state = Renewed(Replaced("t1", "t2", 0).Rejected(Token("t2")), "t3", 1500);

        Assert.That(Replacement(state.Rejected(Token("t3")), "t3", 1519), Is.EqualTo(TokenDecision.Keep));
    }

    [Test]
    public void A_rejection_of_an_older_token_does_not_count_against_the_current_one()
    {
        var state = Refreshed(Replaced("t1", "t2", 0).Rejected(Token("t1")), "t3", 1500);

        Assert.That(Replacement(state.Rejected(Token("t3")), "t3", 1501), Is.EqualTo(TokenDecision.Fetch));
    }

    [Test]
    public void The_ration_does_not_delay_the_request_for_an_expired_token() =>
        Assert.That(Replacement(Replaced("t1", "t2", 1795).Rejected(Token("t2")), "t2", 1795 + 1800), Is.EqualTo(TokenDecision.Fetch));

    [Test]
    public void A_clock_set_back_ends_the_ration_s_pause() =>
        Assert.That(Replacement(Replaced("t1", "t2", 7200).Rejected(Token("t2")), "t2", 0), Is.EqualTo(TokenDecision.Fetch));

    [Test]
    public void A_replacement_that_failed_backs_off_like_a_call_without_a_token()
    {
        var state = Failed(SignedIn("t1").Rejected(Token("t1")), Unavailable(), 1);

        Assert.Multiple(() =>
        {
            Assert.That(Replacement(state, "t1", 1.9), Is.EqualTo(TokenDecision.Fail));
            Assert.That(Replacement(state, "t1", 2), Is.EqualTo(TokenDecision.Fetch));
        });
    }

    [Test]
    public void While_a_rejected_token_is_valid_no_back_off_is_longer_than_a_quarter_of_its_remaining_time()
    {
        var token = Token("t1");
        var seconds = (token.ExpiresOn - At(0)).TotalSeconds - 40;
        var state = Failed(SignedIn("t1").Rejected(token), new ApiaxAuthException(ApiaxAuthFailure.Unavailable, "down") { RetryAfter = TimeSpan.FromMinutes(5) }, seconds);

        Assert.That((state.Outage!.Pause.Length, Replacement(state, "t1", seconds + 10)), Is.EqualTo((TimeSpan.FromSeconds(10), TokenDecision.Fetch)));
    }

    [Test]
    public void A_rejected_token_that_could_not_be_replaced_is_still_used() =>
        Assert.That(Failed(SignedIn("t1").Rejected(Token("t1")), Unavailable(), 1).Decide(At(2)), Is.EqualTo(TokenDecision.Use));

    [Test]
    public void An_API_that_rejects_everything_costs_twenty_token_requests_an_hour_at_most()
    {
        var (state, requests) = (SignedIn("t0"), 1);
        for (var seconds = 0; seconds < 3600; seconds++)
        {
            var token = state.Tokens!.AccessToken;
            state = state.Rejected(token);
            if (state.DecideReplacement(token, At(seconds)) is not TokenDecision.Keep)
                state = Renewed(state, $"t{requests++}", seconds);
        }

        Assert.That(requests, Is.InRange(2, 20));
    }

    [Test]
    public void A_token_of_another_replica_that_replaces_a_rejected_one_can_be_replaced_at_once()
    {
        var state = Adopted(SignedIn("t1").Rejected(Token("t1")), "t2", 1);
        Assert.That(Replacement(state, "t2", 1), Is.EqualTo(TokenDecision.Fetch));

        state = Adopted(Replaced("t1", "t2", 1).Rejected(Token("t2")), "t3", 11);
        Assert.That(Replacement(state, "t3", 12), Is.EqualTo(TokenDecision.Keep), "but not one after the other");
    }

    [TestCase(ApiaxAuthFailure.CredentialsRejected)]
    [TestCase(ApiaxAuthFailure.Unavailable)]
    public void An_attempt_after_a_failure_counts_as_failing_and_a_first_one_does_not(ApiaxAuthFailure reason)
    {
        var failed = Failed(TokenState.Cold, new ApiaxAuthException(reason, "no"), 0, Credentials);

        Assert.That(
            (failed.IsFailingAt(At(0)), failed.IsFailingAt(At(3600)), failed.FlightStarted().IsFailingAt(At(3600)), TokenState.Cold.FlightStarted().IsFailingAt(At(0))),
            Is.EqualTo((true, false, true, false)));
    }

    [Test]
    public void A_token_is_needed_if_there_is_none_that_every_host_accepts()
    {
        var state = SignedIn("t1");

        Assert.That(
            (TokenState.Cold.NeedsTokenAt(At(0)), state.NeedsTokenAt(At(1799)), state.NeedsTokenAt(At(1800)), state.Rejected(Token("t1")).NeedsTokenAt(At(0))),
            Is.EqualTo((true, false, true, true)));
    }

    [Test]
    public void A_rejection_of_another_token_does_not_change_a_cold_account() => Assert.That(TokenState.Cold.Rejected(Token("t1")), Is.EqualTo(TokenState.Cold));

    [Test]
    public void A_cold_state_prints_that_it_has_no_token() => Assert.That(TokenState.Cold.ToString(), Is.EqualTo("TokenState { no token, in flight: False }"));

    [Test]
    public void A_state_prints_no_secret() =>
        Assert.That(
            Failed(SignedIn("secret"), Rejected(), 1, Credentials).ToString(),
            Does.Not.Contain("secret").And.EqualTo("TokenState { TokenSet { ApiaxAccessToken { [redacted], expires 2026-01-01 12:30:00Z } }, in flight: False }"));

    [Test]
    public void A_password_that_was_rejected_before_a_refresh_that_fails_too_is_a_rejected_password()
    {
        var flight = FlightResult.Failed(Unavailable()).AfterLogin(FlightResult.Failed(Rejected(), Credentials) with { PasswordPause = TimeSpan.FromMinutes(1) });

        var state = SignedIn("t1").FlightStarted().FlightEnded(flight, At(1500));

        Assert.That((state.CoolDown!.Failure.Reason, state.CoolDown.Forbids(Credentials, At(1501))), Is.EqualTo((ApiaxAuthFailure.CredentialsRejected, true)));
    }

    private static DateTimeOffset At(double seconds) => Noon.AddSeconds(seconds);

    private static ApiaxAccessToken Token(string value, double seconds = 0) => new(value, At(seconds + 1800), At(seconds + 1500));

    private static TokenSet Tokens(string value, double seconds) => new(Token(value, seconds), $"refresh {value}", Noon.AddDays(14), Noon);

    private static TokenState SignedIn(string token) => Renewed(TokenState.Cold, token, 0);

    private static TokenState Renewed(TokenState state, string token, double seconds) =>
        state.FlightStarted().FlightEnded(FlightResult.LoggedIn(Tokens(token, seconds), Credentials), At(seconds));

    private static TokenState Refreshed(TokenState state, string token, double seconds) =>
        state.FlightStarted().FlightEnded(FlightResult.Refreshed(Tokens(token, seconds)), At(seconds));

    private static TokenState Replaced(string rejected, string token, double seconds) =>
        Renewed(SignedIn(rejected).Rejected(Token(rejected)), token, seconds);

    private static TokenState Adopted(TokenState state, string token, double seconds) =>
        state.FlightStarted().FlightEnded(FlightResult.Adopted(Tokens(token, seconds)), At(seconds));

    private static TokenState Stall(TokenState state, double second, CredentialsFingerprint? sent = null, bool isUnanswered = false) =>
        state.FlightStarted().FlightEnded(FlightResult.Failed(Unavailable(), sent) with { IsRefreshStalled = true, IsRefreshUnanswered = isUnanswered }, At(second));

    private static TokenState Failed(TokenState state, ApiaxAuthException failure, double seconds, CredentialsFingerprint? sent = null) =>
        state.FlightStarted().FlightEnded(
            FlightResult.Failed(failure, sent) with
            {
                RefreshTokenUse = sent is null ? RefreshTokenUse.Unused : RefreshTokenUse.Used,
                PasswordPause = failure.Reason is ApiaxAuthFailure.CredentialsRejected ? TimeSpan.FromMinutes(1) : null,
            },
            At(seconds));

    private static TokenDecision Replacement(TokenState state, string rejected, double seconds) => state.DecideReplacement(Token(rejected), At(seconds));

    private static ApiaxAuthException Unavailable() => new(ApiaxAuthFailure.Unavailable, "down");

    private static ApiaxAuthException Rejected() => new(ApiaxAuthFailure.CredentialsRejected, "rejected");
}
