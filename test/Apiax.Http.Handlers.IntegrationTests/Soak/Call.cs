namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>How a call ended.</summary>
internal enum CallEnd
{
    /// <summary>As it should.</summary>
    Answered,

    /// <summary>Its own caller cancelled it.</summary>
    GivenUp,

    /// <summary>The library had no token for it, or the API rejected the one that it had.</summary>
    WithoutToken,

    /// <summary>The connection to the API failed, or the gateway before it.</summary>
    WithoutApi,

    /// <summary>What should never happen.</summary>
    Wrong,
}

/// <summary>One call as its caller saw it.</summary>
internal sealed record Call(TimeSpan From, TimeSpan Until, CallEnd End, string What)
{
    public override string ToString() => $"{From.TotalSeconds:F2} to {Until.TotalSeconds:F2} s: {End}, {What}";
}
