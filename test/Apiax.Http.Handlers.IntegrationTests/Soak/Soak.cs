using System.Collections.Concurrent;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>Callers on one side, a server with faults on the other; one act after the other, each followed by a time without faults.</summary>
internal sealed class Soak : IAsyncDisposable
{
    public const int Callers = 64;

    private static readonly TimeSpan TokenLifetime = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Closing = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    // Longer than an attempt may take, shorter than a flight: a login of 12 s where an attempt has 10 s.
    private static readonly TimeSpan SlowLogin = 1.2 * SoakedApplication.Attempt;

    // A password without an answer is not sent again for half a minute: its login may still be in progress.
    private static readonly TimeSpan Unanswered = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Ordinary = TimeSpan.FromSeconds(10);

    private readonly JumpingClock _clientClock = new();
    private readonly JumpingClock _serverClock;
    private readonly Stopwatch _watch = new();
    private readonly Rest _rest = new();
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<Call> _calls = new();
    private readonly AuthorizationServer _server;
    private readonly Stranger _stranger;
    private readonly FaultProxy _tokens;
    private readonly FaultProxy _api;
    private readonly SoakedApplication _application;
    private readonly Schedule _schedule;
    private readonly Ledger _ledger;
    private readonly Judge _judge;
    private readonly Task[] _callers;

    private Soak(AuthorizationServer server, JumpingClock serverClock, Stranger stranger, int seed)
    {
        _server = server;
        _serverClock = serverClock;
        _stranger = stranger;
        _tokens = new FaultProxy(server.Certificate, () => server.TokenEndpoint);
        _api = new FaultProxy(server.Certificate, () => server.ApiBaseAddress);
        _application = new SoakedApplication(server, _tokens, _api, stranger, _clientClock);
        _schedule = new Schedule(seed);
        _ledger = new Ledger(server, _watch);
        _judge = new Judge(_ledger, _watch);
        Report = new SoakReport(seed, _ledger, stranger, _tokens, _api);
        _callers = [.. Enumerable.Range(0, Callers).Select(number => new Caller(_application, stranger, _watch, new Random(seed + number), _calls.Enqueue).RunAsync(_rest, _end.Token))];
    }

    public SoakReport Report { get; }

    public static async Task<Soak> StartAsync(int seed)
    {
        var clock = new JumpingClock();
        var server = await AuthorizationServer.StartAsync(clock, options => options.AccessTokenLifetime = TokenLifetime);
        return new Soak(server, clock, await Stranger.StartAsync(), seed);
    }

    /// <summary>Runs as many acts as there is time for, including the end.</summary>
    public async Task RunAsync(TimeSpan duration)
    {
        await CalmAsync(after: TimeSpan.Zero);
        Settle();
        var longest = TimeSpan.FromSeconds(10);
        while (_watch.Now + longest + Closing < duration)
        {
            var from = _watch.Now;
            await PlayAsync(_schedule.Next());
            longest = _watch.Now - from > longest ? _watch.Now - from : longest;
            if (Report.Early is null && _watch.Now > duration / 3)
            {
                Report.Early = await MeasureAsync();
                await CalmAsync(_watch.Now);
            }
        }

        Report.Late = await MeasureAsync();
        Report.Duration = _watch.Now;
        Report.Lag = _watch.Lag;
    }

    public async ValueTask DisposeAsync()
    {
        _tokens.Lift();
        _api.Lift();
        await _end.CancelAsync();
        _rest.End();
        await Task.WhenAll(_callers);
        Settle();
        await _application.DisposeAsync();
        await _tokens.DisposeAsync();
        await _api.DisposeAsync();
        await _server.DisposeAsync();
        await _stranger.DisposeAsync();
        await _watch.DisposeAsync();
        _end.Dispose();
    }

    private async Task PlayAsync(Act act)
    {
        // In the middle of a token's lifetime. A token that is granted while others are revoked may be invalid from the start: a call would then
        // need two replacements, and it is sent again only once.
        await Stopwatch.PauseAsync(TokenLifetime / 5);

        var from = _watch.Now;
        Report.Begin(act, from);
        Behave(act.Habit);
        _tokens.Begin(act.Tokens);
        _api.Begin(act.Api);
        await HappenAsync(act);

        // The API first: when it works again, calls show the effect of missing tokens alone.
        await UntilAsync(from + (act.Length / 2));
        _api.Lift();
        if (act.Api is not Fault.None)
            _judge.WithoutApi(from, _watch.Now);
        if (act.Incident is Incident.RestartWithoutDatabase or Incident.Restart)
            await _server.StartAgainAsync();

        await UntilAsync(from + act.Length);
        if (act.Incident is Incident.BothClocksBackAndForth)
            await VoidAsync(() => JumpBoth(act.Jump));

        var lifted = _watch.Now;
        _tokens.Lift();
        Behave(Habit.None);
        await CalmAsync(lifted);
        if (act.AffectsTokens)
            _judge.WithoutTokens(from, _ledger.Grants.First(grant => grant > lifted));

        Report.Recovered(_ledger.Grants.First(grant => grant > lifted) - lifted, LongestBackOff(act) + SoakedApplication.Attempt + TokenLifetime + _watch.Lag);
        Settle();
    }

    private void Behave(Habit habit) => _server.Change(options =>
    {
        options.CompressesAnswers = habit is Habit.CompressedAnswers;
        options.LoginDuration = habit is Habit.SlowLogins ? SlowLogin : TimeSpan.Zero;
        options.RejectClientAssertionType = habit is Habit.NoHalfAssertions;
        options.ForbidsDeadTokens = habit is Habit.ForbidsDeadTokens;
    });

    /// <summary>Back-offs of this length follow a fault of a few seconds, and separate two replacements for one host; a clock that is set back may double them.</summary>
    private static TimeSpan LongestBackOff(Act act) => MayLosePasswords(act) ? Unanswered : 2 * Ordinary;

    private static bool MayLosePasswords(Act act) =>
        act.Tokens is Fault.Reset or Fault.Stall or Fault.HalfAnswer or Fault.LostAnswer || act.Incident is Incident.Restart or Incident.RestartWithoutDatabase;

    private Task HappenAsync(Act act) => act.Incident switch
    {
        Incident.None => Task.CompletedTask,
        Incident.AccessTokensRevoked => VoidAsync(_server.RevokeAccessTokensAsync),
        Incident.SessionsEnded => VoidAsync(_server.EndSessionsAsync),
        Incident.Restart => _server.StopAsync(),
        Incident.RestartWithoutDatabase => VoidAsync(async () =>
        {
            await _server.StopAsync();
            await _server.LoseDatabaseAsync();
        }),
        Incident.ClientClockForward => VoidAsync(() => Jump(_clientClock, act.Jump)),
        Incident.ClientClockBack => VoidAsync(() => Jump(_clientClock, -act.Jump)),
        Incident.ServerClockForward => VoidAsync(() => Jump(_serverClock, act.Jump)),
        Incident.ServerClockBack => VoidAsync(() => Jump(_serverClock, -act.Jump)),
        Incident.BothClocksForward => VoidAsync(() => JumpBoth(act.Jump)),
        _ => VoidAsync(() => JumpBoth(-act.Jump)),
    };

    private async Task VoidAsync(Func<Task> incident)
    {
        var from = _watch.Now;
        await incident();
        _judge.Voided(from, _watch.Now);
    }

    private static Task Jump(JumpingClock clock, TimeSpan by)
    {
        clock.Jump(by);
        return Task.CompletedTask;
    }

    private Task JumpBoth(TimeSpan by)
    {
        _serverClock.Jump(by);
        return Jump(_clientClock, by);
    }

    /// <summary>Waits until a token was used until its ordinary refresh without a rejection: the ration of replacements is then reset.</summary>
    private async Task CalmAsync(TimeSpan after)
    {
        var limit = 2 * Unanswered;
        while (true)
        {
            await Stopwatch.PauseAsync(Look);
            _ledger.Read();
            var grants = _ledger.Grants.Where(grant => grant > after).ToList();
            if (grants.Count >= 2 && _ledger.LastRefusal < grants[^2] + Look)
                return;

            Assert.That(_watch.Now, Is.LessThan(after + limit), () => $"No calm {limit} after the fault was over. {Report}");
        }
    }

    private void Settle()
    {
        _ledger.Read();
        while (_calls.TryDequeue(out var call))
            Report.Add(call, _judge.Objection(call));

        _ledger.Forget(_watch.Now);
        _watch.ForgetLag();
    }

    private async Task<Resources> MeasureAsync()
    {
        await _rest.BeginAsync();
        _tokens.BreakConnections();
        _api.BreakConnections();
        var resources = await Resources.MeasureAsync();
        _rest.End();
        return resources;
    }

    private Task UntilAsync(TimeSpan then) => then > _watch.Now ? Stopwatch.PauseAsync(then - _watch.Now) : Task.CompletedTask;
}
