namespace Apiax.Http.Handlers;

/// <summary>What was found in the configuration sections that were read into one set of settings.</summary>
internal sealed class SectionNotes
{
    /// <summary>The sections, by their paths.</summary>
    public List<string> Sections { get; } = [];

    /// <summary>What could not be read, one line each, without the value.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>Members that are not settings, by their paths, and the setting that may be meant.</summary>
    public Dictionary<string, string> Misspelled { get; } = [];
}
