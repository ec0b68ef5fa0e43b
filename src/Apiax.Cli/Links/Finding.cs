namespace Apiax.Cli;

/// <summary>The result of checking a link.</summary>
/// <param name="State">The link's state.</param>
/// <param name="Text">The result, one line.</param>
/// <param name="Remedy">What to do; null if the link is not broken.</param>
internal sealed record Finding(LinkState State, string Text, string? Remedy = null)
{
    /// <summary>The result for scripts, as names and values.</summary>
    public IReadOnlyDictionary<string, object> Details { get; init; } = new Dictionary<string, object>(StringComparer.Ordinal);

    public bool IsBroken => State is LinkState.Broken;

    public static Finding Ok(string text) => new(LinkState.Ok, text);

    public static Finding Broken(string text, string remedy) => new(LinkState.Broken, text, remedy);

    public static Finding NotChecked(string why) => new(LinkState.NotChecked, $"not checked: {why}");

    public Finding With(string name, object value) =>
        this with { Details = new Dictionary<string, object>(Details, StringComparer.Ordinal) { [name] = value } };
}

/// <summary>The state of a link.</summary>
internal enum LinkState
{
    Ok,
    Broken,
    NotChecked,
}
