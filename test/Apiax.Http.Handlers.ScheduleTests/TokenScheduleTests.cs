namespace Apiax.Http.Handlers.ScheduleTests;

/// <summary>The library itself, rewritten: its locks and tasks run under schedules that happen once in a million runs on a machine.</summary>
[TestFixture]
internal sealed class TokenScheduleTests
{
    [Test]
    public void A_cold_start_costs_one_token_request() => Explorer.Holds(() => Scenarios.ColdStart(broken: null));

    [Test]
    public void A_refresh_and_a_rejection_that_meet_cost_one_token_request() => Explorer.Holds(Scenarios.RefreshAheadDuringA401);

    [Test]
    public void One_token_rejected_twice_is_replaced_once() => Explorer.Holds(Scenarios.TwoRejectionsOfOneToken);

    [Test]
    public void A_replaced_token_is_not_restored() => Explorer.Holds(Scenarios.RejectionsOfTokensThatReplacedOthers);

    [Test]
    public void A_caller_that_cancels_ends_only_its_own_wait() => Explorer.Holds(Scenarios.CancellationOfTheFirstCaller);

    [Test]
    public void A_failure_reaches_all_waiting_callers() => Explorer.Holds(Scenarios.FailureWithWaiters);

    [Test]
    public void A_cool_down_that_ends_lets_one_login_through() => Explorer.Holds(Scenarios.CoolDownEnding);

    [Test]
    public void A_changed_password_counts_from_whatever_moment_it_is_read() => Explorer.Holds(Scenarios.ReloadInFlight);

    [Test]
    public void A_disposed_provider_leaves_no_caller_waiting() => Explorer.Holds(Scenarios.DisposalInFlight);
}
