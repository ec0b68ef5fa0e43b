using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>How a realm behaves.</summary>
/// <param name="Latency">How long a token request takes.</param>
/// <param name="Lifetime">How long its tokens are valid.</param>
/// <param name="RejectsAll">Whether its API answers 401 to every token, not only to revoked ones.</param>
internal sealed record RealmSettings(TimeSpan Latency, TimeSpan Lifetime, bool RejectsAll = false)
{
    public string ToQuery() => string.Create(
        CultureInfo.InvariantCulture, $"?latency={Latency.TotalMilliseconds}&lifetime={Lifetime.TotalSeconds}&rejects={RejectsAll}");

    public static RealmSettings From(IQueryCollection query) => new(
        TimeSpan.FromMilliseconds(double.Parse(query["latency"]!, CultureInfo.InvariantCulture)),
        TimeSpan.FromSeconds(double.Parse(query["lifetime"]!, CultureInfo.InvariantCulture)),
        bool.Parse(query["rejects"]!));
}
