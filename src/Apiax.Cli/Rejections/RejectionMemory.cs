using System.Security.Cryptography;
using System.Text.Json;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>
/// Remembers from run to run which passwords of an account were rejected. A password is noted before it is sent: a run that is ended in
/// the middle of the request, or another one at the same time, must not make it two.
/// </summary>
internal sealed class RejectionMemory
{
    private const int MostRemembered = 100;
    private const int KeyBytes = 32;
    private static readonly TimeSpan LongestMemory = TimeSpan.FromDays(1);

    private readonly PrivateFolder _folder;
    private readonly RejectedCredentials _credentials;
    private readonly TimeProvider _time;

    private RejectionMemory(PrivateFolder folder, RejectedCredentials credentials, TimeProvider time)
    {
        _folder = folder;
        _credentials = credentials;
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

        return new RejectionMemory(folder, RejectedCredentials.Of(account, key), time);
    }

    /// <summary>Notes that the password is about to be sent. Waits where another one of this account has just been.</summary>
    /// <returns>Why it must not be sent; nothing when it may.</returns>
    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    public async Task<Rejection?> BeginAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using (await _folder.LockAsync(cancellationToken))
            {
                var all = Read();
                var now = _time.GetUtcNow();
                if (all.Find(rejection => IsThis(rejection) && rejection.Covers(now) && (rejection.Request ?? _credentials.Request) == _credentials.Request) is { } earlier)
                    return earlier;

                if (!all.Exists(rejection => IsOfAccount(rejection) && rejection.IsTooFresh(now)))
                {
                    Write(all, Sent(all, now));
                    return null;
                }
            }

            await Task.Delay(UserLogin.Spacing, _time, cancellationToken);
        }
    }

    /// <summary>It was rejected.</summary>
    /// <param name="isAnswered">Whether by the server for certain.</param>
    /// <param name="isAboutPassword">Whether for certain about the password; if not, another client or scope may be tried at once.</param>
    public Task<Rejection> KeepAsync(bool isAnswered, bool isAboutPassword) =>
        EndAsync(sent => sent with { On = _time.GetUtcNow(), IsAnswered = isAnswered, Request = isAboutPassword ? null : _credentials.Request });

    /// <summary>The server's answer says nothing of the password: nothing stands against it but haste.</summary>
    public Task TakeBackAsync() => EndAsync(sent => sent with { On = _time.GetUtcNow(), Length = TimeSpan.Zero, Times = Math.Max(sent.Times - 1, 0) });

    /// <summary>The server accepted it: the account's next rejection is a first one. What was rejected before is wrong still, and rests to its end.</summary>
    public Task ForgetAsync() => EndAsync(_ => null);

    private async Task<Rejection> EndAsync(Func<Rejection, Rejection?> change)
    {
        // Not to be stopped: it takes a moment, and the note that is there already errs on the safe side only.
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
        return new Rejection(_credentials.Account, _credentials.Password, now, CoolDown.LengthAfter(before, jitter: 0.5), before + 1, IsAnswered: false);
    }

    private bool IsOfAccount(Rejection rejection) => rejection.Account == _credentials.Account;

    private bool IsThis(Rejection rejection) => IsOfAccount(rejection) && rejection.Password == _credentials.Password;

    private List<Rejection> Read()
    {
        try
        {
            var all = _folder.Read(PrivateFolder.Rejections) is { } json ? JsonSerializer.Deserialize(json, RejectionContext.Default.ListRejection) : null;
            return [.. all?.OfType<Rejection>().Where(rejection => rejection.IsSound) ?? []];
        }
        catch (JsonException)
        {
            // Somebody else's hand: what it said is lost.
            return [];
        }
    }

    private void Write(List<Rejection> all, Rejection? newest)
    {
        var kept = all.Where(rejection => !IsThis(rejection) && (_time.GetUtcNow() - rejection.On).Duration() < LongestMemory);
        List<Rejection> now = newest is null ? [.. kept] : [newest, .. kept];
        _folder.Write(PrivateFolder.Rejections, JsonSerializer.SerializeToUtf8Bytes([.. now.Take(MostRemembered)], RejectionContext.Default.ListRejection));
    }
}
