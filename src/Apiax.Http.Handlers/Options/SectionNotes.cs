namespace Apiax.Http.Handlers;

/// <summary>What was found in the configuration sections that were read into one set of settings.</summary>
internal sealed class SectionNotes
{
    /// <summary>The sections, by their paths.</summary>
    public List<string> Sections { get; } = [];

    /// <summary>What could not be read, a line each, without its value.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>Members that no setting is called, and the setting that may be meant.</summary>
    public List<(string Member, string Setting)> Misspelled { get; } = [];
}
