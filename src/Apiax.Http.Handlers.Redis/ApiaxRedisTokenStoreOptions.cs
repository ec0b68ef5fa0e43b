namespace Apiax.Http.Handlers.Redis;

/// <summary>How the token store uses Redis. Wrong settings stop the host when it starts, or the first use without a host.</summary>
public sealed class ApiaxRedisTokenStoreOptions
{
    /// <summary>What the keys begin with.</summary>
    /// <value>1 to 64 characters, printable ASCII without spaces and braces. Default: <c>apiax:v2:</c>. Services that share a Redis but no data protection keys need different ones.</value>
    public string KeyPrefix { get; set; } = "apiax:v2:";

    /// <summary>How long one call to Redis may take. After that, the process gets its own tokens for a few seconds.</summary>
    /// <value>100 milliseconds to 2 seconds. Default: 2 seconds. Making the connection is given 2 seconds in any case.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether tokens may be stored unencrypted, for an application that has no <c>IDataProtectionProvider</c>: everybody who can read that Redis can then use the account.</summary>
    /// <value>Default: <see langword="false"/>. Where there is a provider, it is used in any case.</value>
    public bool AllowUnencrypted { get; set; }
}
