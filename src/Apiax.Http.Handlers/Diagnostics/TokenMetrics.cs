using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Apiax.Http.Handlers;

/// <summary>
/// All instruments of the library (units and names by <see href="https://opentelemetry.io/docs/specs/semconv/general/metrics/">OpenTelemetry's conventions</see>).
/// A request with a valid token that the API accepts records nothing.
/// </summary>
internal sealed class TokenMetrics
{
    private const string AccountTag = "apiax.auth.account";

    private readonly object _gate = new();
    private readonly List<WeakReference<Func<IEnumerable<AccountReading>>>> _accounts = [];
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<double> _waitDuration;
    private readonly Counter<long> _unauthorized;

    /// <param name="factory">The container's factory, so that each container is measured separately; if null, the meter lives as long as the process.</param>
    public TokenMetrics(IMeterFactory? factory)
    {
        var options = new MeterOptions(ApiaxAuthDiagnostics.MeterName) { Version = ApiaxAuthDiagnostics.Version };
        var meter = factory?.Create(options) ?? new Meter(options);
        _requests = meter.CreateCounter<long>("apiax.auth.token.requests", "{request}", "Requests to the token endpoint.");
        _requestDuration = CreateDuration(meter, "apiax.auth.token.request.duration", "Duration of requests to the token endpoint.");
        _waitDuration = CreateDuration(meter, "apiax.auth.token.wait.duration", "How long callers waited for a token.");
        _unauthorized = meter.CreateCounter<long>("apiax.auth.unauthorized", "{response}", "Responses of the API that rejected the token, by outcome.");
        meter.CreateObservableGauge("apiax.auth.token.remaining", Remaining, "s", "How long the token of an account is still valid.");

        // One series for each state, with 1 for the current state, so that sums over accounts and processes are meaningful.
        meter.CreateObservableUpDownCounter("apiax.auth.state", States, "{account}", "The state of an account.");
    }

    /// <summary>The metrics of accounts without a container.</summary>
    public static TokenMetrics Shared { get; } = new(factory: null);

    /// <param name="account">The account.</param>
    /// <param name="grantType">The grant type.</param>
    /// <param name="error">The failure; null if there is a token.</param>
    /// <param name="duration">How long it took.</param>
    public void TokenRequested(string account, string grantType, string? error, TimeSpan duration)
    {
        // Without a listener, no tags are created.
        if (!_requests.Enabled && !_requestDuration.Enabled)
            return;

        var tags = new TagList { { AccountTag, account }, { "apiax.auth.grant_type", grantType } };
        if (error is not null)
            tags.Add("error.type", error);

        _requests.Add(1, tags);
        _requestDuration.Record(duration.TotalSeconds, tags);
    }

    /// <param name="account">The account.</param>
    /// <param name="duration">How long a caller waited.</param>
    public void Waited(string account, TimeSpan duration)
    {
        if (_waitDuration.Enabled)
            _waitDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(AccountTag, account));
    }

    /// <param name="account">The account.</param>
    /// <param name="outcome">One of <see cref="UnauthorizedOutcome"/>.</param>
    public void Unauthorized(string account, string outcome) => _unauthorized.Add(1, new(AccountTag, account), new("apiax.auth.outcome", outcome));

    /// <summary>
    /// Adds accounts to the gauges until <see cref="Forget"/>, or until <paramref name="accounts"/> is collected: a meter lives longer, and must not keep a
    /// container alive.
    /// </summary>
    public void Observe(Func<IEnumerable<AccountReading>> accounts)
    {
        lock (_gate)
        {
            _accounts.RemoveAll(known => !known.TryGetTarget(out _));
            _accounts.Add(new WeakReference<Func<IEnumerable<AccountReading>>>(accounts));
        }
    }

    public void Forget(Func<IEnumerable<AccountReading>> accounts)
    {
        lock (_gate)
            _accounts.RemoveAll(known => !known.TryGetTarget(out var each) || each == accounts);
    }

    private IEnumerable<Measurement<double>> Remaining() =>
        from reading in Readings()
        let remaining = reading.Remaining
        where remaining.HasValue
        select new Measurement<double>(remaining.GetValueOrDefault().TotalSeconds, KeyValuePair.Create(AccountTag, (object?)reading.Account));

    private IEnumerable<Measurement<int>> States() =>
        from reading in Readings()
        from state in AccountReading.States
        select new Measurement<int>(
            reading.State == state ? 1 : 0, KeyValuePair.Create(AccountTag, (object?)reading.Account), KeyValuePair.Create("apiax.auth.state", (object?)state));

    private IEnumerable<AccountReading> Readings()
    {
        List<Func<IEnumerable<AccountReading>>> accounts = [];
        lock (_gate)
        {
            foreach (var known in _accounts)
            {
                if (known.TryGetTarget(out var read))
                    accounts.Add(read);
            }
        }

        return accounts.SelectMany(read => read());
    }

#if NET9_0_OR_GREATER
    // A token endpoint answers in tens of milliseconds, and a flight ends within TokenTimeout: the default bucket boundaries, made for milliseconds, would put all into one bucket.
    private static Histogram<double> CreateDuration(Meter meter, string name, string description) => meter.CreateHistogram(
        name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = (double[])[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] });
#else
    // .NET 8 has no advice for bucket boundaries: they are set where the metrics are collected.
    private static Histogram<double> CreateDuration(Meter meter, string name, string description) => meter.CreateHistogram<double>(name, "s", description);
#endif
}
