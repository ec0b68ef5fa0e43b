namespace Apiax.Cli;

/// <summary>What was found at a link.</summary>
/// <param name="State">Whether it holds.</param>
/// <param name="Text">What was found, one line.</param>
/// <param name="Remedy">What to do about it; nothing when it holds.</param>
internal sealed record Finding(LinkState State, string Text, string? Remedy = null)
{
    /// <summary>The same for scripts: names and values.</summary>
    public IReadOnlyDictionary<string, object> Details { get; init; } = new Dictionary<string, object>(StringComparer.Ordinal);

    public bool IsBroken => State is LinkState.Broken;

    public static Finding Ok(string text) => new(LinkState.Ok, text);

    public static Finding Broken(string text, string remedy) => new(LinkState.Broken, text, remedy);

    public static Finding NotChecked(string why) => new(LinkState.NotChecked, $"not checked: {why}");

    public Finding With(string name, object value) =>
        this with { Details = new Dictionary<string, object>(Details, StringComparer.Ordinal) { [name] = value } };
}

/// <summary>Whether a link holds.</summary>
internal enum LinkState
{
    Ok,
    Broken,
    NotChecked,
}
