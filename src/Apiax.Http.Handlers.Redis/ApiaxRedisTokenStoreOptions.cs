namespace Apiax.Http.Handlers.Redis;

/// <summary>How the token store uses Redis. With wrong settings the host does not start; without a host, the first use fails.</summary>
public sealed class ApiaxRedisTokenStoreOptions
{
    /// <summary>The prefix of all keys.</summary>
    /// <value>
    /// 1 to 64 characters, printable ASCII without spaces or braces. Default: <c>apiax:v2:</c>. Services with different data protection keys need different
    /// prefixes.
    /// </value>
    public string KeyPrefix { get; set; } = "apiax:v2:";

    /// <summary>How long one call to Redis may take. After that, the process does not use Redis for a few seconds.</summary>
    /// <value>100 milliseconds to 2 seconds. Default: 2 seconds. Opening the connection may always take 2 seconds.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Whether an application without <c>IDataProtectionProvider</c> may store tokens unencrypted: everyone who can read that Redis can then use the account.
    /// </summary>
    /// <value>Default: <see langword="false"/>. If there is a provider, it is always used.</value>
    public bool AllowUnencrypted { get; set; }
}
