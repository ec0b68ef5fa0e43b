using Microsoft.Extensions.Time.Testing;

namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class PendingCommitTests
{
    private static readonly FakeTimeProvider Time = new();
    private static readonly AccountTurn Turn = new(Number: 1, Expected: 0, Version: 1, BegunOn: default, Time.GetTimestamp());
    private static readonly AccountCommit Content = new(SharedAccount.Unknown(), Turn, ReleasesClaim: true);
    private static readonly AccountCommit End = new(Account: null, Turn with { Number = 2 }, ReleasesClaim: false);

    [Test]
    public async Task The_late_end_of_a_turn_does_not_replace_content()
    {
        var sent = new List<AccountCommit>();
        using var ending = new CancellationTokenSource();
        var pending = new PendingCommit(Send, Time, ending.Token);
        pending.Keep(Content);
        pending.Keep(End);

        Assert.That((await pending.TrySendAsync(), sent), Is.EqualTo((true, (AccountCommit[])[Content])));
        await ending.CancelAsync();

        Task<bool> Send(AccountCommit commit)
        {
            sent.Add(commit);
            return Task.FromResult(true);
        }
    }

    [Test]
    public async Task A_commit_that_was_kept_while_another_was_sent_is_sent_too()
    {
        var sent = new List<AccountCommit>();
        using var ending = new CancellationTokenSource();
        PendingCommit pending = null!;
        pending = new PendingCommit(Send, Time, ending.Token);
        pending.Keep(End);

        var first = await pending.TrySendAsync();
        var second = await pending.TrySendAsync();

        Assert.That((first, second, sent), Is.EqualTo((false, true, (AccountCommit[])[End, Content])));
        await ending.CancelAsync();

        Task<bool> Send(AccountCommit commit)
        {
            sent.Add(commit);
            if (commit == End)
                pending.Keep(Content);

            return Task.FromResult(true);
        }
    }
}
