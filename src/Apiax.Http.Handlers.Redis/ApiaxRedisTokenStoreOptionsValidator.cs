using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Apiax.Http.Handlers.Redis;

/// <summary>Names every wrong setting, one line each.</summary>
internal sealed class ApiaxRedisTokenStoreOptionsValidator(IServiceProvider services) : IValidateOptions<ApiaxRedisTokenStoreOptions>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    public ValidateOptionsResult Validate(string? name, ApiaxRedisTokenStoreOptions options)
    {
        var failures = Failures(options).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private IEnumerable<string> Failures(ApiaxRedisTokenStoreOptions options)
    {
        // Braces would form another hash tag: all accounts could then be on one node of a cluster.
        if (options.KeyPrefix is not { Length: >= 1 and <= 64 } prefix || prefix.Any(character => character is <= ' ' or >= '\u007F' or '{' or '}'))
            yield return $"{nameof(options.KeyPrefix)} must be 1 to 64 printable ASCII characters, without spaces or braces.";
        if (options.Timeout < Shortest || options.Timeout > Longest)
            yield return $"{nameof(options.Timeout)} ({options.Timeout}) must be between {Shortest} and {Longest}.";
        if (!options.AllowUnencrypted && services.GetService<IDataProtectionProvider>() is null)
            yield return $"No {nameof(IDataProtectionProvider)} is registered to encrypt the tokens: call services.AddDataProtection(), with keys that all replicas share, or set {nameof(options.AllowUnencrypted)}.";

        // Checked, not resolved: a connection that cannot be opened would stop the application here. A container that cannot tell fails at the first use.
        if (services.GetService<IServiceProviderIsService>() is { } known && !known.IsService(typeof(RedisConnection)) && !known.IsService(typeof(IConnectionMultiplexer)))
            yield return $"No {nameof(IConnectionMultiplexer)} is registered: register one, or call AddApiaxRedisTokenStore(configuration).";
    }
}
