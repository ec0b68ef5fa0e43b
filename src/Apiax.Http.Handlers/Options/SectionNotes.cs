namespace Apiax.Http.Handlers;

/// <summary>What was found while one set of settings was read and validated.</summary>
internal sealed class SectionNotes
{
    /// <summary>The sections, by their paths.</summary>
    public List<string> Sections { get; } = [];

    /// <summary>The sections that were passed but do not exist, by their paths.</summary>
    public List<string> Missing { get; } = [];

    /// <summary>What could not be read, one line each, without the value.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>What is wrong with the account's settings, one line each. It counts only if the account is used.</summary>
    public List<string> AccountFailures { get; set; } = [];

    /// <summary>Members that are not settings, by their paths, and the setting that may be meant.</summary>
    public Dictionary<string, string> Misspelled { get; } = [];
}
