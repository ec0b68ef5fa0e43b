using System.Security.Cryptography;
using System.Text.Json;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>
/// Records, across runs, which passwords of an account were rejected. A password is recorded before it is sent, so that it is not sent twice by a run that is ended in
/// the middle of the request and the next run, or by two runs at the same time.
/// </summary>
internal sealed class RejectionMemory
{
    private const int MaxRemembered = 100;
    private const int KeyBytes = 32;
    private static readonly TimeSpan LongestMemory = TimeSpan.FromDays(1);

    private readonly PrivateFolder _folder;
    private readonly RejectedCredentials _credentials;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    private RejectionMemory(PrivateFolder folder, RejectedCredentials credentials, TimeSpan timeout, TimeProvider time)
    {
        _folder = folder;
        _credentials = credentials;
        _timeout = timeout;
        _time = time;
    }

    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static async Task<RejectionMemory> OpenAsync(string path, ApiaxAuthOptions account, TimeProvider time, CancellationToken cancellationToken)
    {
        const string Key = "rejections.key";
        var folder = new PrivateFolder(path);
        using var hold = await folder.LockAsync(cancellationToken);
        if (folder.Read(Key) is not { Length: KeyBytes } key)
            folder.Write(Key, key = RandomNumberGenerator.GetBytes(KeyBytes));

        return new RejectionMemory(folder, RejectedCredentials.Of(account, key), account.TokenTimeout, time);
    }

    /// <summary>Records that the password is about to be sent. Waits if another password of this account has just been sent.</summary>
    /// <returns>Why it must not be sent, and when it may; null if it may now.</returns>
    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    public async Task<(Rejection Earlier, DateTimeOffset RetryOn)?> BeginAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using (await _folder.LockAsync(cancellationToken))
            {
                var all = Read();
                var now = _time.GetUtcNow();
                var own = all.Find(rejection => IsThis(rejection) && rejection.Covers(now) && (rejection.Request ?? _credentials.Request) == _credentials.Request);
                if ((all.Find(rejection => IsOfAccount(rejection) && rejection.IsInProgress(now)) ?? own) is { } earlier)
                    return (earlier, own?.Until > earlier.InProgressUntil ? own.Until : earlier.InProgressUntil);

                if (!all.Exists(rejection => IsOfAccount(rejection) && rejection.IsTooRecent(now)))
                {
                    Write(all, Sent(all, now));
                    return null;
                }
            }

            await Task.Delay(UserLogin.Spacing, _time, cancellationToken);
        }
    }

    /// <summary>The password was rejected.</summary>
    /// <param name="isAnswered">Whether certainly by the server.</param>
    /// <param name="isAboutPassword">Whether certainly because of the password; if not, another client or scope may be tried at once.</param>
    public Task<Rejection> KeepAsync(bool isAnswered, bool isAboutPassword) =>
        EndAsync(sent => sent with { On = _time.GetUtcNow(), IsAnswered = isAnswered, Unanswered = TimeSpan.Zero, Request = isAboutPassword ? null : _credentials.Request });

    /// <summary>The server's answer says nothing about the password.</summary>
    /// <param name="pause">How long the login may still be in progress; the minimum time between two attempts applies in any case.</param>
    public Task UndoAsync(TimeSpan pause) => EndAsync(sent => sent with { On = _time.GetUtcNow(), Length = pause, Unanswered = pause, Times = Math.Max(sent.Times - 1, 0) });

    /// <summary>The server accepted it: the account's next rejection counts as the first. The pauses of passwords that were rejected before continue.</summary>
    public Task ForgetAsync() => EndAsync(_ => null);

    private async Task<Rejection> EndAsync(Func<Rejection, Rejection?> change)
    {
        // Not cancellable, since it is short. If it fails, the record that was written before sending stays: it is only too strict.
        var sent = new Rejection(_credentials.Account, _credentials.Password, _time.GetUtcNow(), CoolDown.LengthAfter(0, jitter: 0.5), Times: 1, IsAnswered: false);
        try
        {
            using var hold = await _folder.LockAsync(CancellationToken.None);
            var all = Read();
            sent = all.Find(IsThis) ?? sent;
            var changed = change(sent);
            if (changed is null)
                all = all.ConvertAll(rejection => IsOfAccount(rejection) ? rejection with { Times = 0 } : rejection);

            Write(all, changed);
            return changed ?? sent;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return change(sent) ?? sent;
        }
    }

    private Rejection Sent(List<Rejection> all, DateTimeOffset now)
    {
        var before = all.Where(IsOfAccount).Select(rejection => rejection.Times).DefaultIfEmpty(0).Max();
        return new Rejection(_credentials.Account, _credentials.Password, now, CoolDown.LengthAfter(before, jitter: 0.5), before + 1, IsAnswered: false, UserLogin.UnansweredPause() + _timeout);
    }

    private bool IsOfAccount(Rejection rejection) => rejection.Account == _credentials.Account;

    private bool IsThis(Rejection rejection) => IsOfAccount(rejection) && rejection.Password == _credentials.Password;

    private List<Rejection> Read()
    {
        try
        {
            var all = _folder.Read(PrivateFolder.Rejections) is { } json ? JsonSerializer.Deserialize(json, RejectionContext.Default.ListRejection) : null;
            return [.. all?.OfType<Rejection>().Where(rejection => rejection.IsValid) ?? []];
        }
        catch (JsonException)
        {
            // Damaged by other code: the records are lost.
            return [];
        }
    }

    private void Write(List<Rejection> all, Rejection? newest)
    {
        var kept = all.Where(rejection => !IsThis(rejection) && (_time.GetUtcNow() - rejection.On).Duration() < LongestMemory);
        List<Rejection> records = newest is null ? [.. kept] : [newest, .. kept];
        _folder.Write(PrivateFolder.Rejections, JsonSerializer.SerializeToUtf8Bytes([.. records.Take(MaxRemembered)], RejectionContext.Default.ListRejection));
    }
}
